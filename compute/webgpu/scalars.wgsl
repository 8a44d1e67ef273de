// bank[out …] ← operation(a, b, c) on as many scalars as there are. The operations are numbered as in scalars.ts.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= params.length) {
    return;
  }
  let a = scalar_a(i);
  let b = scalar_b(i);
  let c = scalar_c(i);
  var r = a;
  switch params.operation {
    case 0u: { r = a + b; }
    case 1u: { r = a - b; }
    case 2u: { r = a * b; }
    case 3u: {
      r = 0.0;
      if (b != 0.0) { r = a / b; }
    }
    case 4u: { r = sqrt(max(a, 0.0)); }
    case 5u: { r = select(c, b, a > 0.0); }
    default: {}
  }
  bank[params.out + i] = r;
}
