// AssemblyScript. White Gaussian noise: Philox4x32-10 (Salmon et al., SC'11) and Box–Muller with our own polynomials, so that every
// backend can give the same numbers. Counter = (block of 4 elements, slice, step, stream), key = seed. Four lanes (slices) at once.
import { madd } from './simd.as';

// @ts-ignore: decorator
@inline
const M0: i32 = <i32>0xd2511f53;
// @ts-ignore: decorator
@inline
const M1: i32 = <i32>0xcd9e8d57;
// @ts-ignore: decorator
@inline
const W0: u32 = 0x9e3779b9;
// @ts-ignore: decorator
@inline
const W1: u32 = 0xbb67ae85;

/** High words of the 32×32-bit products a·m, four at once. */
// @ts-ignore: decorator
@inline
function mulHigh(a: v128, m: v128): v128 {
  const low = i64x2.extmul_low_i32x4_u(a, m);
  const high = i64x2.extmul_high_i32x4_u(a, m);
  return v128.shuffle<i32>(low, high, 1, 3, 5, 7);
}

/** ln(m · 2⁻²⁴) for integers m in 1…2²⁴: mantissa in [√½, √2), atanh series (truncation 7e-10). */
// @ts-ignore: decorator
@inline
function logUnit(m: v128): v128 {
  const f = f32x4.convert_i32x4_s(m);
  const shifted = i32x4.sub(f, i32x4.splat(0x3f3504f3)); // bits of √½
  const exponent = i32x4.shr_s(shifted, 23);
  const mantissa = i32x4.sub(f, i32x4.shl(exponent, 23));
  const one = f32x4.splat(1);
  const s = f32x4.div(f32x4.sub(mantissa, one), f32x4.add(mantissa, one));
  const s2 = f32x4.mul(s, s);
  let p = f32x4.splat(<f32>(2.0 / 9.0));
  p = f32x4.add(f32x4.mul(p, s2), f32x4.splat(<f32>(2.0 / 7.0)));
  p = f32x4.add(f32x4.mul(p, s2), f32x4.splat(<f32>(2.0 / 5.0)));
  p = f32x4.add(f32x4.mul(p, s2), f32x4.splat(<f32>(2.0 / 3.0)));
  p = f32x4.add(f32x4.mul(p, s2), f32x4.splat(2));
  const e = f32x4.convert_i32x4_s(i32x4.sub(exponent, i32x4.splat(24)));
  return f32x4.add(f32x4.mul(e, f32x4.splat(<f32>0.6931471805599453)), f32x4.mul(s, p));
}

/** Writes a Box–Muller pair from the 32-bit words a, b to p and p + stride. */
// @ts-ignore: decorator
@inline
function pair(a: v128, b: v128, p: usize, second: usize): void {
  const m = i32x4.add(i32x4.shr_u(a, 8), i32x4.splat(1));
  const radius = f32x4.sqrt(f32x4.mul(f32x4.splat(-2), logUnit(m)));
  // angle = 2π k/2²⁴: nearest quadrant exactly in integers, remainder in [−π/4, π/4]
  const k = i32x4.shr_u(b, 8);
  const quadrant = i32x4.shr_u(i32x4.add(k, i32x4.splat(1 << 21)), 22);
  const r = f32x4.mul(
    f32x4.convert_i32x4_s(i32x4.sub(k, i32x4.shl(quadrant, 22))),
    f32x4.splat(<f32>(6.283185307179586 / 16777216.0)),
  );
  const r2 = f32x4.mul(r, r);
  let sine = f32x4.splat(<f32>(1.0 / 362880.0));
  sine = f32x4.add(f32x4.mul(sine, r2), f32x4.splat(<f32>(-1.0 / 5040.0)));
  sine = f32x4.add(f32x4.mul(sine, r2), f32x4.splat(<f32>(1.0 / 120.0)));
  sine = f32x4.add(f32x4.mul(sine, r2), f32x4.splat(<f32>(-1.0 / 6.0)));
  sine = f32x4.add(f32x4.mul(f32x4.mul(sine, r2), r), r);
  let cosine = f32x4.splat(<f32>(1.0 / 40320.0));
  cosine = f32x4.add(f32x4.mul(cosine, r2), f32x4.splat(<f32>(-1.0 / 720.0)));
  cosine = f32x4.add(f32x4.mul(cosine, r2), f32x4.splat(<f32>(1.0 / 24.0)));
  cosine = f32x4.add(f32x4.mul(cosine, r2), f32x4.splat(-0.5));
  cosine = f32x4.add(f32x4.mul(cosine, r2), f32x4.splat(1));
  // quadrant 1: (cos, sin) → (−sin, cos); 2: (−cos, −sin); 3: (sin, −cos)
  const odd = i32x4.eq(v128.and(quadrant, i32x4.splat(1)), i32x4.splat(1));
  const c = v128.bitselect(sine, cosine, odd);
  const s = v128.bitselect(cosine, sine, odd);
  const sign = i32x4.splat(0x80000000);
  const negativeCosine = i32x4.shl(i32x4.add(quadrant, i32x4.splat(1)), 30); // quadrants 1, 2 → bit 31
  const negativeSine = i32x4.shl(quadrant, 30); // quadrants 2, 3
  v128.store(p, f32x4.mul(radius, v128.xor(c, v128.and(negativeCosine, sign))));
  if (second) v128.store(second, f32x4.mul(radius, v128.xor(s, v128.and(negativeSine, sign))));
}

/**
 * out ← standard normal numbers. `elements` counts real values per lane (complex: both planes). `slice` is the volume's index of lane 0.
 */
export function gaussian(
  out: usize, elements: usize, lanes: usize, slice: i32, seedLow: i32, seedHigh: i32, step: i32, stream: i32,
): void {
  const m0 = i32x4.splat(M0);
  const m1 = i32x4.splat(M1);
  const pixel = lanes << 2;
  for (let block: usize = 0; block << 2 < elements; block++) {
    const left = elements - (block << 2);
    for (let q: usize = 0; q < lanes >> 2; q++) {
      let c0 = i32x4.splat(<i32>block);
      let c1 = i32x4.add(i32x4.splat(slice + <i32>(q << 2)), i32x4(0, 1, 2, 3));
      let c2 = i32x4.splat(step);
      let c3 = i32x4.splat(stream);
      let k0 = <u32>seedLow;
      let k1 = <u32>seedHigh;
      for (let round = 0; round < 10; round++) {
        const low0 = i32x4.mul(c0, m0);
        const high0 = mulHigh(c0, m0);
        const low1 = i32x4.mul(c2, m1);
        const high1 = mulHigh(c2, m1);
        c0 = v128.xor(v128.xor(high1, c1), i32x4.splat(<i32>k0));
        c1 = low1;
        c2 = v128.xor(v128.xor(high0, c3), i32x4.splat(<i32>k1));
        c3 = low0;
        k0 += W0;
        k1 += W1;
      }
      const at = out + (block << 2) * pixel + (q << 4);
      pair(c0, c1, at, left > 1 ? at + pixel : 0);
      if (left > 2) pair(c2, c3, at + 2 * pixel, left > 3 ? at + 3 * pixel : 0);
    }
  }
}

/** The four raw Philox words of one counter, for known-answer tests. */
export function philox(c0: u32, c1: u32, c2: u32, c3: u32, k0: u32, k1: u32, out: usize): void {
  for (let round = 0; round < 10; round++) {
    const p0 = <u64>0xd2511f53 * <u64>c0;
    const p1 = <u64>0xcd9e8d57 * <u64>c2;
    const n0 = <u32>(p1 >> 32) ^ c1 ^ k0;
    const n2 = <u32>(p0 >> 32) ^ c3 ^ k1;
    c0 = n0;
    c1 = <u32>p1;
    c2 = n2;
    c3 = <u32>p0;
    k0 += W0;
    k1 += W1;
  }
  store<u32>(out, c0);
  store<u32>(out + 4, c1);
  store<u32>(out + 8, c2);
  store<u32>(out + 12, c3);
}
