// y[coil, s] ← Σ w_row w_column grid over the grid points around each sample; the grid is periodic.
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = group_of(group) * 64u + thread;
  if (e >= params.samples_of_coil * params.images) { return; }
  let s = e % params.samples_of_coil;
  let width = params.extent;
  let first = s * (2u + 2u * width);
  let plane = at_grid(group.z) + (e / params.samples_of_coil) * params.grid_rows * params.grid_columns;
  var sum = vec2<f32>();
  for (var j = 0u; j < width; j++) {
    let row = plane + ((samples[first] + j) % params.grid_rows) * params.grid_columns;
    for (var i = 0u; i < width; i++) {
      sum += weight((s * width + j) * width + i) * grid[row + (samples[first + 1u] + i) % params.grid_columns];
    }
  }
  y[at_y(group.z) + params.start + e] = sum;
}
