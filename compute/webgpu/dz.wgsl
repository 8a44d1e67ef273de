// Differences along z. `previous`, `here` and `next` are slices k − 1, k, k + 1 of one field: at the ends of the volume the slice itself
// (replicate), or the other end (periodic). A thread does one float.

fn float_of(group: vec3<u32>, thread: u32) -> u32 {
  return group_of(group) * 256u + thread;
}

/** 1 where slice k has a slice after it; params.last is the last slice that has none (beyond the volume if it is periodic). */
fn has_next(slice: u32) -> f32 {
  return select(1.0, 0.0, slice == params.last);
}

/** out ← x_{k+1} − x_k; the last slice of a replicate boundary is its own next one. */
@compute @workgroup_size(256)
fn forward(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = float_of(group, thread);
  if (e >= size_out()) { return; }
  store_out(at_out(group.z) + e, load_next(at_next(group.z) + e) - load_here(at_here(group.z) + e));
}

/** out ← out + w (d_{k−1} − d_k). */
@compute @workgroup_size(256)
fn add_adjoint(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = float_of(group, thread);
  if (e >= size_out()) { return; }
  let slice = params.first + group.z;
  var d = -has_next(slice) * load_here(at_here(group.z) + e);
  if (slice != 0u || params.periodic == 1u) { d += load_previous(at_previous(group.z) + e); }
  let o = at_out(group.z) + e;
  store_out(o, fma(params.weight, d, load_out(o)));
}

/** out ← out + w ((x_k − x_{k−1}) − (x_{k+1} − x_k)). */
@compute @workgroup_size(256)
fn add_normal(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = float_of(group, thread);
  if (e >= size_out()) { return; }
  let x = load_here(at_here(group.z) + e);
  let d = (x - load_previous(at_previous(group.z) + e)) - (load_next(at_next(group.z) + e) - x);
  let o = at_out(group.z) + e;
  store_out(o, fma(params.weight, d, load_out(o)));
}
