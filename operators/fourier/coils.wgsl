// Coil sensitivities, pixel by pixel. `image` has one image a slice, `maps` one a coil.

fn product(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> { return vec2<f32>(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x); }
fn product_conjugate(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> { return vec2<f32>(a.x * b.x + a.y * b.y, a.x * b.y - a.y * b.x); }

/** seen ← maps ⊙ image */
@compute @workgroup_size(64)
fn multiply(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = group_of(group) * 64u + thread;
  if (e >= params.pixels * params.coils) { return; }
  let k = group.z;
  store_seen(at_seen(k) + e, product(load_maps(at_maps(k) + e), load_image(at_image(k) + e % params.pixels)));
}

/** image ← Σ conj(maps) ⊙ seen */
@compute @workgroup_size(64)
fn combine(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = group_of(group) * 64u + thread;
  if (e >= params.pixels) { return; }
  let k = group.z;
  var sum = vec2<f32>();
  for (var c = 0u; c < params.coils; c++) {
    let at = c * params.pixels + e;
    sum += product_conjugate(load_maps(at_maps(k) + at), load_seen(at_seen(k) + at));
  }
  store_image(at_image(k) + e, sum);
}

/** image ← Σ |maps|² ⊙ seen, which is one image as well */
@compute @workgroup_size(64)
fn gram(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = group_of(group) * 64u + thread;
  if (e >= params.pixels) { return; }
  let k = group.z;
  let x = load_seen(at_seen(k) + e);
  var sum = vec2<f32>();
  for (var c = 0u; c < params.coils; c++) {
    let s = load_maps(at_maps(k) + c * params.pixels + e);
    sum += product_conjugate(s, product(s, x));
  }
  store_image(at_image(k) + e, sum);
}
