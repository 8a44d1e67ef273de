// Coil sensitivities, pixel by pixel; coil images and maps are [coil, pixel].

fn product(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> { return vec2<f32>(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x); }
fn product_conjugate(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> { return vec2<f32>(a.x * b.x + a.y * b.y, a.x * b.y - a.y * b.x); }

/** out[coil] ← maps[coil] ⊙ x */
@compute @workgroup_size(64)
fn multiply(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = group_of(group) * 64u + thread;
  if (e >= params.pixels * params.coils) { return; }
  let k = group.z;
  out[at_out(k) + e] = product(maps[at_maps(k) + e], x[at_x(k) + e % params.pixels]);
}

/** out ← Σ |maps[coil]|² ⊙ x */
@compute @workgroup_size(64)
fn gram(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = group_of(group) * 64u + thread;
  if (e >= params.pixels) { return; }
  let k = group.z;
  let z = x[at_x(k) + e];
  var sum = vec2<f32>();
  for (var c = 0u; c < params.coils; c++) {
    let s = maps[at_maps(k) + c * params.pixels + e];
    sum += product_conjugate(s, product(s, z));
  }
  out[at_out(k) + e] = sum;
}
