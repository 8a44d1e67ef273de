// AssemblyScript. The same projector as rays.as.ts for a slab of one slice, whose other lanes would be empty: four neighbouring rays are
// the lanes forward, four lines of a ray back. The same operations in the same order for every ray and pixel, so the bits are those of
// rays.as.ts.
// The slice lies in scratch without its empty lanes: the image [row, column], a transposed copy [column, row] for rays that run mostly
// along x (forward: both neighbours of a ray lie side by side), and a sinogram row. Fields: element e at base + 16e.
// `forwardShare` and `adjointShare` are what one of several workers does of it, on data without empty lanes: the rays of some views, and
// some rows of the image. Every ray and pixel has the operations of the whole, so the bits do not depend on the shares.
import { madd } from '../../../compute/cpu/simd.as';
import { any, clip, fraction, plan, RAY, VIEW } from './plan-simd.as';

// @ts-ignore: decorator
@inline
const BLOCK: i32 = 64; // lines marched while a ray's sum stays in registers
// @ts-ignore: decorator
@inline
const UNIT: f32 = 1.0 / 16777216.0;

/** Lines of a ray that lie in j0 … j1 − 1. */
// @ts-ignore: decorator
@inline
function fromLine(ray: usize, j0: i32): i32 {
  return max(load<i32>(ray, 28), j0);
}
// @ts-ignore: decorator
@inline
function toLine(ray: usize, j1: i32): i32 {
  return min(load<i32>(ray, 32), j1);
}

/** Where the four rays from `ray` on have both neighbours inside: the latest beginning, the earliest end. */
// @ts-ignore: decorator
@inline
function latestFrom(ray: usize, j0: i32): i32 {
  const a = max(load<i32>(ray, 36), load<i32>(ray + RAY, 36));
  return max(max(a, max(load<i32>(ray + 2 * RAY, 36), load<i32>(ray + 3 * RAY, 36))), j0);
}
// @ts-ignore: decorator
@inline
function earliestTo(ray: usize, j1: i32): i32 {
  const a = min(load<i32>(ray, 40), load<i32>(ray + RAY, 40));
  return min(min(a, min(load<i32>(ray + 2 * RAY, 40), load<i32>(ray + 3 * RAY, 40))), j1);
}

// @ts-ignore: decorator
@inline
function fourAlike(ray: usize, d: i32, detectors: i32, axis: i32): bool {
  return (
    d + 3 < detectors &&
    load<i32>(ray, 24) == axis &&
    load<i32>(ray + RAY, 24) == axis &&
    load<i32>(ray + 2 * RAY, 24) == axis &&
    load<i32>(ray + 3 * RAY, 24) == axis
  );
}

/** Positions of two rays at a line. */
// @ts-ignore: decorator
@inline
function positions(ray: usize, line: i32): v128 {
  const first = load<i64>(ray) + load<i64>(ray, 8) * <i64>line;
  const second = load<i64>(ray + RAY) + load<i64>(ray + RAY, 8) * <i64>line;
  return i64x2.replace_lane(i64x2.splat(first), 1, second);
}
// @ts-ignore: decorator
@inline
function steps(ray: usize): v128 {
  return i64x2.replace_lane(i64x2.splat(load<i64>(ray, 8)), 1, load<i64>(ray + RAY, 8));
}

// ---- forward ----

/** One ray over lines from … to − 1; adds to the sum at `out`. */
function rayForward(image: usize, along: usize, width: i32, ray: usize, from: i32, to: i32, out: usize): void {
  if (from >= to) return;
  const step = load<i64>(ray, 8);
  let p = load<i64>(ray) + step * <i64>from;
  const innerFrom = load<i32>(ray, 36);
  const innerTo = load<i32>(ray, 40);
  let sum = v128.load_splat<f32>(out);
  for (let j = from; j < to; j++, p += step) {
    const i = <i32>(p >> 32);
    const f = fraction(p);
    const at = image + <usize>j * along + (<usize>i << 2);
    if (j >= innerFrom && j < innerTo) {
      const left = f32x4.mul(f32x4.splat(1 - f), v128.load_splat<f32>(at));
      sum = f32x4.add(sum, madd(f32x4.splat(f), v128.load_splat<f32>(at + 4), left));
    } else {
      if (i >= 0) sum = madd(f32x4.splat(1 - f), v128.load_splat<f32>(at), sum);
      if (i + 1 < width) sum = madd(f32x4.splat(f), v128.load_splat<f32>(at + 4), sum);
    }
  }
  store<f32>(out, f32x4.extract_lane(sum, 0));
}

function marchForward(
  image: usize, along: usize, width: i32, j0: i32, j1: i32, axis: i32, table: usize, detectors: i32, sums: usize,
): void {
  let d: i32 = 0;
  while (d < detectors) {
    const ray = table + <usize>d * RAY;
    const out = sums + (<usize>d << 2);
    const low = latestFrom(ray, j0);
    const high = earliestTo(ray, j1);
    if (!fourAlike(ray, d, detectors, axis) || low >= high) {
      if (load<i32>(ray, 24) == axis) rayForward(image, along, width, ray, fromLine(ray, j0), toLine(ray, j1), out);
      d++;
      continue;
    }
    for (let k: usize = 0; k < 4; k++) rayForward(image, along, width, ray + k * RAY, fromLine(ray + k * RAY, j0), low, out + (k << 2));
    let p01 = positions(ray, low);
    let p23 = positions(ray + 2 * RAY, low);
    const s01 = steps(ray);
    const s23 = steps(ray + 2 * RAY);
    const one = f32x4.splat(1);
    const unit = f32x4.splat(UNIT);
    let sum = v128.load(out);
    let line = image + <usize>low * along;
    for (let j = low; j < high; j++, line += along) {
      const at = i32x4.shl(v128.shuffle<i32>(p01, p23, 1, 3, 5, 7), 2);
      const f = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(v128.shuffle<i32>(p01, p23, 0, 2, 4, 6), 8)), unit);
      let a = v128.load_zero<i64>(line + <usize>i32x4.extract_lane(at, 0));
      a = v128.load_lane<i64>(line + <usize>i32x4.extract_lane(at, 1), a, 1);
      let b = v128.load_zero<i64>(line + <usize>i32x4.extract_lane(at, 2));
      b = v128.load_lane<i64>(line + <usize>i32x4.extract_lane(at, 3), b, 1);
      const left = v128.shuffle<i32>(a, b, 0, 2, 4, 6);
      const right = v128.shuffle<i32>(a, b, 1, 3, 5, 7);
      sum = f32x4.add(sum, madd(f, right, f32x4.mul(f32x4.sub(one, f), left)));
      p01 = i64x2.add(p01, s01);
      p23 = i64x2.add(p23, s23);
    }
    v128.store(out, sum);
    for (let k: usize = 0; k < 4; k++) rayForward(image, along, width, ray + k * RAY, high, toLine(ray + k * RAY, j1), out + (k << 2));
    d += 4;
  }
}

/** The line integrals of the view whose rays are in the table. */
function project(image: usize, turned: usize, table: usize, detectors: i32, rows: i32, columns: i32, sums: usize): void {
  memory.fill(sums, 0, <usize>detectors << 2);
  for (let axis: i32 = 0; axis < 2; axis++) {
    if (!any(table, detectors, axis)) continue;
    const lines = axis ? columns : rows;
    const width = axis ? rows : columns;
    const from = axis ? turned : image;
    for (let j: i32 = 0; j < lines; j += BLOCK) {
      marchForward(from, <usize>width << 2, width, j, min(j + BLOCK, lines), axis, table, detectors, sums);
    }
  }
  for (let d: i32 = 0; d < detectors; d++) {
    const at = sums + (<usize>d << 2);
    store<f32>(at, <f32>load<f64>(table + <usize>d * RAY, 16) * load<f32>(at));
  }
}

/**
 * y ← A x. `table` is scratch of detectors·48 bytes and three rays more, `vectors` the view vectors, `scratch` 2·rows·columns +
 * detectors + 4 numbers of 4 bytes.
 */
export function forward(
  x: usize, y: usize, table: usize, vectors: usize, views: i32, detectors: i32,
  rows: i32, columns: i32, rowSpacing: f64, columnSpacing: f64, scratch: usize,
): void {
  const count = <usize>(rows * columns);
  const image = scratch;
  const turned = image + (count << 2);
  const sums = turned + (count << 2);
  for (let r: i32 = 0; r < rows; r++) {
    for (let c: i32 = 0; c < columns; c++) {
      const value = load<f32>(x + (<usize>(r * columns + c) << 4));
      store<f32>(image + (<usize>(r * columns + c) << 2), value);
      store<f32>(turned + (<usize>(c * rows + r) << 2), value);
    }
  }
  memory.fill(y, 0, <usize>(views * detectors) << 4);
  for (let v: i32 = 0; v < views; v++) {
    plan(vectors + <usize>v * VIEW, table, detectors, rows, columns, rowSpacing, columnSpacing);
    project(image, turned, table, detectors, rows, columns, sums);
    const row = y + (<usize>(v * detectors) << 4);
    for (let d: i32 = 0; d < detectors; d++) store<f32>(row + (<usize>d << 4), load<f32>(sums + (<usize>d << 2)));
  }
}

/** The views first … first + views − 1 of A x, [view, detector]. `turned` is scratch of the image's size. */
export function forwardShare(
  image: usize, turned: usize, y: usize, table: usize, vectors: usize, first: i32, views: i32, detectors: i32,
  rows: i32, columns: i32, rowSpacing: f64, columnSpacing: f64,
): void {
  if (views == 0) return;
  for (let r: i32 = 0; r < rows; r++) {
    for (let c: i32 = 0; c < columns; c++) {
      store<f32>(turned + (<usize>(c * rows + r) << 2), load<f32>(image + (<usize>(r * columns + c) << 2)));
    }
  }
  for (let v: i32 = 0; v < views; v++) {
    plan(vectors + <usize>(first + v) * VIEW, table, detectors, rows, columns, rowSpacing, columnSpacing);
    project(image, turned, table, detectors, rows, columns, y + (<usize>(v * detectors) << 2));
  }
}

// ---- adjoint ----

/** One ray over lines from … to − 1; spreads the value at `value`. */
function rayAdjoint(image: usize, along: usize, across: usize, width: i32, ray: usize, from: i32, to: i32, value: usize): void {
  if (from >= to) return;
  const step = load<i64>(ray, 8);
  let p = load<i64>(ray) + step * <i64>from;
  const v = v128.load_splat<f32>(value);
  for (let j = from; j < to; j++, p += step) {
    const i = <i32>(p >> 32);
    const f = fraction(p);
    const at = image + <usize>j * along + <usize>i * across;
    if (i >= 0) add(at, f32x4.splat(1 - f), v);
    if (i + 1 < width) add(at + across, f32x4.splat(f), v);
  }
}

// @ts-ignore: decorator
@inline
function add(at: usize, w: v128, v: v128): void {
  store<f32>(at, f32x4.extract_lane(madd(w, v, v128.load_splat<f32>(at)), 0));
}

/** Adds the products of two lanes to two neighbouring pixels. */
// @ts-ignore: decorator
@inline
function addLow(at: usize, across: usize, weights: v128, values: v128): void {
  if (across == 4) {
    v128.store_lane<i64>(at, madd(weights, values, v128.load_zero<i64>(at)), 0);
    return;
  }
  const sum = madd(weights, values, v128.load_lane<i32>(at + across, v128.load_zero<i32>(at), 1));
  v128.store_lane<i32>(at, sum, 0);
  v128.store_lane<i32>(at + across, sum, 1);
}
// @ts-ignore: decorator
@inline
function addHigh(at: usize, across: usize, weights: v128, values: v128): void {
  if (across == 4) {
    v128.store_lane<i64>(at, madd(weights, values, v128.load_lane<i64>(at, weights, 1)), 1);
    return;
  }
  const sum = madd(weights, values, v128.load_lane<i32>(at + across, v128.load_lane<i32>(at, weights, 2), 3));
  v128.store_lane<i32>(at, sum, 2);
  v128.store_lane<i32>(at + across, sum, 3);
}

/** The lanes are four lines of one ray, which share no pixel: the next ray of a line must wait for the sums of the one before. */
// @ts-ignore: decorator
@inline
function marchAdjoint(
  image: usize, along: usize, across: usize, width: i32, j0: i32, j1: i32, axis: i32, table: usize, detectors: i32, values: usize,
): void {
  const one = f32x4.splat(1);
  const unit = f32x4.splat(UNIT);
  let ray = table;
  let value = values;
  for (let d: i32 = 0; d < detectors; d++, ray += RAY, value += 4) {
    if (load<i32>(ray, 24) != axis) continue;
    const from = fromLine(ray, j0);
    const to = toLine(ray, j1);
    if (from >= to) continue;
    const low = min(max(load<i32>(ray, 36), from), to);
    const end = low + ((max(min(load<i32>(ray, 40), to), low) - low) & ~3);
    rayAdjoint(image, along, across, width, ray, from, low, value);
    const step = load<i64>(ray, 8);
    const p = load<i64>(ray) + step * <i64>low;
    let p01 = i64x2.replace_lane(i64x2.splat(p), 1, p + step);
    const two = i64x2.splat(2 * step);
    const four = i64x2.splat(4 * step);
    let p23 = i64x2.add(p01, two);
    const v = v128.load_splat<f32>(value);
    let line = image + <usize>low * along;
    for (let j = low; j < end; j += 4, line += 4 * along) {
      const at = v128.shuffle<i32>(p01, p23, 1, 3, 5, 7);
      const f = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(v128.shuffle<i32>(p01, p23, 0, 2, 4, 6), 8)), unit);
      const w = f32x4.sub(one, f);
      const w01 = v128.shuffle<i32>(w, f, 0, 4, 1, 5);
      const w23 = v128.shuffle<i32>(w, f, 2, 6, 3, 7);
      addLow(line + <usize>i32x4.extract_lane(at, 0) * across, across, w01, v);
      addHigh(line + along + <usize>i32x4.extract_lane(at, 1) * across, across, w01, v);
      addLow(line + 2 * along + <usize>i32x4.extract_lane(at, 2) * across, across, w23, v);
      addHigh(line + 3 * along + <usize>i32x4.extract_lane(at, 3) * across, across, w23, v);
      p01 = i64x2.add(p01, four);
      p23 = i64x2.add(p23, four);
    }
    rayAdjoint(image, along, across, width, ray, end, to, value);
  }
}

/** Adds the backprojection of the view whose rays are in the table; `values` are its line integrals times their weights. */
function backproject(image: usize, table: usize, detectors: i32, rows: i32, columns: i32, values: usize): void {
  const line = <usize>columns << 2;
  for (let axis: i32 = 0; axis < 2; axis++) {
    if (!any(table, detectors, axis)) continue;
    const lines = axis ? columns : rows;
    for (let j: i32 = 0; j < lines; j += BLOCK) {
      const end = min(j + BLOCK, lines);
      if (axis) marchAdjoint(image, 4, line, rows, j, end, axis, table, detectors, values);
      else marchAdjoint(image, line, 4, columns, j, end, axis, table, detectors, values);
    }
  }
}

/** x ← Aᵀ y; arguments as for `forward`. */
export function adjoint(
  y: usize, x: usize, table: usize, vectors: usize, views: i32, detectors: i32,
  rows: i32, columns: i32, rowSpacing: f64, columnSpacing: f64, scratch: usize,
): void {
  const count = <usize>(rows * columns);
  const image = scratch;
  const values = image + (count << 3);
  memory.fill(image, 0, count << 2);
  for (let v: i32 = 0; v < views; v++) {
    plan(vectors + <usize>v * VIEW, table, detectors, rows, columns, rowSpacing, columnSpacing);
    const row = y + (<usize>(v * detectors) << 4);
    for (let d: i32 = 0; d < detectors; d++) {
      const weight = <f32>load<f64>(table + <usize>d * RAY, 16);
      store<f32>(values + (<usize>d << 2), weight * load<f32>(row + (<usize>d << 4)));
    }
    backproject(image, table, detectors, rows, columns, values);
  }
  memory.fill(x, 0, count << 4);
  for (let e: usize = 0; e < count; e++) store<f32>(x + (e << 4), load<f32>(image + (e << 2)));
}

/** The rows first … end − 1 of Aᵀ y, [row, column], of a sinogram [view, detector]. `values` is scratch of a sinogram row and four more. */
export function adjointShare(
  y: usize, image: usize, values: usize, table: usize, vectors: usize, views: i32, detectors: i32,
  rows: i32, columns: i32, first: i32, end: i32, rowSpacing: f64, columnSpacing: f64,
): void {
  memory.fill(image, 0, <usize>((end - first) * columns) << 2);
  if (first == end) return;
  for (let v: i32 = 0; v < views; v++) {
    plan(vectors + <usize>v * VIEW, table, detectors, rows, columns, rowSpacing, columnSpacing);
    clip(table, detectors, first, end);
    const row = y + (<usize>(v * detectors) << 2);
    for (let d: i32 = 0; d < detectors; d++) {
      const weight = <f32>load<f64>(table + <usize>d * RAY, 16);
      store<f32>(values + (<usize>d << 2), weight * load<f32>(row + (<usize>d << 2)));
    }
    backproject(image, table, detectors, end - first, columns, values);
  }
}
