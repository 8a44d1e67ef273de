// AssemblyScript. Rays in any direction through one image slab, whose lanes are slices, by Joseph's method (IEEE Trans. Med. Imaging
// 1982;1:192) in three dimensions: a ray is marched voxel by voxel along the axis that it mostly runs along (in voxels) and interpolated
// linearly between the four voxels around it. A slab has the hat functions of its own slices only; sums over slabs are made outside, in
// slab order. The two directions compute the same weights by the same expressions: one is the transpose of the other. Image [row, column],
// lane = slice. Window: some detector rows of ≤ 16 views, [row, column], lane = view.
import { madd } from '../../../compute/cpu/simd.as';

// Of a view (lines.ts): d (constant, per column, per row), moment likewise, source, 1 where there is one.
// @ts-ignore: decorator
@inline
const VIEW: usize = 22 * 8;

/**
 * Another axis is taken only where it is longer by this factor: rays exactly between two axes, which symmetric scans have, are then decided
 * alike on every device.
 */
// @ts-ignore: decorator
@inline
const MORE: f64 = 1.0009765625;

// The ray at hand: along its main axis at t (voxels from the middle) it is at a·t + b on the two others.
let axis: i32 = 0;
let a1: f64 = 0;
let b1: f64 = 0;
let a2: f64 = 0;
let b2: f64 = 0;
/** mm from one voxel of the main axis to the next. */
let step: f64 = 0;
/** What of the main axis is looked at: t from low to high. */
let low: f64 = 0;
let high: f64 = 0;

/** The ray of a column and a row, counted from the middle; spacings in mm. */
function aim(view: usize, c: f64, r: f64, dx: f64, dy: f64, dz: f64): void {
  const x = load<f64>(view) + c * load<f64>(view, 24) + r * load<f64>(view, 48);
  const y = load<f64>(view, 8) + c * load<f64>(view, 32) + r * load<f64>(view, 56);
  const z = load<f64>(view, 16) + c * load<f64>(view, 40) + r * load<f64>(view, 64);
  const mx = load<f64>(view, 72) + c * load<f64>(view, 96) + r * load<f64>(view, 120);
  const my = load<f64>(view, 80) + c * load<f64>(view, 104) + r * load<f64>(view, 128);
  const mz = load<f64>(view, 88) + c * load<f64>(view, 112) + r * load<f64>(view, 136);
  axis = Math.abs(y) * MORE >= Math.abs(x) ? 1 : 0;
  let main = axis ? y : x;
  if (Math.abs(z) > MORE * Math.abs(main)) {
    axis = 2;
    main = z;
  }
  const inverse = 1 / main;
  if (axis == 0) {
    a1 = y * inverse;
    b1 = -mz * inverse;
    a2 = z * inverse;
    b2 = my * inverse;
  } else if (axis == 1) {
    a1 = x * inverse;
    b1 = mz * inverse;
    a2 = z * inverse;
    b2 = -mx * inverse;
  } else {
    a1 = x * inverse;
    b1 = -my * inverse;
    a2 = y * inverse;
    b2 = mx * inverse;
  }
  step = Math.sqrt(x * x * dx * dx + y * y * dy * dy + z * z * dz * dz) * Math.abs(inverse);
  low = -1e9;
  high = 1e9;
  if (load<f64>(view, 168) != 0) {
    // in front of the source
    const source = load<f64>(view + 144 + (<usize>axis << 3));
    if (main > 0) low = source + 1e-6;
    else high = source - 1e-6;
  }
}

/** Keeps of low … high where least < a·t + b < most. */
// @ts-ignore: decorator
@inline
function clip(a: f64, b: f64, least: f64, most: f64): void {
  if (Math.abs(a) < 1e-12) {
    if (!(b > least && b < most)) high = -1e9;
    return;
  }
  const p = (least - b) / a;
  const q = (most - b) / a;
  low = Math.max(low, Math.min(p, q));
  high = Math.min(high, Math.max(p, q));
}

/** One weight or value of the slab, where it has that voxel. */
// @ts-ignore: decorator
@inline
function has(i: i32, width: i32): bool {
  return <u32>i < <u32>width;
}

/** Unweighted sum along the ray at hand; `lane0`: the slab's first slice, voxels from the middle of the volume. */
function march(image: usize, rows: i32, columns: i32, lane0: f64, count: i32, pixel: usize): f32 {
  const line = <usize>columns * pixel;
  if (axis == 2) {
    const c0 = 0.5 * <f64>(columns - 1);
    const r0 = 0.5 * <f64>(rows - 1);
    clip(a1, b1 + c0, -1, <f64>columns);
    clip(a2, b2 + r0, -1, <f64>rows);
    const from = <i32>Math.max(0, Math.ceil(Math.max(-1, low - lane0)));
    const to = <i32>Math.min(<f64>(count - 1), Math.floor(Math.min(1e6, high - lane0)));
    let sum: f32 = 0;
    for (let k = from; k <= to; k++) {
      const t = lane0 + <f64>k;
      const p = a1 * t + b1 + c0;
      const q = a2 * t + b2 + r0;
      const i = <i32>Math.floor(p);
      const j = <i32>Math.floor(q);
      const f = <f32>(p - <f64>i);
      const g = <f32>(q - <f64>j);
      const at = image + <usize>(j * columns + i) * pixel + (<usize>k << 2);
      if (has(j, rows)) {
        if (has(i, columns)) sum += (1 - f) * (1 - g) * load<f32>(at);
        if (has(i + 1, columns)) sum += f * (1 - g) * load<f32>(at + pixel);
      }
      if (has(j + 1, rows)) {
        if (has(i, columns)) sum += (1 - f) * g * load<f32>(at + line);
        if (has(i + 1, columns)) sum += f * g * load<f32>(at + line + pixel);
      }
    }
    return sum;
  }
  const width = axis ? columns : rows;
  const lines = axis ? rows : columns;
  const along = axis ? line : pixel;
  const across = axis ? pixel : line;
  const w0 = 0.5 * <f64>(width - 1);
  const l0 = 0.5 * <f64>(lines - 1);
  clip(a1, b1 + w0, -1, <f64>width);
  clip(a2, b2 - lane0, -1, <f64>count);
  const from = <i32>Math.max(0, Math.ceil(Math.max(-1, low + l0)));
  const to = <i32>Math.min(<f64>(lines - 1), Math.floor(Math.min(1e6, high + l0)));
  let pairs = f32x4.splat(0);
  let sum: f32 = 0;
  for (let n = from; n <= to; n++) {
    const t = <f64>n - l0;
    const p = a1 * t + b1 + w0;
    const q = a2 * t + b2 - lane0;
    const i = <i32>Math.floor(p);
    const k = <i32>Math.floor(q);
    const f = <f32>(p - <f64>i);
    const g = <f32>(q - <f64>k);
    const at = image + <usize>n * along + <usize>i * across + (<usize>k << 2);
    if (<u32>i < <u32>(width - 1) && <u32>k < <u32>(count - 1)) {
      const weights = f32x4.mul(
        f32x4.replace_lane(f32x4.replace_lane(f32x4.splat(1 - f), 2, f), 3, f),
        f32x4.replace_lane(f32x4.replace_lane(f32x4.splat(1 - g), 1, g), 3, g),
      );
      pairs = madd(weights, v128.load_lane<u64>(at + across, v128.load_zero<u64>(at), 1), pairs);
      continue;
    }
    if (has(i, width)) {
      if (has(k, count)) sum += (1 - f) * (1 - g) * load<f32>(at);
      if (has(k + 1, count)) sum += (1 - f) * g * load<f32>(at + 4);
    }
    if (has(i + 1, width)) {
      if (has(k, count)) sum += f * (1 - g) * load<f32>(at + across);
      if (has(k + 1, count)) sum += f * g * load<f32>(at + across + 4);
    }
  }
  return sum + f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1) + f32x4.extract_lane(pairs, 2) + f32x4.extract_lane(pairs, 3);
}

// @ts-ignore: decorator
@inline
function add(at: usize, value: f32): void {
  store<f32>(at, load<f32>(at) + value);
}

/** The transpose of `march`: adds a value along the ray at hand. */
function spread(image: usize, rows: i32, columns: i32, lane0: f64, count: i32, pixel: usize, value: f32): void {
  const line = <usize>columns * pixel;
  if (axis == 2) {
    const c0 = 0.5 * <f64>(columns - 1);
    const r0 = 0.5 * <f64>(rows - 1);
    clip(a1, b1 + c0, -1, <f64>columns);
    clip(a2, b2 + r0, -1, <f64>rows);
    const from = <i32>Math.max(0, Math.ceil(Math.max(-1, low - lane0)));
    const to = <i32>Math.min(<f64>(count - 1), Math.floor(Math.min(1e6, high - lane0)));
    for (let k = from; k <= to; k++) {
      const t = lane0 + <f64>k;
      const p = a1 * t + b1 + c0;
      const q = a2 * t + b2 + r0;
      const i = <i32>Math.floor(p);
      const j = <i32>Math.floor(q);
      const f = <f32>(p - <f64>i);
      const g = <f32>(q - <f64>j);
      const at = image + <usize>(j * columns + i) * pixel + (<usize>k << 2);
      if (has(j, rows)) {
        if (has(i, columns)) add(at, (1 - f) * (1 - g) * value);
        if (has(i + 1, columns)) add(at + pixel, f * (1 - g) * value);
      }
      if (has(j + 1, rows)) {
        if (has(i, columns)) add(at + line, (1 - f) * g * value);
        if (has(i + 1, columns)) add(at + line + pixel, f * g * value);
      }
    }
    return;
  }
  const width = axis ? columns : rows;
  const lines = axis ? rows : columns;
  const along = axis ? line : pixel;
  const across = axis ? pixel : line;
  const w0 = 0.5 * <f64>(width - 1);
  const l0 = 0.5 * <f64>(lines - 1);
  clip(a1, b1 + w0, -1, <f64>width);
  clip(a2, b2 - lane0, -1, <f64>count);
  const from = <i32>Math.max(0, Math.ceil(Math.max(-1, low + l0)));
  const to = <i32>Math.min(<f64>(lines - 1), Math.floor(Math.min(1e6, high + l0)));
  for (let n = from; n <= to; n++) {
    const t = <f64>n - l0;
    const p = a1 * t + b1 + w0;
    const q = a2 * t + b2 - lane0;
    const i = <i32>Math.floor(p);
    const k = <i32>Math.floor(q);
    const f = <f32>(p - <f64>i);
    const g = <f32>(q - <f64>k);
    const at = image + <usize>n * along + <usize>i * across + (<usize>k << 2);
    if (has(i, width)) {
      if (has(k, count)) add(at, (1 - f) * (1 - g) * value);
      if (has(k + 1, count)) add(at + 4, (1 - f) * g * value);
    }
    if (has(i + 1, width)) {
      if (has(k, count)) add(at + across, f * (1 - g) * value);
      if (has(k + 1, count)) add(at + across + 4, f * g * value);
    }
  }
}

/** One range slab of views: window ← A x, rows row0 … row0 + seen − 1. */
export function forward(
  x: usize, window: usize, vectors: usize, view0: i32, views: i32, row0: i32, seen: i32, detectorRows: i32, detectors: i32,
  rows: i32, columns: i32, dx: f64, dy: f64, dz: f64, lane0: f64, count: i32, lanes: usize, viewLanes: i32,
): void {
  if (seen <= 0) return;
  memory.fill(window, 0, <usize>(seen * detectors * viewLanes) << 2);
  for (let v: i32 = 0; v < views; v++) {
    const view = vectors + <usize>(view0 + v) * VIEW;
    for (let r: i32 = 0; r < seen; r++) {
      const height = <f64>(row0 + r) - 0.5 * <f64>(detectorRows - 1);
      for (let d: i32 = 0; d < detectors; d++) {
        aim(view, <f64>d - 0.5 * <f64>(detectors - 1), height, dx, dy, dz);
        const value = march(x, rows, columns, lane0, count, lanes << 2) * <f32>step;
        store<f32>(window + (<usize>((r * detectors + d) * viewLanes + v) << 2), value);
      }
    }
  }
}

/** x += Aᵀ window; arguments as for `forward`. */
export function adjoint(
  x: usize, window: usize, vectors: usize, view0: i32, views: i32, row0: i32, seen: i32, detectorRows: i32, detectors: i32,
  rows: i32, columns: i32, dx: f64, dy: f64, dz: f64, lane0: f64, count: i32, lanes: usize, viewLanes: i32,
): void {
  if (seen <= 0) return;
  for (let v: i32 = 0; v < views; v++) {
    const view = vectors + <usize>(view0 + v) * VIEW;
    for (let r: i32 = 0; r < seen; r++) {
      const height = <f64>(row0 + r) - 0.5 * <f64>(detectorRows - 1);
      for (let d: i32 = 0; d < detectors; d++) {
        const value = load<f32>(window + (<usize>((r * detectors + d) * viewLanes + v) << 2));
        if (value == 0) continue;
        aim(view, <f64>d - 0.5 * <f64>(detectors - 1), height, dx, dy, dz);
        spread(x, rows, columns, lane0, count, lanes << 2, value * <f32>step);
      }
    }
  }
}
