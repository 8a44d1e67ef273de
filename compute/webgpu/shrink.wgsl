// Isotropic soft threshold: the components of one element (up to three, each real or complex) times max(0, 1 − t/‖·‖₂).

fn soft(squares: f32) -> f32 {
  let norm = sqrt(squares);
  if (norm <= params.threshold) { return 0.0; }
  return 1.0 - params.threshold / norm;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let k = group.z;
  let e = group_of(group) * 256u + thread;
  let parts = params.parts; // 1 real, 2 complex
  if (e * parts >= size_out0()) { return; }
  var squares = 0.0;
  for (var p = 0u; p < parts; p++) {
    let i = e * parts + p;
    let v = vec3<f32>(load_x0(at_x0(k) + i), load_x1(at_x1(k) + i), load_x2(at_x2(k) + i));
    squares += dot(v, v);
  }
  let factor = soft(squares);
  for (var p = 0u; p < parts; p++) {
    let i = e * parts + p;
    store_out0(at_out0(k) + i, factor * load_x0(at_x0(k) + i));
    store_out1(at_out1(k) + i, factor * load_x1(at_x1(k) + i));
    store_out2(at_out2(k) + i, factor * load_x2(at_x2(k) + i));
  }
}
