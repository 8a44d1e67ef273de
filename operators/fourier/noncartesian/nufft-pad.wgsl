// grid[coil] ← rowWeight · columnWeight · map[coil] ⊙ x in its middle, 0 elsewhere.
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = group_of(group) * 64u + thread;
  let points = params.grid_rows * params.grid_columns;
  if (e >= points * params.images) { return; }
  // before the image wraps to large numbers
  let r = e % points / params.grid_columns - top();
  let c = e % params.grid_columns - left();
  var z = vec2<f32>();
  if (r < params.rows && c < params.columns) {
    let at = r * params.columns + c;
    z = weights[r] * weights[params.rows + c] * load_x(at_x(group.z) + at);
    if (params.mapped == 1u) {
      z = product(load_map(at_map(group.z) + (params.first_image + e / points) * params.rows * params.columns + at), z);
    }
  }
  store_grid(at_grid(group.z) + e, z);
}
