// A thread does one pixel, all its planes; 256 a workgroup. Slice params.first + k of the volume is image params.first + k − params.begin
// of the batch [image, plane, row, column].
/**
 * out ← g + e^{−iφ} (skip · e^{iφ} (x − g) + output · f), of f the part that is no padding and the first planes. x and out may be the
 * same field.
 */
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = group_of(group) * 256u + thread;
  if (e >= params.size.x * params.size.y) { return; }
  let plane = params.padded.x * params.padded.y;
  let image = params.first + group.z - params.begin;
  let i = image * params.planes * plane;
  let pixel = vec2<u32>(e / params.size.y, e % params.size.y);
  let g = centre_of(group.z, e);
  let v = turned(pixel_of(group.z, e) - g, params.turn);
  if (params.parts == 1u) {
    store_out(at_out(group.z) + e, g.x + fma(params.output, answer_of(i, pixel), params.skip * v.x));
    return;
  }
  let f = vec2<f32>(answer_of(i, pixel), answer_of(i + plane, pixel));
  let d = g + turned(fma(vec2<f32>(params.output), f, params.skip * v), vec2<f32>(params.turn.x, -params.turn.y));
  let o = at_out(group.z) + 2u * e;
  store_out(o, d.x);
  store_out(o + 1u, d.y);
}

/** A pixel [row, column] of the plane that begins at `first`; with `fold` the sum over all padding that repeats it. */
fn answer_of(first: u32, pixel: vec2<u32>) -> f32 {
  if (params.fold == 0u) { return images[first + pixel.x * params.padded.y + pixel.y]; }
  let last = select(pixel + 1u, params.padded, pixel == params.size - 1u);
  var sum = 0.0;
  for (var r = pixel.x; r < last.x; r++) {
    for (var c = pixel.y; c < last.y; c++) { sum += images[first + r * params.padded.y + c]; }
  }
  return sum;
}
