// AssemblyScript. Pixel-driven backprojection of filtered projections: every pixel takes, from every view, the value at the place where it is seen,
// interpolated linearly, over the square of its relative distance from the source. Not the transpose of the projector: the inverse formula's half.
// Element e of lane l lies at base + (e·L + l)·4.
import { accumulate } from '../../compute/cpu/simd.as';

// @ts-ignore: decorator
@inline
const VIEW: usize = 6 * 8; // numerator (constant, per column, per row) and denominator of the bin as a function of the pixel
// @ts-ignore: decorator
@inline
const TILE: i32 = 16; // a tile of the image stays in the first-level cache while all views pass

/** image[row, column] ← Σ over views; `q` is [view, detector], `vectors` the view table. */
export function slices(
  q: usize, image: usize, vectors: usize, views: i32, detectors: i32, rows: i32, columns: i32, lanes: usize,
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
        if (pixel == 64) tile(from, image, view, detectors, columns, r0, r1, c0, c1, 64);
        else if (pixel == 32) tile(from, image, view, detectors, columns, r0, r1, c0, c1, 32);
        else tile(from, image, view, detectors, columns, r0, r1, c0, c1, 16);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function tile(
  q: usize, image: usize, view: usize, detectors: i32, columns: i32, r0: i32, r1: i32, c0: i32, c1: i32, pixel: usize,
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
      const position = (nr + n1 * <f64>c) * inverse;
      if (!(distance > 0 && position >= 0 && position <= end)) continue; // behind the source, beside the detector
      const i = min(<i32>position, last);
      const f = position - <f64>i;
      const weight = inverse * inverse;
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
const CONE_VIEW: usize = 9 * 8; // as above, then the row: constant, per distance⁻¹, per slice and distance⁻¹

/**
 * One cone-beam view onto a slab whose lanes are slices: image += … The view's filtered data lie transposed, [column, row], so that the two columns a
 * pixel lies between are read as rows of vectors; `line` is scratch of rows + 8 floats.
 */
export function cone(
  q: usize, image: usize, view: usize, line: usize, columnsSeen: i32, rowsSeen: i32, stride: i32,
  first: i32, count: i32, rows: i32, columns: i32, lanes: usize,
): void {
  const pixel = lanes << 2;
  const n0 = load<f64>(view);
  const n1 = load<f64>(view + 8);
  const n2 = load<f64>(view + 16);
  const d0 = load<f64>(view + 24);
  const d1 = load<f64>(view + 32);
  const d2 = load<f64>(view + 40);
  const rowConstant = load<f64>(view + 48);
  const rowSource = load<f64>(view + 56);
  const rowSlice = load<f64>(view + 64);
  const end = <f64>(columnsSeen - 1);
  const last = max(columnsSeen - 2, 0);
  const step: usize = columnsSeen > 1 ? <usize>stride << 2 : 0;
  const lastRow = max(rowsSeen - 2, 0);
  const nextRow: usize = rowsSeen > 1 ? 4 : 0;
  for (let r: i32 = 0; r < rows; r++) {
    let at = image + <usize>(r * columns) * pixel;
    for (let c: i32 = 0; c < columns; c++, at += pixel) {
      const distance = d0 + d1 * <f64>c + d2 * <f64>r;
      const inverse = 1 / distance;
      const position = (n0 + n1 * <f64>c + n2 * <f64>r) * inverse;
      if (!(distance > 0 && position >= 0 && position <= end)) continue; // behind the source, beside the detector
      // rows seen by the first and last slice of the slab
      const rowStep = rowSlice * inverse;
      const rowFirst = rowConstant + rowSource * inverse + rowStep * <f64>first;
      const rowLast = rowFirst + rowStep * <f64>(count - 1);
      const lowest = max(0, <i32>Math.floor(Math.min(rowFirst, rowLast)));
      const highest = min(rowsSeen - 1, <i32>Math.floor(Math.max(rowFirst, rowLast)) + 1);
      if (lowest > highest) continue;
      const i = min(<i32>position, last);
      const f = position - <f64>i;
      const weight = inverse * inverse;
      const a = f32x4.splat(<f32>((1 - f) * weight));
      const b = f32x4.splat(<f32>(f * weight));
      const p = q + ((<usize>i * stride) << 2);
      for (let m = <usize>(lowest & ~3) << 2, end4 = <usize>(highest + 1) << 2; m < end4; m += 16) {
        v128.store(line + m, f32x4.add(f32x4.mul(a, v128.load(p + m)), f32x4.mul(b, v128.load(p + step + m))));
      }
      for (let l: i32 = 0; l < count; l++) {
        const row = rowFirst + rowStep * <f64>l;
        if (!(row >= 0 && row <= <f64>(rowsSeen - 1))) continue;
        const k = min(<i32>row, lastRow);
        const g = <f32>(row - <f64>k);
        const m = line + (<usize>k << 2);
        const low = load<f32>(m);
        const t = at + (<usize>l << 2);
        store<f32>(t, load<f32>(t) + low + g * (load<f32>(m + nextRow) - low));
      }
    }
  }
}
