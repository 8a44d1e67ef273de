// x → averages and details, a pair of them (or the sample put aside) a thread.
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = group_of(group) * 64u + thread;
  let i = e % params.inner;
  let k = i32(e / params.inner % params.positions);
  let line = e / params.inner / params.positions;
  if (line >= params.lines) { return; }
  let start = at_x(group.z) + line * params.x_line + i;
  let to = at_out(group.z) + line * params.out_line + column(i);
  if (k == params.pairs) {
    out[to + u32(params.detail + k) * params.out_step] = x[start + u32(aside()) * params.x_step];
    return;
  }
  var average = 0.0;
  var detail = 0.0;
  for (var j = 0; j < params.taps; j++) {
    let at = locate(params.phase - (params.taps - 1) + 2 * k + j);
    if (at >= 0) {
      let value = x[start + u32(at) * params.x_step];
      average = fma(filters[j], value, average);
      detail = fma(filters[params.taps + j], value, detail);
    }
  }
  out[to + u32(k) * params.out_step] = average;
  out[to + u32(params.detail + k) * params.out_step] = detail;
}
