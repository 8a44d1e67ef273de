// AssemblyScript. Joseph's projector (Joseph 1982, IEEE Trans. Med. Imaging 1:192) and its exact transpose on one slab, for any list of
// per-view vectors: every ray is marched line by line along its main axis and interpolated linearly between the two nearest pixels of the
// line. A line is an image row, or a column for rays that run mostly along x; one marching loop serves both with other strides. Positions
// are fixed-point (32 fraction bits): stepping is exact, so forward and adjoint meet the same pixels with the same weights. Element e of
// lane l lies at base + (e·L + l)·4; image [row, column], sinogram [view, detector].
import { accumulate, madd } from '../../../compute/cpu/simd.as';

// @ts-ignore: decorator
@inline
const VIEW: usize = 7 * 8; // kind (0 parallel, 1 divergent), source or direction (2), detector centre (2), u (2)
// @ts-ignore: decorator
@inline
const RAY: usize = 48; // see `plan`
// @ts-ignore: decorator
@inline
const BLOCK: i32 = 16; // lines marched while a ray's sum stays in registers
// @ts-ignore: decorator
@inline
const ONE: f64 = 4294967296.0;

/**
 * Ray table of one view: position across at line 0 and step per line (fixed-point pixels, i64), weight (mm per line, f64), main axis (0:
 * rows, 1: columns), lines met: from, to (i32), and those of them where both neighbours lie inside: inner from, to. The view's vectors are
 * in mm, relative to the grid centre, y along increasing rows.
 */
function plan(
  view: usize, table: usize, detectors: i32, rows: i32, columns: i32, rowSpacing: f64, columnSpacing: f64,
): void {
  const divergent = load<f64>(view) != 0;
  const ax = load<f64>(view, 8);
  const ay = load<f64>(view, 16);
  const cx = load<f64>(view, 24);
  const cy = load<f64>(view, 32);
  const ux = load<f64>(view, 40);
  const uy = load<f64>(view, 48);
  const middle = 0.5 * <f64>(detectors - 1);
  const rowMiddle = 0.5 * <f64>(rows - 1);
  const columnMiddle = 0.5 * <f64>(columns - 1);
  for (let d: i32 = 0; d < detectors; d++) {
    const s = <f64>d - middle;
    const px = cx + s * ux;
    const py = cy + s * uy;
    // direction in mm, then in pixels
    const mx = divergent ? px - ax : ax;
    const my = divergent ? py - ay : ay;
    const dx = mx / columnSpacing;
    const dy = my / rowSpacing;
    const alongRows = Math.abs(dy) >= Math.abs(dx);
    const ox = px / columnSpacing + columnMiddle;
    const oy = py / rowSpacing + rowMiddle;
    const slope = alongRows ? dx / dy : dy / dx;
    const first = alongRows ? ox - slope * oy : oy - slope * ox;
    const lines = alongRows ? rows : columns;
    const width = alongRows ? columns : rows;
    const length = Math.sqrt(mx * mx + my * my) / Math.abs(alongRows ? dy : dx);
    const at = table + <usize>d * RAY;
    const p = <i64>(Math.max(-1e9, Math.min(1e9, first)) * ONE);
    const step = <i64>(slope * ONE);
    // lines in front of a source
    let low: i32 = 0;
    let high = lines;
    if (divergent) {
      const main = alongRows ? dy : dx;
      const source = alongRows ? ay / rowSpacing + rowMiddle : ax / columnSpacing + columnMiddle;
      const line = Math.max(-1, Math.min(<f64>lines, source));
      if (main > 0) low = <i32>Math.ceil(line + 1e-9);
      else high = <i32>Math.floor(line - 1e-9) + 1;
      low = max(low, 0);
      high = min(high, lines);
    }
    const from = firstAbove(p, step, -1, width, low, high);
    const to = endOf(p, step, -1, width, from, high);
    const innerFrom = firstAbove(p, step, 0, width - 1, from, to);
    store<i64>(at, p);
    store<i64>(at, step, 8);
    store<f64>(at, length, 16);
    store<i32>(at, alongRows ? 0 : 1, 24);
    store<i32>(at, from, 28);
    store<i32>(at, to, 32);
    store<i32>(at, innerFrom, 36);
    store<i32>(at, endOf(p, step, 0, width - 1, innerFrom, to), 40);
  }
}

/** Is the pixel before the position one of low … high − 1? */
// @ts-ignore: decorator
@inline
function within(p: i64, step: i64, j: i32, low: i32, high: i32): bool {
  const i = (p + step * <i64>j) >> 32;
  return i >= <i64>low && i < <i64>high;
}

/** The first line from `from` on whose position is within; a line straight to it, then the exact one. */
function firstAbove(p: i64, step: i64, low: i32, high: i32, from: i32, to: i32): i32 {
  let j = from;
  if (step != 0) {
    const edge = <f64>(step > 0 ? low : high) * ONE;
    const guess = (edge - <f64>p) / <f64>step - 2;
    if (guess > <f64>from) j = guess < <f64>to ? <i32>guess : to;
  }
  while (j < to && !within(p, step, j, low, high)) j++;
  return j;
}

/** One past the last line of the run that begins at `from`. */
function endOf(p: i64, step: i64, low: i32, high: i32, from: i32, to: i32): i32 {
  let j = to;
  if (step != 0) {
    const edge = <f64>(step > 0 ? high : low) * ONE;
    const guess = (edge - <f64>p) / <f64>step + 2;
    if (guess < <f64>to) j = guess > <f64>from ? <i32>guess : from;
  }
  while (j > from && !within(p, step, j - 1, low, high)) j--;
  return j;
}

// @ts-ignore: decorator
@inline
function fraction(p: i64): f32 {
  return <f32><i32>((<u32>p) >> 8) * <f32>(1.0 / 16777216.0);
}

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

/** Has any ray this main axis? */
function any(table: usize, detectors: i32, axis: i32): bool {
  for (let d: i32 = 0; d < detectors; d++) if (load<i32>(table + <usize>d * RAY, 24) == axis) return true;
  return false;
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
