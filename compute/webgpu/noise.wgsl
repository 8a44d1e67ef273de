// Standard normals by Box–Muller of Philox words, with the polynomials of compute/cpu/noise.as.ts: WGSL's own sin and cos are only good to
// 2⁻¹¹ and differ between drivers. A thread does a block of four elements of one slice; philox.wgsl stands before this text.

/** ln(m · 2⁻²⁴) for integers m in 1…2²⁴: mantissa in [√½, √2), atanh series (truncation 7e-10). */
fn log_unit(m: u32) -> f32 {
  let f = bitcast<i32>(f32(m));
  let exponent = (f - 0x3f3504f3) >> 23u; // bits of √½
  let mantissa = bitcast<f32>(f - (exponent << 23u));
  let s = (mantissa - 1.0) / (mantissa + 1.0);
  let s2 = s * s;
  let p = 2.0 + s2 * (2.0 / 3.0 + s2 * (2.0 / 5.0 + s2 * (2.0 / 7.0 + s2 * (2.0 / 9.0))));
  return f32(exponent - 24) * 0.6931471805599453 + s * p;
}

/** A Box–Muller pair from two words. */
fn normal_pair(a: u32, b: u32) -> vec2<f32> {
  let radius = sqrt(max(0.0, -2.0 * log_unit((a >> 8u) + 1u)));
  // angle = 2π k/2²⁴: nearest quadrant exactly in integers, remainder in [−π/4, π/4]
  let k = b >> 8u;
  let quadrant = (k + (1u << 21u)) >> 22u;
  let r = f32(bitcast<i32>(k - (quadrant << 22u))) * (6.283185307179586 / 16777216.0);
  let r2 = r * r;
  let sine = r + r * r2 * (-1.0 / 6.0 + r2 * (1.0 / 120.0 + r2 * (-1.0 / 5040.0 + r2 * (1.0 / 362880.0))));
  let cosine = 1.0 + r2 * (-0.5 + r2 * (1.0 / 24.0 + r2 * (-1.0 / 720.0 + r2 * (1.0 / 40320.0))));
  switch quadrant & 3u {
    case 0u: { return radius * vec2<f32>(cosine, sine); }
    case 1u: { return radius * vec2<f32>(-sine, cosine); }
    case 2u: { return radius * vec2<f32>(-cosine, -sine); }
    default: { return radius * vec2<f32>(sine, -cosine); }
  }
}

/** Element e of a slice; those of a complex field are counted as all real parts, then all imaginary ones. */
fn put(slice_at: u32, e: u32, v: f32) {
  if (e >= size_out()) { return; }
  var i = e;
  if (params.plane > 0u) { i = select(2u * e, 2u * (e - params.plane) + 1u, e >= params.plane); }
  out[slice_at + i] = v;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let block = group_of(group) * 64u + thread;
  if (4u * block >= size_out()) { return; }
  let words = philox(vec4<u32>(block, params.first + group.z, params.step, params.stream), params.seed);
  let at = at_out(group.z);
  let low = normal_pair(words.x, words.y);
  let high = normal_pair(words.z, words.w);
  put(at, 4u * block, low.x);
  put(at, 4u * block + 1u, low.y);
  put(at, 4u * block + 2u, high.x);
  put(at, 4u * block + 3u, high.y);
}
