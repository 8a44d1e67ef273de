// AssemblyScript. Elementwise kernels on one slab: element e of lane (slice) l lies at base + (e·L + l)·4.
// Complex fields are a plane of real parts followed by a plane of imaginary parts, so most kernels see 2n real elements.
import { madd } from './simd.as';

/** p[0…count) ← v; count in floats, a multiple of 4. */
export function fill(p: usize, count: usize, v: f32): void {
  const s = f32x4.splat(v);
  for (let i: usize = 0; i < count; i += 4) v128.store(p + (i << 2), s);
}

export function lincomb1(out: usize, count: usize, c0: f32, a: usize): void {
  const s0 = f32x4.splat(c0);
  for (let i: usize = 0, end = count << 2; i < end; i += 16) v128.store(out + i, f32x4.mul(s0, v128.load(a + i)));
}

export function lincomb2(out: usize, count: usize, c0: f32, a: usize, c1: f32, b: usize): void {
  const s0 = f32x4.splat(c0);
  const s1 = f32x4.splat(c1);
  for (let i: usize = 0, end = count << 2; i < end; i += 16) {
    v128.store(out + i, madd(s1, v128.load(b + i), f32x4.mul(s0, v128.load(a + i))));
  }
}

export function lincomb3(out: usize, count: usize, c0: f32, a: usize, c1: f32, b: usize, c2: f32, c: usize): void {
  const s0 = f32x4.splat(c0);
  const s1 = f32x4.splat(c1);
  const s2 = f32x4.splat(c2);
  for (let i: usize = 0, end = count << 2; i < end; i += 16) {
    const t = madd(s1, v128.load(b + i), f32x4.mul(s0, v128.load(a + i)));
    v128.store(out + i, madd(s2, v128.load(c + i), t));
  }
}

export function lincomb4(
  out: usize, count: usize, c0: f32, a: usize, c1: f32, b: usize, c2: f32, c: usize, c3: f32, d: usize,
): void {
  const s0 = f32x4.splat(c0);
  const s1 = f32x4.splat(c1);
  const s2 = f32x4.splat(c2);
  const s3 = f32x4.splat(c3);
  for (let i: usize = 0, end = count << 2; i < end; i += 16) {
    const t = madd(s2, v128.load(c + i), madd(s1, v128.load(b + i), f32x4.mul(s0, v128.load(a + i))));
    v128.store(out + i, madd(s3, v128.load(d + i), t));
  }
}

/** Four f64 coefficients of a register, from lane 4q on, as f32. */
// @ts-ignore: decorator
@inline
function coefficients(register: usize, q: usize): v128 {
  const at = register + (q << 5);
  const low = f32x4.demote_f64x2_zero(v128.load(at));
  const high = f32x4.demote_f64x2_zero(v128.load(at + 16));
  return v128.shuffle<i32>(low, high, 0, 1, 4, 5);
}

/** out ← c ⊙ a with one coefficient per lane, from an f64 register. */
export function scaleLanes(out: usize, elements: usize, lanes: usize, register: usize, a: usize): void {
  const step = lanes << 2;
  for (let q: usize = 0; q < lanes >> 2; q++) {
    const c = coefficients(register, q);
    for (let e: usize = 0, i = q << 4; e < elements; e++, i += step) {
      v128.store(out + i, f32x4.mul(c, v128.load(a + i)));
    }
  }
}

/** out ← out + c ⊙ a with one coefficient per lane. */
export function addLanes(out: usize, elements: usize, lanes: usize, register: usize, a: usize): void {
  const step = lanes << 2;
  for (let q: usize = 0; q < lanes >> 2; q++) {
    const c = coefficients(register, q);
    for (let e: usize = 0, i = q << 4; e < elements; e++, i += step) {
      v128.store(out + i, madd(c, v128.load(a + i), v128.load(out + i)));
    }
  }
}

/** register[l] ← Σ_e x·y in float64, for every lane. */
export function dot(x: usize, y: usize, elements: usize, lanes: usize, register: usize): void {
  const step = lanes << 2;
  for (let q: usize = 0; q < lanes >> 2; q++) {
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    for (let e: usize = 0, i = q << 4; e < elements; e++, i += step) {
      const a = v128.load(x + i);
      const b = v128.load(y + i);
      low = f64x2.add(low, f64x2.mul(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b)));
      const ah = v128.shuffle<i32>(a, a, 2, 3, 2, 3);
      const bh = v128.shuffle<i32>(b, b, 2, 3, 2, 3);
      high = f64x2.add(high, f64x2.mul(f64x2.promote_low_f32x4(ah), f64x2.promote_low_f32x4(bh)));
    }
    v128.store(register + (q << 5), low);
    v128.store(register + (q << 5) + 16, high);
  }
}

/** register[l] ← Σ_e |x| in float64, for every lane; `imaginary` is the plane of imaginary parts, 0 for real fields. */
export function norm1(x: usize, imaginary: usize, elements: usize, lanes: usize, register: usize): void {
  const step = lanes << 2;
  for (let q: usize = 0; q < lanes >> 2; q++) {
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    for (let e: usize = 0, i = q << 4; e < elements; e++, i += step) {
      let a = v128.load(x + i);
      if (imaginary) a = f32x4.sqrt(f32x4.add(f32x4.mul(a, a), square(imaginary + i)));
      else a = f32x4.abs(a);
      low = f64x2.add(low, f64x2.promote_low_f32x4(a));
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<i32>(a, a, 2, 3, 2, 3)));
    }
    v128.store(register + (q << 5), low);
    v128.store(register + (q << 5) + 16, high);
  }
}

export function multiply(x: usize, y: usize, out: usize, count: usize): void {
  for (let i: usize = 0, end = count << 2; i < end; i += 16) {
    v128.store(out + i, f32x4.mul(v128.load(x + i), v128.load(y + i)));
  }
}

/** Pointwise complex product; `plane` floats separate real and imaginary planes. */
export function multiplyComplex(x: usize, y: usize, out: usize, plane: usize): void {
  const im = plane << 2;
  for (let i: usize = 0; i < im; i += 16) {
    const xr = v128.load(x + i);
    const xi = v128.load(x + im + i);
    const yr = v128.load(y + i);
    const yi = v128.load(y + im + i);
    v128.store(out + i, f32x4.sub(f32x4.mul(xr, yr), f32x4.mul(xi, yi)));
    v128.store(out + im + i, f32x4.add(f32x4.mul(xr, yi), f32x4.mul(xi, yr)));
  }
}

/** out ← x ÷ y, 0 where y = 0. */
export function divide(x: usize, y: usize, out: usize, count: usize): void {
  const zero = f32x4.splat(0);
  for (let i: usize = 0, end = count << 2; i < end; i += 16) {
    const d = v128.load(y + i);
    v128.store(out + i, v128.and(f32x4.ne(d, zero), f32x4.div(v128.load(x + i), d)));
  }
}

export function clamp(x: usize, low: f32, high: f32, out: usize, count: usize): void {
  const lo = f32x4.splat(low);
  const hi = f32x4.splat(high);
  for (let i: usize = 0, end = count << 2; i < end; i += 16) {
    v128.store(out + i, f32x4.min(f32x4.max(v128.load(x + i), lo), hi));
  }
}

/** Soft threshold of up to six components taken as one vector: each scaled by max(0, 1 − t/‖·‖). Unused pointers are 0. */
export function shrink(
  t: f32, count: usize, p0: usize, p1: usize, p2: usize, p3: usize, p4: usize, p5: usize,
  o0: usize, o1: usize, o2: usize, o3: usize, o4: usize, o5: usize,
): void {
  const threshold = f32x4.splat(t);
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  for (let i: usize = 0, end = count << 2; i < end; i += 16) {
    const a = v128.load(p0 + i);
    let squares = f32x4.mul(a, a);
    if (p1) squares = f32x4.add(squares, square(p1 + i));
    if (p2) squares = f32x4.add(squares, square(p2 + i));
    if (p3) squares = f32x4.add(squares, square(p3 + i));
    if (p4) squares = f32x4.add(squares, square(p4 + i));
    if (p5) squares = f32x4.add(squares, square(p5 + i));
    const norm = f32x4.sqrt(squares);
    // t/0 = ∞ gives 1 − ∞ → max(0, ·) = 0; 0/0 with t = 0 is masked by the comparison
    const factor = v128.and(f32x4.gt(norm, zero), f32x4.max(zero, f32x4.sub(one, f32x4.div(threshold, norm))));
    v128.store(o0 + i, f32x4.mul(factor, a));
    if (p1) v128.store(o1 + i, f32x4.mul(factor, v128.load(p1 + i)));
    if (p2) v128.store(o2 + i, f32x4.mul(factor, v128.load(p2 + i)));
    if (p3) v128.store(o3 + i, f32x4.mul(factor, v128.load(p3 + i)));
    if (p4) v128.store(o4 + i, f32x4.mul(factor, v128.load(p4 + i)));
    if (p5) v128.store(o5 + i, f32x4.mul(factor, v128.load(p5 + i)));
  }
}

// @ts-ignore: decorator
@inline
function square(p: usize): v128 {
  const v = v128.load(p);
  return f32x4.mul(v, v);
}

// ---- scalar registers: f64[lanes] ----

/** operation: 0 plus, 1 minus, 2 times, 3 over (x ÷ 0 = 0), 4 sqrt(max(a, 0)). */
export function scalarOperation(operation: i32, a: usize, b: usize, out: usize, lanes: usize): void {
  for (let l: usize = 0; l < lanes; l++) {
    const x = load<f64>(a + (l << 3));
    const y = b ? load<f64>(b + (l << 3)) : 0;
    let r: f64 = 0;
    if (operation == 0) r = x + y;
    else if (operation == 1) r = x - y;
    else if (operation == 2) r = x * y;
    else if (operation == 3) r = y == 0 ? 0 : x / y;
    else r = Math.sqrt(Math.max(x, 0));
    store<f64>(out + (l << 3), r);
  }
}

/** out ← condition > 0 ? a : b, per lane. */
export function scalarSelect(condition: usize, a: usize, b: usize, out: usize, lanes: usize): void {
  for (let l: usize = 0; l < lanes; l++) {
    const at = l << 3;
    store<f64>(out + at, load<f64>(condition + at) > 0 ? load<f64>(a + at) : load<f64>(b + at));
  }
}

export function scalarFill(out: usize, value: f64, lanes: usize): void {
  for (let l: usize = 0; l < lanes; l++) store<f64>(out + (l << 3), value);
}

// ---- layout: slices in C order (staging) ⇄ lanes ----

/** staging [count][n][components] → lanes lane0 … lane0 + count − 1. */
export function interleave(
  staging: usize, out: usize, n: usize, components: usize, lanes: usize, lane0: usize, count: usize,
): void {
  for (let c: usize = 0; c < components; c++) {
    const plane = out + ((c * n * lanes + lane0) << 2);
    for (let e0: usize = 0; e0 < n; e0 += 64) {
      const e1 = min(e0 + 64, n);
      for (let l: usize = 0; l < count; l++) {
        for (let e = e0; e < e1; e++) {
          store<f32>(plane + ((e * lanes + l) << 2), load<f32>(staging + (((l * n + e) * components + c) << 2)));
        }
      }
    }
  }
}

/** lanes lane0 … lane0 + count − 1 → staging [count][n][components]. */
export function deinterleave(
  x: usize, staging: usize, n: usize, components: usize, lanes: usize, lane0: usize, count: usize,
): void {
  for (let c: usize = 0; c < components; c++) {
    const plane = x + ((c * n * lanes + lane0) << 2);
    for (let e0: usize = 0; e0 < n; e0 += 64) {
      const e1 = min(e0 + 64, n);
      for (let l: usize = 0; l < count; l++) {
        for (let e = e0; e < e1; e++) {
          store<f32>(staging + (((l * n + e) * components + c) << 2), load<f32>(plane + ((e * lanes + l) << 2)));
        }
      }
    }
  }
}
