// AssemblyScript. One level of an orthogonal wavelet transform along one axis, for every line of a plane. An element of a line is `width`
// bytes: all lanes of a pixel, or of several neighbouring pixels whose lines run side by side. Only the last line may be narrower (`last`).
//
// a[k] = Σ_j l[j] x[2k + phase − j], d[k] alike with h. Beyond its ends x is 0, or (periodic) repeats with an even period, and then the
// last sample of an odd line is put aside behind the details. `filters`: l reversed, then h reversed.
import { madd } from '../../compute/cpu/simd.as';

// @ts-ignore: decorator
@inline
function copy(from: usize, to: usize, bytes: usize): void {
  for (let b: usize = 0; b < bytes; b += 16) v128.store(to + b, v128.load(from + b));
}

// @ts-ignore: decorator
@inline
function clear(to: usize, bytes: usize): void {
  const zero = f32x4.splat(0);
  for (let b: usize = 0; b < bytes; b += 16) v128.store(to + b, zero);
}

/** i modulo n, 0 … n − 1. */
// @ts-ignore: decorator
@inline
function modulo(i: i32, n: i32): i32 {
  const r = i % n;
  return r < 0 ? r + n : r;
}

/** Where sample i of a line lies, or −1 for a zero: the line has n samples from `offset` on; periodic ones start at sample `shift`. */
// @ts-ignore: decorator
@inline
function locate(i: i32, n: i32, offset: i32, shift: i32, periodic: i32): i32 {
  if (!periodic) return i < offset || i >= offset + n ? -1 : i - offset;
  const at = modulo(i, n & ~1) + shift;
  return at < n ? at : at - n;
}

/** Lines of n samples → `count` averages from element 0 of the target line on and as many details from element `detail` on. */
export function analyse(
  x: usize, xStride: usize, xLine: usize, bands: usize, bandStride: usize, bandLine: usize, lines: usize, width: usize, last: usize,
  filters: usize, taps: i32, phase: i32, n: i32, offset: i32, shift: i32, periodic: i32, count: i32, detail: usize, scratch: usize,
): void {
  const extended = 2 * (count - 1) + taps;
  const first = phase - (taps - 1);
  const high = filters + (taps << 2);
  for (let line: usize = 0; line < lines; line++) {
    const w = line + 1 < lines ? width : last;
    const from = x + line * xLine;
    const low = bands + line * bandLine;
    for (let t = 0; t < extended; t++) {
      const at = locate(first + t, n, offset, shift, periodic);
      const to = scratch + <usize>t * w;
      if (at < 0) clear(to, w);
      else copy(from + <usize>at * xStride, to, w);
    }
    for (let k: usize = 0; k < <usize>count; k++) {
      const window = scratch + 2 * k * w;
      const average = low + k * bandStride;
      const difference = low + (detail + k) * bandStride;
      for (let b: usize = 0; b < w; b += 16) {
        let a = f32x4.splat(0);
        let d = f32x4.splat(0);
        for (let j: usize = 0, p = window + b; j < <usize>(taps << 2); j += 4, p += w) {
          const v = v128.load(p);
          a = madd(v128.load32_splat(filters + j), v, a);
          d = madd(v128.load32_splat(high + j), v, d);
        }
        v128.store(average + b, a);
        v128.store(difference + b, d);
      }
    }
    if (periodic && n & 1) {
      const aside = shift > 0 ? shift - 1 : n - 1;
      copy(from + <usize>aside * xStride, low + (detail + <usize>count) * bandStride, w);
    }
  }
}

/** The transpose of `analyse`: averages and details, each in lines of their own, → lines of n samples. */
export function synthesise(
  averages: usize, averageStride: usize, averageLine: usize, details: usize, detailStride: usize, detailLine: usize,
  x: usize, xStride: usize, xLine: usize, lines: usize, width: usize, last: usize,
  filters: usize, taps: i32, phase: i32, n: i32, offset: i32, shift: i32, periodic: i32, count: i32, scratch: usize,
): void {
  const samples = periodic ? n & ~1 : n + offset;
  const kFirst = -(phase >> 1);
  const kLast = (samples - phase) >> 1; // at least where the window of the last sample begins
  const extended = kLast - kFirst + (taps >> 1);
  const high = filters + (taps << 2);
  for (let line: usize = 0; line < lines; line++) {
    const w = line + 1 < lines ? width : last;
    const a = averages + line * averageLine;
    const d = details + line * detailLine;
    const out = x + line * xLine;
    const half = scratch + <usize>extended * w;
    for (let t = 0; t < extended; t++) {
      const k = kFirst + t;
      const to = <usize>t * w;
      if (!periodic && (k < 0 || k >= count)) {
        clear(scratch + to, w);
        clear(half + to, w);
        continue;
      }
      const at = <usize>(periodic ? modulo(k, count) : k);
      copy(a + at * averageStride, scratch + to, w);
      copy(d + at * detailStride, half + to, w);
    }
    for (let i = periodic ? 0 : offset; i < samples; i++) {
      const odd = (i - phase) & 1;
      const start = <usize>(((i - phase + odd) >> 1) - kFirst) * w;
      const target = out + <usize>locate(i, n, offset, shift, periodic) * xStride;
      for (let b: usize = 0; b < w; b += 16) {
        let sum = f32x4.splat(0);
        let p = start + b;
        for (let j = taps - 1 - odd; j >= 0; j -= 2, p += w) {
          sum = madd(v128.load32_splat(filters + (<usize>j << 2)), v128.load(scratch + p), sum);
          sum = madd(v128.load32_splat(high + (<usize>j << 2)), v128.load(half + p), sum);
        }
        v128.store(target + b, sum);
      }
    }
    if (periodic && n & 1) {
      const aside = shift > 0 ? shift - 1 : n - 1;
      copy(d + <usize>count * detailStride, out + <usize>aside * xStride, w);
    }
  }
}

/** Zeros in a box of rows, `bytes` wide. */
export function clearBox(x: usize, rows: usize, stride: usize, bytes: usize): void {
  for (let r: usize = 0; r < rows; r++) clear(x + r * stride, bytes);
}
