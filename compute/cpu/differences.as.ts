// AssemblyScript. Differences along z (across lanes, halo slices from the neighbouring slabs) and in the plane.
import { madd } from './simd.as';

/** dense[e] ← x[e] of one lane: what a neighbouring slab needs. */
export function extractLane(x: usize, elements: usize, lanes: usize, lane: usize, dense: usize): void {
  for (let e: usize = 0; e < elements; e++) store<f32>(dense + (e << 2), load<f32>(x + ((e * lanes + lane) << 2)));
}

/** All-ones where lane == `which`, for the four lanes from 4q. */
// @ts-ignore: decorator
@inline
function isLane(q: usize, which: i32): v128 {
  const first = <i32>(q << 2);
  return i32x4.eq(i32x4.add(i32x4(0, 1, 2, 3), i32x4.splat(first)), i32x4.splat(which));
}

/** All-ones where lane < `end`. */
// @ts-ignore: decorator
@inline
function below(q: usize, end: i32): v128 {
  const first = <i32>(q << 2);
  return i32x4.lt_s(i32x4.add(i32x4(0, 1, 2, 3), i32x4.splat(first)), i32x4.splat(end));
}

/** x_{k+1} of the four lanes at `at`; the slab's last slice takes the halo of the next slab. */
// @ts-ignore: decorator
@inline
function next(at: usize, halo: usize, e: usize, last: v128): v128 {
  const shifted = v128.load(at + 4);
  return halo ? v128.bitselect(v128.load32_splat(halo + (e << 2)), shifted, last) : shifted;
}

/** x_{k−1} of the four lanes at `at`; the slab's first slice takes the halo of the slab before. */
// @ts-ignore: decorator
@inline
function previous(at: usize, halo: usize, e: usize, first: v128): v128 {
  const shifted = v128.load(at - 4);
  return halo ? v128.bitselect(v128.load32_splat(halo + (e << 2)), shifted, first) : shifted;
}

/** out ← D_z x. haloNext = 0: the slab's last slice is the volume's last, difference 0. */
export function dz(x: usize, haloNext: usize, out: usize, elements: usize, lanes: usize, count: i32): void {
  const step = lanes << 2;
  for (let q: usize = 0; q < lanes >> 2; q++) {
    const last = isLane(q, count - 1);
    const inside = below(q, haloNext ? count : count - 1);
    for (let e: usize = 0, i = q << 4; e < elements; e++, i += step) {
      const d = f32x4.sub(next(x + i, haloNext, e, last), v128.load(x + i));
      v128.store(out + i, v128.and(d, inside));
    }
  }
}

/** x ← x + w D_zᵀ d; haloPrev = 0 at the first slice of the volume, hasNext = 0 at its last (replicate boundary). */
export function addDzAdjoint(
  w: f32, d: usize, haloPrev: usize, hasNext: i32, x: usize, elements: usize, lanes: usize, count: i32,
): void {
  const step = lanes << 2;
  const weight = f32x4.splat(w);
  for (let q: usize = 0; q < lanes >> 2; q++) {
    const first = isLane(q, 0);
    const valid = below(q, count);
    const left = haloPrev ? valid : v128.andnot(valid, first);
    const right = below(q, hasNext ? count : count - 1);
    for (let e: usize = 0, i = q << 4; e < elements; e++, i += step) {
      const before = v128.and(previous(d + i, haloPrev, e, first), left);
      const here = v128.and(v128.load(d + i), right);
      v128.store(x + i, madd(weight, f32x4.sub(before, here), v128.load(x + i)));
    }
  }
}

/** out ← out + w D_zᵀ D_z x. A halo of 0 means there is no neighbour on that side. */
export function addDzNormal(
  w: f32, x: usize, haloPrev: usize, haloNext: usize, out: usize, elements: usize, lanes: usize, count: i32,
): void {
  const step = lanes << 2;
  const weight = f32x4.splat(w);
  for (let q: usize = 0; q < lanes >> 2; q++) {
    const first = isLane(q, 0);
    const last = isLane(q, count - 1);
    const valid = below(q, count);
    const left = haloPrev ? valid : v128.andnot(valid, first);
    const right = below(q, haloNext ? count : count - 1);
    for (let e: usize = 0, i = q << 4; e < elements; e++, i += step) {
      const here = v128.load(x + i);
      const down = v128.and(f32x4.sub(here, previous(x + i, haloPrev, e, first)), left);
      const up = v128.and(f32x4.sub(next(x + i, haloNext, e, last), here), right);
      v128.store(out + i, madd(weight, f32x4.sub(down, up), v128.load(out + i)));
    }
  }
}

/** gx, gy ← forward differences along columns and rows of a [rows, columns] plane, 0 at the far edge. */
export function gradient(x: usize, gx: usize, gy: usize, rows: usize, columns: usize, lanes: usize): void {
  const pixel = lanes << 2;
  const line = columns * pixel;
  const zero = f32x4.splat(0);
  for (let r: usize = 0; r < rows; r++) {
    for (let c: usize = 0; c < columns; c++) {
      const at = r * line + c * pixel;
      for (let b: usize = 0; b < pixel; b += 16) {
        const here = v128.load(x + at + b);
        v128.store(gx + at + b, c + 1 < columns ? f32x4.sub(v128.load(x + at + pixel + b), here) : zero);
        v128.store(gy + at + b, r + 1 < rows ? f32x4.sub(v128.load(x + at + line + b), here) : zero);
      }
    }
  }
}

/** x ← x + w (∂xᵀ gx + ∂yᵀ gy). */
export function addGradientAdjoint(
  w: f32, gx: usize, gy: usize, x: usize, rows: usize, columns: usize, lanes: usize,
): void {
  const pixel = lanes << 2;
  const line = columns * pixel;
  const weight = f32x4.splat(w);
  const zero = f32x4.splat(0);
  for (let r: usize = 0; r < rows; r++) {
    for (let c: usize = 0; c < columns; c++) {
      const at = r * line + c * pixel;
      for (let b: usize = 0; b < pixel; b += 16) {
        let sum = zero;
        if (c > 0) sum = f32x4.add(sum, v128.load(gx + at - pixel + b));
        if (c + 1 < columns) sum = f32x4.sub(sum, v128.load(gx + at + b));
        if (r > 0) sum = f32x4.add(sum, v128.load(gy + at - line + b));
        if (r + 1 < rows) sum = f32x4.sub(sum, v128.load(gy + at + b));
        v128.store(x + at + b, madd(weight, sum, v128.load(x + at + b)));
      }
    }
  }
}

/** out ← out + w (∂xᵀ∂x + ∂yᵀ∂y) x: at each pixel the sum of its differences from the neighbours there are. */
export function addGradientNormal(w: f32, x: usize, out: usize, rows: usize, columns: usize, lanes: usize): void {
  const pixel = lanes << 2;
  const line = columns * pixel;
  const weight = f32x4.splat(w);
  for (let r: usize = 0; r < rows; r++) {
    for (let c: usize = 0; c < columns; c++) {
      const at = r * line + c * pixel;
      for (let b: usize = 0; b < pixel; b += 16) {
        const p = x + at + b;
        const here = v128.load(p);
        let sum = f32x4.splat(0);
        if (c > 0) sum = f32x4.add(sum, f32x4.sub(here, v128.load(p - pixel)));
        if (c + 1 < columns) sum = f32x4.add(sum, f32x4.sub(here, v128.load(p + pixel)));
        if (r > 0) sum = f32x4.add(sum, f32x4.sub(here, v128.load(p - line)));
        if (r + 1 < rows) sum = f32x4.add(sum, f32x4.sub(here, v128.load(p + line)));
        v128.store(out + at + b, madd(weight, sum, v128.load(out + at + b)));
      }
    }
  }
}
