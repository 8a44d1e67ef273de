// x ← x + w (∂xᵀ gx + ∂yᵀ gy), planes as in gradient.wgsl.
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = group_of(group) * 256u + thread;
  let line = params.columns * params.parts;
  if (e >= params.rows * line) { return; }
  let row = e / line;
  let along = e % line;
  let i = at_gx(group.z) + e;
  let j = at_gy(group.z) + e;
  var sum = 0.0;
  if (along >= params.parts) { sum += gx[i - params.parts]; }
  if (along + params.parts < line) { sum -= gx[i]; }
  if (row > 0u) { sum += gy[j - line]; }
  if (row + 1u < params.rows) { sum -= gy[j]; }
  let o = at_x(group.z) + e;
  x[o] = fma(params.weight, sum, x[o]);
}
