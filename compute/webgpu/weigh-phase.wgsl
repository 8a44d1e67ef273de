// base · x + along · g Re(conj(g) x) + across · i g Im(conj(g) x), a complex element a thread.

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = group_of(group) * 256u + thread;
  if (e >= params.elements) { return; }
  let i = at_x(group.z) + 2u * e;
  let j = at_g(group.z) + 2u * e;
  let x = vec2<f32>(load_x(i), load_x(i + 1u));
  let g = vec2<f32>(load_g(j), load_g(j + 1u));
  let p = params.along * (g.x * x.x + g.y * x.y);
  let q = params.across * (g.x * x.y - g.y * x.x);
  let o = at_out(group.z) + 2u * e;
  store_out(o, params.base * x.x + (p * g.x - q * g.y));
  store_out(o + 1u, params.base * x.y + (p * g.y + q * g.x));
}
