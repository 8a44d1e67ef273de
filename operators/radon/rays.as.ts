// AssemblyScript. Joseph's projector (Joseph 1982, IEEE Trans. Med. Imaging 1:192) and its exact transpose on one slab, for any list of per-view
// vectors: every ray is marched row by row along its main axis and interpolated linearly between the two nearest pixels of the row.
// Rays whose main axis is x are marched on a transposed copy of the image, so that there is one marching loop and memory is read in order.
// Element e of lane l lies at base + (e·L + l)·4; image [row, column], sinogram [view, detector].
import { accumulate, madd } from '../../compute/cpu/simd.as';

// @ts-ignore: decorator
@inline
const VIEW: usize = 7 * 8; // kind (0 parallel, 1 divergent), source or direction (2), detector centre (2), u (2)
// @ts-ignore: decorator
@inline
const RAY: usize = 4 * 8; // position at row 0, step per row, weight (mm per row), main axis (0: rows, 1: columns)
// @ts-ignore: decorator
@inline
const BLOCK: i32 = 8; // rows marched while a ray's sum stays in registers

/**
 * Ray table of one view. The view's vectors are in mm, relative to the grid centre, y along increasing rows. Position and step are in pixels of
 * the main axis' cross direction.
 */
function rays(
  view: usize, table: usize, detectors: i32, rows: i32, columns: i32, rowSpacing: f64, columnSpacing: f64,
): void {
  const divergent = load<f64>(view) != 0;
  const ax = load<f64>(view + 8);
  const ay = load<f64>(view + 16);
  const cx = load<f64>(view + 24);
  const cy = load<f64>(view + 32);
  const ux = load<f64>(view + 40);
  const uy = load<f64>(view + 48);
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
    const at = table + <usize>d * RAY;
    const length = Math.sqrt(mx * mx + my * my);
    if (Math.abs(dy) >= Math.abs(dx)) {
      const slope = dx / dy;
      const first = px / columnSpacing + columnMiddle - slope * (py / rowSpacing + rowMiddle);
      store<f64>(at, first);
      store<f64>(at + 8, slope);
      store<f64>(at + 16, length / Math.abs(dy));
      store<f64>(at + 24, 0);
    } else {
      const slope = dy / dx;
      const first = py / rowSpacing + rowMiddle - slope * (px / columnSpacing + columnMiddle);
      store<f64>(at, first);
      store<f64>(at + 8, slope);
      store<f64>(at + 16, length / Math.abs(dx));
      store<f64>(at + 24, 1);
    }
  }
}

/** The marching loops are inlined for each lane count (16, 32 or 64 bytes a pixel), so that the lane tests vanish. */
function marchForwardLanes(
  image: usize, rows: i32, width: i32, table: usize, d0: i32, d1: i32, sums: usize, pixel: usize,
): void {
  if (pixel == 64) marchForward(image, rows, width, table, d0, d1, sums, 64);
  else if (pixel == 32) marchForward(image, rows, width, table, d0, d1, sums, 32);
  else marchForward(image, rows, width, table, d0, d1, sums, 16);
}

function marchAdjointLanes(
  image: usize, rows: i32, width: i32, table: usize, d0: i32, d1: i32, values: usize, pixel: usize,
): void {
  if (pixel == 64) marchAdjoint(image, rows, width, table, d0, d1, values, 64);
  else if (pixel == 32) marchAdjoint(image, rows, width, table, d0, d1, values, 32);
  else marchAdjoint(image, rows, width, table, d0, d1, values, 16);
}

/** Marches rays d0 … d1 − 1 over an image of `rows` lines of `width` pixels; adds unweighted sums to the sinogram row at `sums`. */
// @ts-ignore: decorator
@inline
function marchForward(
  image: usize, rows: i32, width: i32, table: usize, d0: i32, d1: i32, sums: usize, pixel: usize,
): void {
  const line = <usize>width * pixel;
  for (let j0: i32 = 0; j0 < rows; j0 += BLOCK) {
    const j1 = min(j0 + BLOCK, rows);
    for (let d = d0; d < d1; d++) {
      const at = table + <usize>d * RAY;
      const first = load<f64>(at);
      const slope = load<f64>(at + 8);
      const out = sums + <usize>d * pixel;
      let s0 = v128.load(out);
      let s1 = pixel > 16 ? v128.load(out, 16) : s0;
      let s2 = pixel > 32 ? v128.load(out, 32) : s0;
      let s3 = pixel > 32 ? v128.load(out, 48) : s0;
      for (let j = j0; j < j1; j++) {
        const position = first + slope * <f64>j;
        if (!(position > -1 && position < <f64>width)) continue;
        const base = Math.floor(position);
        const i = <i32>base;
        const f = <f32>(position - base);
        const p = image + <usize>j * line + <usize>i * pixel;
        if (i >= 0) {
          const w = f32x4.splat(1 - f);
          s0 = madd(w, v128.load(p), s0);
          if (pixel > 16) s1 = madd(w, v128.load(p, 16), s1);
          if (pixel > 32) {
            s2 = madd(w, v128.load(p, 32), s2);
            s3 = madd(w, v128.load(p, 48), s3);
          }
        }
        if (i + 1 < width) {
          const w = f32x4.splat(f);
          const n = p + pixel;
          s0 = madd(w, v128.load(n), s0);
          if (pixel > 16) s1 = madd(w, v128.load(n, 16), s1);
          if (pixel > 32) {
            s2 = madd(w, v128.load(n, 32), s2);
            s3 = madd(w, v128.load(n, 48), s3);
          }
        }
      }
      v128.store(out, s0);
      if (pixel > 16) v128.store(out, s1, 16);
      if (pixel > 32) {
        v128.store(out, s2, 32);
        v128.store(out, s3, 48);
      }
    }
  }
}

/** The transpose of marchForward: spreads weighted sinogram values over the image. */
// @ts-ignore: decorator
@inline
function marchAdjoint(
  image: usize, rows: i32, width: i32, table: usize, d0: i32, d1: i32, values: usize, pixel: usize,
): void {
  const line = <usize>width * pixel;
  for (let j0: i32 = 0; j0 < rows; j0 += BLOCK) {
    const j1 = min(j0 + BLOCK, rows);
    for (let d = d0; d < d1; d++) {
      const at = table + <usize>d * RAY;
      const first = load<f64>(at);
      const slope = load<f64>(at + 8);
      const weight = f32x4.splat(<f32>load<f64>(at + 16));
      const from = values + <usize>d * pixel;
      const v0 = f32x4.mul(weight, v128.load(from));
      const v1 = pixel > 16 ? f32x4.mul(weight, v128.load(from, 16)) : v0;
      const v2 = pixel > 32 ? f32x4.mul(weight, v128.load(from, 32)) : v0;
      const v3 = pixel > 32 ? f32x4.mul(weight, v128.load(from, 48)) : v0;
      for (let j = j0; j < j1; j++) {
        const position = first + slope * <f64>j;
        if (!(position > -1 && position < <f64>width)) continue;
        const base = Math.floor(position);
        const i = <i32>base;
        const f = <f32>(position - base);
        const p = image + <usize>j * line + <usize>i * pixel;
        if (i >= 0) {
          const w = f32x4.splat(1 - f);
          accumulate(p, w, v0);
          if (pixel > 16) accumulate(p + 16, w, v1);
          if (pixel > 32) {
            accumulate(p + 32, w, v2);
            accumulate(p + 48, w, v3);
          }
        }
        if (i + 1 < width) {
          const w = f32x4.splat(f);
          const n = p + pixel;
          accumulate(n, w, v0);
          if (pixel > 16) accumulate(n + 16, w, v1);
          if (pixel > 32) {
            accumulate(n + 32, w, v2);
            accumulate(n + 48, w, v3);
          }
        }
      }
    }
  }
}

/** The first ray at or after d whose main axis differs from that of ray d. */
// @ts-ignore: decorator
@inline
function runEnd(table: usize, d: i32, detectors: i32): i32 {
  const axis = load<f64>(table + <usize>d * RAY + 24);
  let end = d + 1;
  while (end < detectors && load<f64>(table + <usize>end * RAY + 24) == axis) end++;
  return end;
}

/** to[c, r] ← from[r, c] (add = 0) or to[c, r] += from[r, c] (add = 1), in tiles that stay in cache. */
function transpose(from: usize, to: usize, rows: i32, columns: i32, pixel: usize, add: i32): void {
  for (let r0: i32 = 0; r0 < rows; r0 += 8) {
    const r1 = min(r0 + 8, rows);
    for (let c0: i32 = 0; c0 < columns; c0 += 8) {
      const c1 = min(c0 + 8, columns);
      for (let r = r0; r < r1; r++) {
        for (let c = c0; c < c1; c++) {
          const source = from + <usize>(r * columns + c) * pixel;
          const target = to + <usize>(c * rows + r) * pixel;
          for (let b: usize = 0; b < pixel; b += 16) {
            const v = v128.load(source + b);
            v128.store(target + b, add ? f32x4.add(v, v128.load(target + b)) : v);
          }
        }
      }
    }
  }
}

/** y ← A x. `turned` is scratch of the image's size, `table` of detectors·32 bytes, `vectors` the view vectors. */
export function forward(
  x: usize, y: usize, turned: usize, table: usize, vectors: usize, views: i32, detectors: i32,
  rows: i32, columns: i32, rowSpacing: f64, columnSpacing: f64, lanes: usize,
): void {
  const pixel = lanes << 2;
  let isTurned = false;
  memory.fill(y, 0, <usize>(views * detectors) * pixel);
  for (let v: i32 = 0; v < views; v++) {
    rays(vectors + <usize>v * VIEW, table, detectors, rows, columns, rowSpacing, columnSpacing);
    const sums = y + <usize>(v * detectors) * pixel;
    let d: i32 = 0;
    while (d < detectors) {
      const end = runEnd(table, d, detectors);
      if (load<f64>(table + <usize>d * RAY + 24) == 0) {
        marchForwardLanes(x, rows, columns, table, d, end, sums, pixel);
      } else {
        if (!isTurned) transpose(x, turned, rows, columns, pixel, 0);
        isTurned = true;
        marchForwardLanes(turned, columns, rows, table, d, end, sums, pixel);
      }
      d = end;
    }
    for (d = 0; d < detectors; d++) {
      const weight = f32x4.splat(<f32>load<f64>(table + <usize>d * RAY + 16));
      const at = sums + <usize>d * pixel;
      for (let b: usize = 0; b < pixel; b += 16) v128.store(at + b, f32x4.mul(weight, v128.load(at + b)));
    }
  }
}

/** x ← Aᵀ y; arguments as for `forward`. */
export function adjoint(
  y: usize, x: usize, turned: usize, table: usize, vectors: usize, views: i32, detectors: i32,
  rows: i32, columns: i32, rowSpacing: f64, columnSpacing: f64, lanes: usize,
): void {
  const pixel = lanes << 2;
  const bytes = <usize>(rows * columns) * pixel;
  let isTurned = false;
  memory.fill(x, 0, bytes);
  for (let v: i32 = 0; v < views; v++) {
    rays(vectors + <usize>v * VIEW, table, detectors, rows, columns, rowSpacing, columnSpacing);
    const values = y + <usize>(v * detectors) * pixel;
    let d: i32 = 0;
    while (d < detectors) {
      const end = runEnd(table, d, detectors);
      if (load<f64>(table + <usize>d * RAY + 24) == 0) {
        marchAdjointLanes(x, rows, columns, table, d, end, values, pixel);
      } else {
        if (!isTurned) memory.fill(turned, 0, bytes);
        isTurned = true;
        marchAdjointLanes(turned, columns, rows, table, d, end, values, pixel);
      }
      d = end;
    }
  }
  if (isTurned) transpose(turned, x, columns, rows, pixel, 1);
}
