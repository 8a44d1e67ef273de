// Zeros in the first `rows` rows, `floats` floats of each.
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = group_of(group) * 64u + thread;
  let row = e / params.floats;
  if (row < params.rows) { out[at_out(group.z) + row * params.out_line + e % params.floats] = 0.0; }
}
