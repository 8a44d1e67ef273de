// A thread does one pixel, all its planes; 256 a workgroup. Slice params.first + k of the volume is image params.first + k − params.begin
// of the batch [image, plane, row, column].
/** Planes `into`, … of images ← input · e^{iφ} (x − g), extended downwards and to the right by the edge value (edge = 1) or zeros. */
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = group_of(group) * 256u + thread;
  let plane = params.padded.x * params.padded.y;
  if (e >= plane) { return; }
  let row = e / params.padded.y;
  let column = e % params.padded.y;
  var v = vec2<f32>(0.0, 0.0);
  if (params.edge == 1u || (row < params.size.x && column < params.size.y)) {
    let pixel = min(row, params.size.x - 1u) * params.size.y + min(column, params.size.y - 1u);
    v = params.input * turned(pixel_of(group.z, pixel) - centre_of(group.z, pixel), params.turn);
  }
  let image = params.first + group.z - params.begin;
  let i = (image * params.planes + params.into) * plane + e;
  images[i] = v.x;
  if (params.channels == 2u) { images[i + plane] = v.y; }
}
