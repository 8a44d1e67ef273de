// (1 + whole a²) (base · x + along · g Re(conj(g) x) + (across + localAcross b²) · i g Im(conj(g) x)), a and b the parts of k, at most 1; a
// complex element a thread.

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = group_of(group) * 256u + thread;
  if (e >= params.elements) { return; }
  let i = at_x(group.z) + 2u * e;
  let j = at_g(group.z) + 2u * e;
  let l = at_k(group.z) + 2u * e;
  let x = vec2<f32>(load_x(i), load_x(i + 1u));
  let g = vec2<f32>(load_g(j), load_g(j + 1u));
  let k = min(vec2<f32>(load_k(l), load_k(l + 1u)), vec2<f32>(1.0, 1.0));
  let v = 1.0 + params.whole * (k.x * k.x);
  let p = params.along * (g.x * x.x + g.y * x.y);
  let q = (params.across + params.localAcross * (k.y * k.y)) * (g.x * x.y - g.y * x.x);
  let o = at_out(group.z) + 2u * e;
  store_out(o, v * (params.base * x.x + (p * g.x - q * g.y)));
  store_out(o + 1u, v * (params.base * x.y + (p * g.y + q * g.x)));
}
