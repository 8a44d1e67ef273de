// x ← Σ_coils rowWeight · columnWeight · conj(map[coil]) ⊙ the middle of grid[coil], added to `old` if there is one: the transpose of
// nufft-pad.wgsl.
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = group_of(group) * 64u + thread;
  let pixels = params.rows * params.columns;
  if (e >= pixels) { return; }
  let r = e / params.columns;
  let c = e % params.columns;
  let middle = at_grid(group.z) + (top() + r) * params.grid_columns + left() + c;
  var sum = vec2<f32>();
  for (var image = 0u; image < params.images; image++) {
    var z = load_grid(middle + image * params.grid_rows * params.grid_columns);
    if (params.mapped == 1u) { z = product_conjugate(load_map(at_map(group.z) + (params.first_image + image) * pixels + e), z); }
    sum += z;
  }
  store_x(at_x(group.z) + e, load_old(at_old(group.z) + e) + weights[r] * weights[params.rows + c] * sum);
}
