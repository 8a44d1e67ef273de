// AssemblyScript. Joseph's projector (Joseph 1982, IEEE Trans. Med. Imaging 1:192) and its exact transpose on one slab, for any list of
// per-view vectors: every ray is marched line by line along its main axis and interpolated linearly between the two nearest pixels of the
// line. A line is an image row, or a column for rays that run mostly along x; one marching loop serves both with other strides. Positions
// are fixed-point (32 fraction bits): stepping is exact, so forward and adjoint meet the same pixels with the same weights. Element e of
// lane l lies at base + (e·L + l)·4; image [row, column], sinogram [view, detector].
import { accumulate, madd } from '../../../compute/cpu/simd.as';
import { any, fraction, plan, RAY, VIEW } from './plan-simd.as';

// @ts-ignore: decorator
@inline
const BLOCK: i32 = 16; // lines marched while a ray's sum stays in registers

// ---- forward ----

/** One step whose neighbours both lie inside; sums are kept in memory so that lane counts share the code. */
// @ts-ignore: decorator
@inline
function blend(p: usize, n: usize, w: v128, f: v128, sum: v128): v128 {
  return f32x4.add(sum, madd(f, v128.load(n), f32x4.mul(w, v128.load(p))));
}

// @ts-ignore: decorator
@inline
function edgeForward(image: usize, along: usize, across: usize, width: i32, p: i64, j: i32, out: usize, pixel: usize): void {
  const i = <i32>(p >> 32);
  const f = fraction(p);
  const at = image + <usize>j * along;
  for (let b: usize = 0; b < pixel; b += 16) {
    let sum = v128.load(out + b);
    if (i >= 0) sum = madd(f32x4.splat(1 - f), v128.load(at + <usize>i * across + b), sum);
    if (i + 1 < width) sum = madd(f32x4.splat(f), v128.load(at + <usize>(i + 1) * across + b), sum);
    v128.store(out + b, sum);
  }
}

/** Marches the rays of one axis over lines j0 … j1 − 1; adds unweighted sums to the sinogram row at `sums`. */
// @ts-ignore: decorator
@inline
function marchForward(
  image: usize, along: usize, across: usize, width: i32, j0: i32, j1: i32, axis: i32,
  table: usize, detectors: i32, sums: usize, pixel: usize,
): void {
  let ray = table;
  let out = sums;
  for (let d: i32 = 0; d < detectors; d++, ray += RAY, out += pixel) {
    if (load<i32>(ray, 24) != axis) continue;
    const from = max(load<i32>(ray, 28), j0);
    const to = min(load<i32>(ray, 32), j1);
    if (from >= to) continue;
    const step = load<i64>(ray, 8);
    let p = load<i64>(ray) + step * <i64>from;
    let j = from;
    const innerTo = min(load<i32>(ray, 40), to);
    const innerFrom = min(max(load<i32>(ray, 36), from), to);
    for (; j < innerFrom; j++, p += step) edgeForward(image, along, across, width, p, j, out, pixel);
    if (j < innerTo) {
      let s0 = v128.load(out);
      let s1 = pixel > 16 ? v128.load(out, 16) : s0;
      let s2 = pixel > 32 ? v128.load(out, 32) : s0;
      let s3 = pixel > 32 ? v128.load(out, 48) : s0;
      let line = image + <usize>j * along;
      for (; j < innerTo; j++, p += step, line += along) {
        const at = line + <usize>(p >> 32) * across;
        const next = at + across;
        const f = f32x4.splat(fraction(p));
        const w = f32x4.sub(f32x4.splat(1), f);
        s0 = blend(at, next, w, f, s0);
        if (pixel > 16) s1 = blend(at + 16, next + 16, w, f, s1);
        if (pixel > 32) {
          s2 = blend(at + 32, next + 32, w, f, s2);
          s3 = blend(at + 48, next + 48, w, f, s3);
        }
      }
      v128.store(out, s0);
      if (pixel > 16) v128.store(out, s1, 16);
      if (pixel > 32) {
        v128.store(out, s2, 32);
        v128.store(out, s3, 48);
      }
    }
    for (; j < to; j++, p += step) edgeForward(image, along, across, width, p, j, out, pixel);
  }
}

/** y ← A x. `table` is scratch of detectors·48 bytes, `vectors` the view vectors. */
export function forward(
  x: usize, y: usize, table: usize, vectors: usize, views: i32, detectors: i32,
  rows: i32, columns: i32, rowSpacing: f64, columnSpacing: f64, lanes: usize,
): void {
  const pixel = lanes << 2;
  const line = <usize>columns * pixel;
  memory.fill(y, 0, <usize>(views * detectors) * pixel);
  for (let v: i32 = 0; v < views; v++) {
    plan(vectors + <usize>v * VIEW, table, detectors, rows, columns, rowSpacing, columnSpacing);
    const sums = y + <usize>(v * detectors) * pixel;
    for (let axis: i32 = 0; axis < 2; axis++) {
      if (!any(table, detectors, axis)) continue;
      const lines = axis ? columns : rows;
      const width = axis ? rows : columns;
      const along = axis ? pixel : line;
      const across = axis ? line : pixel;
      for (let j: i32 = 0; j < lines; j += BLOCK) {
        const end = min(j + BLOCK, lines);
        if (pixel == 64) marchForward(x, along, across, width, j, end, axis, table, detectors, sums, 64);
        else if (pixel == 32) marchForward(x, along, across, width, j, end, axis, table, detectors, sums, 32);
        else marchForward(x, along, across, width, j, end, axis, table, detectors, sums, 16);
      }
    }
    for (let d: i32 = 0; d < detectors; d++) {
      const weight = f32x4.splat(<f32>load<f64>(table + <usize>d * RAY, 16));
      const at = sums + <usize>d * pixel;
      for (let b: usize = 0; b < pixel; b += 16) v128.store(at + b, f32x4.mul(weight, v128.load(at + b)));
    }
  }
}

// ---- adjoint ----

// @ts-ignore: decorator
@inline
function edgeAdjoint(
  image: usize, along: usize, across: usize, width: i32, p: i64, j: i32, value: usize, weight: v128, pixel: usize,
): void {
  const i = <i32>(p >> 32);
  const f = fraction(p);
  const at = image + <usize>j * along;
  for (let b: usize = 0; b < pixel; b += 16) {
    const v = f32x4.mul(weight, v128.load(value + b));
    if (i >= 0) accumulate(at + <usize>i * across + b, f32x4.splat(1 - f), v);
    if (i + 1 < width) accumulate(at + <usize>(i + 1) * across + b, f32x4.splat(f), v);
  }
}

/** The transpose of marchForward: spreads weighted sinogram values over the image. */
// @ts-ignore: decorator
@inline
function marchAdjoint(
  image: usize, along: usize, across: usize, width: i32, j0: i32, j1: i32, axis: i32,
  table: usize, detectors: i32, values: usize, pixel: usize,
): void {
  let ray = table;
  let value = values;
  for (let d: i32 = 0; d < detectors; d++, ray += RAY, value += pixel) {
    if (load<i32>(ray, 24) != axis) continue;
    const from = max(load<i32>(ray, 28), j0);
    const to = min(load<i32>(ray, 32), j1);
    if (from >= to) continue;
    const step = load<i64>(ray, 8);
    let p = load<i64>(ray) + step * <i64>from;
    let j = from;
    const innerTo = min(load<i32>(ray, 40), to);
    const innerFrom = min(max(load<i32>(ray, 36), from), to);
    const weight = f32x4.splat(<f32>load<f64>(ray, 16));
    for (; j < innerFrom; j++, p += step) edgeAdjoint(image, along, across, width, p, j, value, weight, pixel);
    if (j < innerTo) {
      const v0 = f32x4.mul(weight, v128.load(value));
      const v1 = pixel > 16 ? f32x4.mul(weight, v128.load(value, 16)) : v0;
      const v2 = pixel > 32 ? f32x4.mul(weight, v128.load(value, 32)) : v0;
      const v3 = pixel > 32 ? f32x4.mul(weight, v128.load(value, 48)) : v0;
      let line = image + <usize>j * along;
      for (; j < innerTo; j++, p += step, line += along) {
        const at = line + <usize>(p >> 32) * across;
        const next = at + across;
        const f = f32x4.splat(fraction(p));
        const w = f32x4.sub(f32x4.splat(1), f);
        accumulate(at, w, v0);
        if (pixel > 16) accumulate(at + 16, w, v1);
        if (pixel > 32) {
          accumulate(at + 32, w, v2);
          accumulate(at + 48, w, v3);
        }
        accumulate(next, f, v0);
        if (pixel > 16) accumulate(next + 16, f, v1);
        if (pixel > 32) {
          accumulate(next + 32, f, v2);
          accumulate(next + 48, f, v3);
        }
      }
    }
    for (; j < to; j++, p += step) edgeAdjoint(image, along, across, width, p, j, value, weight, pixel);
  }
}

/** x ← Aᵀ y; arguments as for `forward`. */
export function adjoint(
  y: usize, x: usize, table: usize, vectors: usize, views: i32, detectors: i32,
  rows: i32, columns: i32, rowSpacing: f64, columnSpacing: f64, lanes: usize,
): void {
  const pixel = lanes << 2;
  const line = <usize>columns * pixel;
  memory.fill(x, 0, <usize>(rows * columns) * pixel);
  for (let v: i32 = 0; v < views; v++) {
    plan(vectors + <usize>v * VIEW, table, detectors, rows, columns, rowSpacing, columnSpacing);
    const values = y + <usize>(v * detectors) * pixel;
    for (let axis: i32 = 0; axis < 2; axis++) {
      if (!any(table, detectors, axis)) continue;
      const lines = axis ? columns : rows;
      const width = axis ? rows : columns;
      const along = axis ? pixel : line;
      const across = axis ? line : pixel;
      for (let j: i32 = 0; j < lines; j += BLOCK) {
        const end = min(j + BLOCK, lines);
        if (pixel == 64) marchAdjoint(x, along, across, width, j, end, axis, table, detectors, values, 64);
        else if (pixel == 32) marchAdjoint(x, along, across, width, j, end, axis, table, detectors, values, 32);
        else marchAdjoint(x, along, across, width, j, end, axis, table, detectors, values, 16);
      }
    }
  }
}
