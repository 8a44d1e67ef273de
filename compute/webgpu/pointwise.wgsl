// Pointwise operations of one or two fields. A thread does one element: a real number, or a complex one as two floats. 256 a workgroup.

/** Element of this thread. */
fn element_of(group: vec3<u32>, thread: u32) -> u32 {
  return group_of(group) * 256u + thread;
}

@compute @workgroup_size(256)
fn multiply(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = element_of(group, thread);
  if (e >= params.elements) { return; }
  store_out(at_out(group.z) + e, load_x(at_x(group.z) + e) * load_y(at_y(group.z) + e));
}

@compute @workgroup_size(256)
fn multiply_complex(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = element_of(group, thread);
  if (e >= params.elements) { return; }
  let i = at_x(group.z) + 2u * e;
  let j = at_y(group.z) + 2u * e;
  let a = vec2<f32>(load_x(i), load_x(i + 1u));
  let b = vec2<f32>(load_y(j), load_y(j + 1u));
  let o = at_out(group.z) + 2u * e;
  store_out(o, a.x * b.x - a.y * b.y);
  store_out(o + 1u, a.x * b.y + a.y * b.x);
}

/** Complex x, real y. */
@compute @workgroup_size(256)
fn scale_complex(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = element_of(group, thread);
  if (e >= params.elements) { return; }
  let i = at_x(group.z) + 2u * e;
  let y = load_y(at_y(group.z) + e);
  let o = at_out(group.z) + 2u * e;
  let a = vec2<f32>(load_x(i), load_x(i + 1u)) * y;
  store_out(o, a.x);
  store_out(o + 1u, a.y);
}

/** 0 where y = 0. */
@compute @workgroup_size(256)
fn divide(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = element_of(group, thread);
  if (e >= params.elements) { return; }
  let y = load_y(at_y(group.z) + e);
  var v = 0.0;
  if (y != 0.0) { v = load_x(at_x(group.z) + e) / y; }
  store_out(at_out(group.z) + e, v);
}

@compute @workgroup_size(256)
fn clamp_between(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = element_of(group, thread);
  if (e >= params.elements) { return; }
  store_out(at_out(group.z) + e, min(max(load_x(at_x(group.z) + e), params.a), params.b));
}

/** The number a everywhere; for complex fields (b = 1) a in the real parts, 0 in the others. */
@compute @workgroup_size(256)
fn fill(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = element_of(group, thread);
  if (e >= params.elements) { return; }
  store_out(at_out(group.z) + e, select(params.a, 0.0, params.b == 1.0 && (e & 1u) == 1u));
}
