// Weights a detector row and convolves it with the ramp: out[slice, row, n] ← Σ_m h(n − m) y_m, y = row · weight, which is 0 in the
// margins. The filter takes away what does not change along the row, and float32 would lose the little that is left of it; so the
// differences from y_n are filtered, and y_n gets what the filter leaves of a constant, which the host summed in float64. A workgroup does
// 256 bins.

var<workgroup> tile: array<f32, 256>;

fn weighted(row: u32, k: u32, bin: i32) -> f32 {
  if (bin < 0 || bin >= i32(params.measured)) { return 0.0; }
  let b = u32(bin);
  let slice_weight = slice_weights[(params.first_slice + params.first + k) * params.slice_step + b];
  return data[at_data(k) + row * params.measured + b] * row_weights[row * params.measured + b] * slice_weight;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let segments = (params.bins + 255u) / 256u;
  let row = group_of(group) / segments;
  if (row >= params.rows) { return; }
  let k = group.z;
  let n = vec4<i32>(i32(group_of(group) % segments * 256u + thread)) + vec4<i32>(0, 64, 128, 192);
  let before = vec4<i32>(i32(params.before));
  let m = n - before;
  let own = vec4<f32>(weighted(row, k, m.x), weighted(row, k, m.y), weighted(row, k, m.z), weighted(row, k, m.w));
  let distances = i32(arrayLength(&response));
  let far = vec4<i32>(distances - 1);
  var sum = vec4<f32>();
  for (var start = 0u; start < params.measured; start += 256u) {
    workgroupBarrier();
    for (var i = thread; i < 256u; i += 64u) { tile[i] = weighted(row, k, i32(start + i)); }
    workgroupBarrier();
    let count = min(256u, params.measured - start);
    for (var i = 0u; i < count; i++) {
      let away = min(abs(m - vec4<i32>(i32(start + i))), far);
      let h = vec4<f32>(response[away.x], response[away.y], response[away.z], response[away.w]);
      sum += h * (vec4<f32>(tile[i]) - own);
    }
  }
  for (var l = 0u; l < 4u; l++) {
    let bin = u32(n[l]);
    if (bin < params.bins) { out[at_out(k) + row * params.bins + bin] = sum[l] + own[l] * constants[bin]; }
  }
}
