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
  let i = image * params.planes * plane + (e / params.size.y) * params.padded.y + e % params.size.y;
  let g = centre_of(group.z, e);
  let v = turned(pixel_of(group.z, e) - g, params.turn);
  if (params.parts == 1u) {
    store_out(at_out(group.z) + e, g.x + fma(params.output, images[i], params.skip * v.x));
    return;
  }
  let f = vec2<f32>(images[i], images[i + plane]);
  let d = g + turned(fma(vec2<f32>(params.output), f, params.skip * v), vec2<f32>(params.turn.x, -params.turn.y));
  let o = at_out(group.z) + 2u * e;
  store_out(o, d.x);
  store_out(o + 1u, d.y);
}
