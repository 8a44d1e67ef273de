// The transpose of analyse.wgsl, a sample a thread. Averages of columns from `split` on lie among the details' array.
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = group_of(group) * 64u + thread;
  let c = e % params.inner;
  let number = i32(e / params.inner % params.positions);
  let line = e / params.inner / params.positions;
  if (line >= params.lines) { return; }
  let high = at_details(group.z) + line * params.details_line + column(c);
  let low = at_averages(group.z) + line * params.averages_line + c;
  let to = at_out(group.z) + line * params.out_line + c;
  if (params.periodic == 1u && number == (params.n & ~1)) {
    out[to + u32(aside()) * params.out_step] = details[high + u32(params.detail + params.pairs) * params.details_step];
    return;
  }
  let i = select(number + params.offset, number, params.periodic == 1u);
  let odd = (i - params.phase) & 1;
  var k = (i - params.phase + odd) >> 1u;
  var sum = 0.0;
  for (var j = params.taps - 1 - odd; j >= 0; j -= 2) {
    let at = select(k, modulo(k, params.pairs), params.periodic == 1u);
    if (at >= 0 && at < params.pairs) {
      var average = 0.0;
      if (c < params.split) {
        average = averages[low + u32(at) * params.averages_step];
      } else {
        average = details[high + u32(at) * params.details_step];
      }
      sum = fma(filters[j], average, sum);
      sum = fma(filters[params.taps + j], details[high + u32(params.detail + at) * params.details_step], sum);
    }
    k++;
  }
  out[to + u32(locate(i)) * params.out_step] = sum;
}
