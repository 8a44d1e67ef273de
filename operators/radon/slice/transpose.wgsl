// out[slice, x, y] ← x[slice, y, x], by tiles of 16 × 16 so that neighbouring threads read and write neighbours.

var<workgroup> tile: array<array<f32, 17>, 16>;

@compute @workgroup_size(16, 4)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) thread: vec3<u32>) {
  let column = group.x * 16u + thread.x;
  for (var i = thread.y; i < 16u; i += 4u) {
    let row = group.y * 16u + i;
    if (row < params.rows && column < params.columns) { tile[i][thread.x] = x[at_x(group.z) + row * params.columns + column]; }
  }
  workgroupBarrier();
  let row = group.y * 16u + thread.x;
  for (var i = thread.y; i < 16u; i += 4u) {
    let c = group.x * 16u + i;
    if (row < params.rows && c < params.columns) { out[at_out(group.z) + c * params.rows + row] = tile[thread.x][i]; }
  }
}
