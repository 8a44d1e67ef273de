// out ← out + w (∂xᵀ∂x + ∂yᵀ∂y) x: at each pixel the sum of its differences from the neighbours there are. Planes as in gradient.wgsl.
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = group_of(group) * 256u + thread;
  let line = params.columns * params.parts;
  if (e >= params.rows * line) { return; }
  let row = e / line;
  let along = e % line;
  let i = at_x(group.z) + e;
  let here = x[i];
  var sum = 0.0;
  if (along >= params.parts) { sum += here - x[i - params.parts]; }
  if (along + params.parts < line) { sum += here - x[i + params.parts]; }
  if (row > 0u) { sum += here - x[i - line]; }
  if (row + 1u < params.rows) { sum += here - x[i + line]; }
  let o = at_out(group.z) + e;
  out[o] = fma(params.weight, sum, out[o]);
}
