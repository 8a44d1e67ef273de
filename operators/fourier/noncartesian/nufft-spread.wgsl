// grid ← Σ_s w_row w_column y[coil, s]: the transpose of nufft-interpolate.wgsl, by the list of samples that each grid point meets.
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = group_of(group) * 64u + thread;
  let points = params.grid_rows * params.grid_columns;
  if (e >= points * params.images) { return; }
  let p = e % points;
  let data = at_y(group.z) + params.start + (e / points) * params.samples_of_coil;
  let area = params.extent * params.extent;
  var sum = vec2<f32>();
  for (var at = starts[p]; at < starts[p + 1u]; at++) { sum += weight(entries[at]) * y[data + entries[at] / area]; }
  grid[at_grid(group.z) + e] = sum;
}
