// A part of every slice of x into every slice of out; a float a thread.

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let i = group_of(group) * 256u + thread;
  if (i >= params.floats) { return; }
  out[at_out(group.z) + params.to_float + i] = x[at_x(group.z) + params.from_float + i];
}
