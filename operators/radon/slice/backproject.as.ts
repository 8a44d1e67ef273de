// AssemblyScript. Pixel-driven backprojection of filtered projections: every pixel takes, from every view, the value at the place where it
// is seen, interpolated linearly, over the square of its relative distance from the source. Not the transpose of the projector: the inverse
// formula's half. Element e of lane l lies at base + (e·L + l)·4.
import { accumulate } from '../../../compute/cpu/simd.as';

// @ts-ignore: decorator
@inline
const VIEW: usize = 6 * 8; // numerator (constant, per column, per row) and denominator of the bin as a function of the pixel
// @ts-ignore: decorator
@inline
const TILE: i32 = 16; // a tile of the image stays in the first-level cache while all views pass

/**
 * image[row, column] ← Σ over views; `q` is [view, detector], `vectors` the view table; `curve`, `scale` of a curved detector (fbp.ts),
 * else 0 and 1.
 */
export function slices(
  q: usize, image: usize, vectors: usize, views: i32, detectors: i32, rows: i32, columns: i32, lanes: usize,
  curve: f64, scale: f64,
): void {
  const pixel = lanes << 2;
  memory.fill(image, 0, <usize>(rows * columns) * pixel);
  for (let r0: i32 = 0; r0 < rows; r0 += TILE) {
    for (let c0: i32 = 0; c0 < columns; c0 += TILE) {
      const r1 = min(r0 + TILE, rows);
      const c1 = min(c0 + TILE, columns);
      for (let v: i32 = 0; v < views; v++) {
        const view = vectors + <usize>v * VIEW;
        const from = q + <usize>(v * detectors) * pixel;
        if (pixel == 64) tile(from, image, view, detectors, columns, r0, r1, c0, c1, 64, curve, scale);
        else if (pixel == 32) tile(from, image, view, detectors, columns, r0, r1, c0, c1, 32, curve, scale);
        else tile(from, image, view, detectors, columns, r0, r1, c0, c1, 16, curve, scale);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function tile(
  q: usize, image: usize, view: usize, detectors: i32, columns: i32, r0: i32, r1: i32, c0: i32, c1: i32, pixel: usize,
  curve: f64, scale: f64,
): void {
  const n0 = load<f64>(view);
  const n1 = load<f64>(view + 8);
  const n2 = load<f64>(view + 16);
  const d0 = load<f64>(view + 24);
  const d1 = load<f64>(view + 32);
  const d2 = load<f64>(view + 40);
  const end = <f64>(detectors - 1);
  const last = max(detectors - 2, 0);
  const step: usize = detectors > 1 ? pixel : 0;
  for (let r = r0; r < r1; r++) {
    const nr = n0 + n2 * <f64>r;
    const dr = d0 + d2 * <f64>r;
    let at = image + <usize>(r * columns + c0) * pixel;
    for (let c = c0; c < c1; c++, at += pixel) {
      const distance = dr + d1 * <f64>c;
      const inverse = 1 / distance;
      let position = (nr + n1 * <f64>c) * inverse;
      let weight = inverse * inverse;
      if (curve != 0) {
        // a flat detector's bin as one of the arc, and the true distance from the source
        const t = (position - 0.5 * end) * curve;
        position = 0.5 * end + Math.atan(t) / curve;
        weight *= scale / (1 + t * t);
      }
      if (!(distance > 0 && position >= 0 && position <= end)) continue; // behind the source, beside the detector
      const i = min(<i32>position, last);
      const f = position - <f64>i;
      const low = f32x4.splat(<f32>((1 - f) * weight));
      const high = f32x4.splat(<f32>(f * weight));
      const p = q + <usize>i * pixel;
      const n = p + step;
      for (let b: usize = 0; b < pixel; b += 16) {
        accumulate(at + b, low, v128.load(p + b));
        accumulate(at + b, high, v128.load(n + b));
      }
    }
  }
}

// @ts-ignore: decorator
@inline
const MAGIC: f32 = 12582912; // 1.5 · 2²³: adding it rounds to a whole number and leaves that in the low bits, as in cone.as.ts

/**
 * One cone-beam view onto a slab whose lanes are slices: image += … The view's filtered data lie transposed, [column, row] with `stride`
 * floats a column, so that the two rows that a voxel lies between are fetched at once. `view`: six numbers as above, then the row:
 * constant, per distance⁻¹, per slice and distance⁻¹. Slices of a slab are seen in rows that are evenly spaced.
 */
export function cone(
  q: usize, image: usize, view: usize, columnsSeen: i32, rowsSeen: i32, stride: i32, first: i32, rows: i32, columns: i32, lanes: usize,
): void {
  const pixel = lanes << 2;
  const n0 = load<f64>(view);
  const n1 = load<f64>(view, 8);
  const n2 = load<f64>(view, 16);
  const d0 = load<f64>(view, 24);
  const d1 = load<f64>(view, 32);
  const d2 = load<f64>(view, 40);
  const end = <f64>(columnsSeen - 1);
  const last = max(columnsSeen - 2, 0);
  const step: usize = columnsSeen > 1 ? <usize>stride << 2 : 0;
  const top = f32x4.splat(<f32>(rowsSeen - 1));
  const lastPair = f32x4.splat(<f32>max(rowsSeen - 2, 0));
  const zero = f32x4.splat(0);
  for (let r: i32 = 0; r < rows; r++) {
    let at = image + <usize>(r * columns) * pixel;
    for (let c: i32 = 0; c < columns; c++, at += pixel) {
      const distance = d0 + d1 * <f64>c + d2 * <f64>r;
      const inverse = 1 / distance;
      const position = (n0 + n1 * <f64>c + n2 * <f64>r) * inverse;
      if (!(distance > 0 && position >= 0 && position <= end)) continue; // behind the source, beside the detector
      const between = load<f64>(view, 64) * inverse;
      const row = load<f64>(view, 48) + load<f64>(view, 56) * inverse + between * <f64>first;
      const i = min(<i32>position, last);
      const f = position - <f64>i;
      const weight = inverse * inverse;
      const a = f32x4.splat(<f32>((1 - f) * weight));
      const b = f32x4.splat(<f32>(f * weight));
      const p = q + ((<usize>i * stride) << 2);
      const spacing = f32x4.splat(<f32>between);
      let seen = f32x4.add(f32x4.splat(<f32>row), f32x4.mul(spacing, f32x4(0, 1, 2, 3)));
      for (let l: usize = 0; l < pixel; l += 16) {
        const inside = v128.and(f32x4.ge(seen, zero), f32x4.le(seen, top));
        const k = f32x4.pmin(top, f32x4.pmax(zero, seen));
        const rounded = f32x4.add(f32x4.pmin(lastPair, f32x4.sub(k, f32x4.splat(0.5))), f32x4.splat(MAGIC));
        const g = f32x4.sub(k, f32x4.sub(rounded, f32x4.splat(MAGIC)));
        const m = i32x4.shl(rounded, 2);
        const low = mix(p, step, m, 0, a, b);
        const high = mix(p, step, m, 2, a, b);
        const here = v128.shuffle<i32>(low, high, 0, 2, 4, 6);
        const next = v128.shuffle<i32>(low, high, 1, 3, 5, 7);
        const value = f32x4.add(here, f32x4.mul(g, f32x4.sub(next, here)));
        v128.store(at + l, f32x4.add(v128.load(at + l), v128.and(inside, value)));
        seen = f32x4.add(seen, f32x4.mul(spacing, f32x4.splat(4)));
      }
    }
  }
}

// @ts-ignore: decorator
@inline
const BIAS: usize = 0x2d000000; // (bits of MAGIC) << 2

/** Rows k, k + 1 of two voxels (lanes `n` and n + 1 of the offsets), mixed from two columns. */
// @ts-ignore: decorator
@inline
function mix(column: usize, step: usize, offsets: v128, n: u8, a: v128, b: v128): v128 {
  const p = column - BIAS + (n ? i32x4.extract_lane(offsets, 2) : i32x4.extract_lane(offsets, 0));
  const q = column - BIAS + (n ? i32x4.extract_lane(offsets, 3) : i32x4.extract_lane(offsets, 1));
  const here = v128.load_lane<u64>(q, v128.load_zero<u64>(p), 1);
  const next = v128.load_lane<u64>(q + step, v128.load_zero<u64>(p + step), 1);
  return f32x4.add(f32x4.mul(a, here), f32x4.mul(b, next));
}
