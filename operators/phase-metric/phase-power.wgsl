// along · Re(conj(g) x)² + i · across · Im(conj(g) x)², a complex element a thread.

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = group_of(group) * 256u + thread;
  if (e >= params.elements) { return; }
  let i = at_x(group.z) + 2u * e;
  let j = at_g(group.z) + 2u * e;
  let x = vec2<f32>(load_x(i), load_x(i + 1u));
  let g = vec2<f32>(load_g(j), load_g(j + 1u));
  let p = g.x * x.x + g.y * x.y;
  let q = g.x * x.y - g.y * x.x;
  let o = at_out(group.z) + 2u * e;
  store_out(o, params.along * (p * p));
  store_out(o + 1u, params.across * (q * q));
}
