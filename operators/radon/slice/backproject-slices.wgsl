// Pixel-driven backprojection of filtered projections onto four slices a thread: from every view the value at the place where it sees the
// pixel, interpolated linearly, over the square of the pixel's relative distance from the source. Not the transpose of the projector: the
// inverse formula's half. Columns, rows and bins count from the middle, so that float32 holds them better; `shift` moves the middle of the
// bins onto a whole number.

struct View { bin: vec4<f32>, distance: vec4<f32> }

@compute @workgroup_size(16, 8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) thread: vec3<u32>) {
  let column = group.x * 16u + thread.x;
  let row = group.y * 8u + thread.y;
  if (column >= params.columns || row >= params.rows) { return; }
  let x = f32(column) - 0.5 * f32(params.columns - 1u);
  let y = f32(row) - 0.5 * f32(params.rows - 1u);
  let k = vec4<u32>(group.z * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
  let slice = min(k, vec4<u32>(params.count - 1u));
  let from_slice = vec4<u32>(at_filtered(slice.x), at_filtered(slice.y), at_filtered(slice.z), at_filtered(slice.w));
  let middle = f32((params.detectors - 1u) / 2u);
  let end = f32(params.detectors - 1u) - middle;
  let last = max(i32(params.detectors) - 2, 0);
  let step = select(0u, 1u, params.detectors > 1u);
  let at = row * params.columns + column;
  var sum = vec4<f32>();
  if (params.add != 0u) {
    sum = vec4<f32>(image[at_image(slice.x) + at], image[at_image(slice.y) + at],
                    image[at_image(slice.z) + at], image[at_image(slice.w) + at]);
  }
  for (var v = params.first_view; v < params.end_view; v++) {
    let view = views[v];
    let distance = view.distance.x + view.distance.y * x + view.distance.z * y;
    let inverse = 1.0 / distance;
    var seen = (view.bin.x + view.bin.y * x + view.bin.z * y) * inverse; // from the middle
    var weight = inverse * inverse;
    if (params.curve != 0.0) {
      // a flat detector's bin as one of the arc, and the true distance from the source
      let t = seen * params.curve;
      seen = atan(t) / params.curve;
      weight *= params.scale / (1.0 + t * t);
    }
    let place = seen + params.shift;
    if (!(distance > 0.0 && place >= -middle && place <= end)) { continue; } // behind the source, beside the detector
    let i = min(i32(floor(place)) + i32(middle), last);
    let f = place - f32(i - i32(middle));
    let here = from_slice + vec4<u32>(v * params.detectors + u32(i));
    let next = here + vec4<u32>(step);
    let low = vec4<f32>(filtered[here.x], filtered[here.y], filtered[here.z], filtered[here.w]);
    let high = vec4<f32>(filtered[next.x], filtered[next.y], filtered[next.z], filtered[next.w]);
    sum += (1.0 - f) * weight * low + f * weight * high;
  }
  for (var l = 0u; l < 4u; l++) {
    if (k[l] < params.count) { image[at_image(k[l]) + at] = sum[l]; }
  }
}
