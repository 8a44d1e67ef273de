// gx, gy ← forward differences along columns and rows of [rows, columns] planes of `parts` floats a pixel, 0 at the far edge.
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = group_of(group) * 256u + thread;
  let line = params.columns * params.parts;
  if (e >= params.rows * line) { return; }
  let row = e / line;
  let along = e % line;
  let i = at_x(group.z) + e;
  var dx = 0.0;
  var dy = 0.0;
  if (along + params.parts < line) { dx = x[i + params.parts] - x[i]; }
  if (row + 1u < params.rows) { dy = x[i + line] - x[i]; }
  gx[at_gx(group.z) + e] = dx;
  gy[at_gy(group.z) + e] = dy;
}
