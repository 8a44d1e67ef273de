// Adds rows of `sums` (two floats a sum, as in reduce.wgsl): row r is sums[source + r·length …]. One workgroup a row. The total goes to the
// bank, or back to sums[target + r].

var<workgroup> held: array<vec2<f32>, 64>;

fn join(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  let t = a.x + b.x;
  let v = t - a.x;
  return vec2<f32>(t, (a.y + b.y) + ((a.x - (t - v)) + (b.x - v)));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let row = group_of(group);
  var s = vec2<f32>();
  if (row < params.rows) {
    for (var i = thread; i < params.length; i += 64u) { s = join(s, sums[params.source + row * params.length + i]); }
  }
  held[thread] = s;
  for (var half = 32u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (thread < half) { held[thread] = join(held[thread], held[thread + half]); }
  }
  if (thread != 0u || row >= params.rows) { return; }
  if (params.to_bank == 1u) {
    bank[params.target_at + row] = held[0].x + held[0].y;
  } else {
    sums[params.target_at + row] = held[0];
  }
}
