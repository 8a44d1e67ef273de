// AssemblyScript, imported by fft.as.ts. One stage of a Stockham FFT (decimation in frequency, self-sorting) for each radix.
//
// A vector of `n` complex elements holds four slices; element i is 16 bytes of real parts, then 16 of imaginary parts. With l the length
// still to be transformed, m = l/r, s = n/l:
//
//     y[q + s(r p + k)] = w^(p k) Σ_j exp(−2πi j k/r) x[q + s(p + m j)],   w = exp(−2πi/l),  0 ≤ q < s,  0 ≤ p < m,  0 ≤ k < r
//
// `tw` holds w^(p k) for p = 0 …, k = 1 … r−1 as pairs of float32. The last stage (m = 1) may run in place: a butterfly reads before it
// writes. (Van Loan, Computational Frameworks for the Fast Fourier Transform, 1992, §1.7.)
import { madd } from '../../../compute/cpu/simd.as';

export const ELEMENT: usize = 32;
const PAIR: usize = 8;

/** y ← (re, im) · w, or as it is. */
// @ts-ignore: decorator
@inline
function put(y: usize, re: v128, im: v128, tw: usize, twiddled: bool): void {
  if (twiddled) {
    const wr = v128.load32_splat(tw);
    const wi = v128.load32_splat(tw, 4);
    v128.store(y, f32x4.sub(f32x4.mul(re, wr), f32x4.mul(im, wi)));
    v128.store(y, madd(re, wi, f32x4.mul(im, wr)), 16);
  } else {
    v128.store(y, re);
    v128.store(y, im, 16);
  }
}

// @ts-ignore: decorator
@inline
function butterfly2(x: usize, xs: usize, y: usize, ys: usize, tw: usize, twiddled: bool): void {
  const a = v128.load(x);
  const b = v128.load(x, 16);
  const c = v128.load(x + xs);
  const d = v128.load(x + xs, 16);
  put(y, f32x4.add(a, c), f32x4.add(b, d), 0, false);
  put(y + ys, f32x4.sub(a, c), f32x4.sub(b, d), tw, twiddled);
}

export function stage2(x: usize, y: usize, m: usize, s: usize, tw: usize): void {
  const run = s * ELEMENT;
  const xs = m * run;
  for (let end = x + run; x < end; x += ELEMENT, y += ELEMENT) butterfly2(x, xs, y, run, 0, false);
  for (let p: usize = 1; p < m; p++) {
    y += run;
    tw += PAIR;
    for (let end = x + run; x < end; x += ELEMENT, y += ELEMENT) butterfly2(x, xs, y, run, tw, true);
  }
}

const SIN60: f32 = 0.8660254037844386;

// @ts-ignore: decorator
@inline
function butterfly3(x: usize, xs: usize, y: usize, ys: usize, tw: usize, twiddled: bool): void {
  const a0r = v128.load(x);
  const a0i = v128.load(x, 16);
  const a1r = v128.load(x + xs);
  const a1i = v128.load(x + xs, 16);
  const a2r = v128.load(x + 2 * xs);
  const a2i = v128.load(x + 2 * xs, 16);
  const tr = f32x4.add(a1r, a2r);
  const ti = f32x4.add(a1i, a2i);
  const ur = f32x4.mul(f32x4.splat(SIN60), f32x4.sub(a1r, a2r));
  const ui = f32x4.mul(f32x4.splat(SIN60), f32x4.sub(a1i, a2i));
  const mr = madd(f32x4.splat(-0.5), tr, a0r);
  const mi = madd(f32x4.splat(-0.5), ti, a0i);
  put(y, f32x4.add(a0r, tr), f32x4.add(a0i, ti), 0, false);
  put(y + ys, f32x4.add(mr, ui), f32x4.sub(mi, ur), tw, twiddled);
  put(y + 2 * ys, f32x4.sub(mr, ui), f32x4.add(mi, ur), tw + PAIR, twiddled);
}

export function stage3(x: usize, y: usize, m: usize, s: usize, tw: usize): void {
  const run = s * ELEMENT;
  const xs = m * run;
  for (let end = x + run; x < end; x += ELEMENT, y += ELEMENT) butterfly3(x, xs, y, run, 0, false);
  for (let p: usize = 1; p < m; p++) {
    y += 2 * run;
    tw += 2 * PAIR;
    for (let end = x + run; x < end; x += ELEMENT, y += ELEMENT) butterfly3(x, xs, y, run, tw, true);
  }
}

// @ts-ignore: decorator
@inline
function butterfly4(x: usize, xs: usize, y: usize, ys: usize, tw: usize, twiddled: bool): void {
  const x2 = x + 2 * xs;
  const a0r = v128.load(x);
  const a2r = v128.load(x2);
  const s0r = f32x4.add(a0r, a2r);
  const d0r = f32x4.sub(a0r, a2r);
  const a0i = v128.load(x, 16);
  const a2i = v128.load(x2, 16);
  const s0i = f32x4.add(a0i, a2i);
  const d0i = f32x4.sub(a0i, a2i);
  const a1r = v128.load(x + xs);
  const a3r = v128.load(x2 + xs);
  const s1r = f32x4.add(a1r, a3r);
  const d1r = f32x4.sub(a1r, a3r);
  const a1i = v128.load(x + xs, 16);
  const a3i = v128.load(x2 + xs, 16);
  const s1i = f32x4.add(a1i, a3i);
  const d1i = f32x4.sub(a1i, a3i);
  put(y, f32x4.add(s0r, s1r), f32x4.add(s0i, s1i), 0, false);
  put(y + ys, f32x4.add(d0r, d1i), f32x4.sub(d0i, d1r), tw, twiddled);
  put(y + 2 * ys, f32x4.sub(s0r, s1r), f32x4.sub(s0i, s1i), tw + PAIR, twiddled);
  put(y + 3 * ys, f32x4.sub(d0r, d1i), f32x4.add(d0i, d1r), tw + 2 * PAIR, twiddled);
}

export function stage4(x: usize, y: usize, m: usize, s: usize, tw: usize): void {
  const run = s * ELEMENT;
  const xs = m * run;
  for (let end = x + run; x < end; x += ELEMENT, y += ELEMENT) butterfly4(x, xs, y, run, 0, false);
  for (let p: usize = 1; p < m; p++) {
    y += 3 * run;
    tw += 3 * PAIR;
    for (let end = x + run; x < end; x += ELEMENT, y += ELEMENT) butterfly4(x, xs, y, run, tw, true);
  }
}

const COS72: f32 = 0.30901699437494745;
const COS144: f32 = -0.8090169943749475;
const SIN72: f32 = 0.9510565162951535;
const SIN144: f32 = 0.5877852522924731;

// @ts-ignore: decorator
@inline
function butterfly5(x: usize, xs: usize, y: usize, ys: usize, tw: usize, twiddled: bool): void {
  const x2 = x + 2 * xs;
  const x4 = x2 + 2 * xs;
  const a1r = v128.load(x + xs);
  const a4r = v128.load(x4);
  const t1r = f32x4.add(a1r, a4r);
  const u1r = f32x4.sub(a1r, a4r);
  const a1i = v128.load(x + xs, 16);
  const a4i = v128.load(x4, 16);
  const t1i = f32x4.add(a1i, a4i);
  const u1i = f32x4.sub(a1i, a4i);
  const a2r = v128.load(x2);
  const a3r = v128.load(x2 + xs);
  const t2r = f32x4.add(a2r, a3r);
  const u2r = f32x4.sub(a2r, a3r);
  const a2i = v128.load(x2, 16);
  const a3i = v128.load(x2 + xs, 16);
  const t2i = f32x4.add(a2i, a3i);
  const u2i = f32x4.sub(a2i, a3i);
  const a0r = v128.load(x);
  const a0i = v128.load(x, 16);
  const c1 = f32x4.splat(COS72);
  const c2 = f32x4.splat(COS144);
  const s1 = f32x4.splat(SIN72);
  const s2 = f32x4.splat(SIN144);
  put(y, f32x4.add(a0r, f32x4.add(t1r, t2r)), f32x4.add(a0i, f32x4.add(t1i, t2i)), 0, false);
  const m1r = madd(c2, t2r, madd(c1, t1r, a0r));
  const m1i = madd(c2, t2i, madd(c1, t1i, a0i));
  const n1r = madd(s2, u2r, f32x4.mul(s1, u1r));
  const n1i = madd(s2, u2i, f32x4.mul(s1, u1i));
  put(y + ys, f32x4.add(m1r, n1i), f32x4.sub(m1i, n1r), tw, twiddled);
  put(y + 4 * ys, f32x4.sub(m1r, n1i), f32x4.add(m1i, n1r), tw + 3 * PAIR, twiddled);
  const m2r = madd(c1, t2r, madd(c2, t1r, a0r));
  const m2i = madd(c1, t2i, madd(c2, t1i, a0i));
  const n2r = f32x4.sub(f32x4.mul(s2, u1r), f32x4.mul(s1, u2r));
  const n2i = f32x4.sub(f32x4.mul(s2, u1i), f32x4.mul(s1, u2i));
  put(y + 2 * ys, f32x4.add(m2r, n2i), f32x4.sub(m2i, n2r), tw + PAIR, twiddled);
  put(y + 3 * ys, f32x4.sub(m2r, n2i), f32x4.add(m2i, n2r), tw + 2 * PAIR, twiddled);
}

export function stage5(x: usize, y: usize, m: usize, s: usize, tw: usize): void {
  const run = s * ELEMENT;
  const xs = m * run;
  for (let end = x + run; x < end; x += ELEMENT, y += ELEMENT) butterfly5(x, xs, y, run, 0, false);
  for (let p: usize = 1; p < m; p++) {
    y += 4 * run;
    tw += 4 * PAIR;
    for (let end = x + run; x < end; x += ELEMENT, y += ELEMENT) butterfly5(x, xs, y, run, tw, true);
  }
}

const C1: f32 = 0.6234898018587336;
const C2: f32 = -0.2225209339563144;
const C3: f32 = -0.9009688679024191;
const S1: f32 = 0.7818314824680298;
const S2: f32 = 0.9749279121818236;
const S3: f32 = 0.4338837391175581;

/** c0 a + c1 b + c2 c */
// @ts-ignore: decorator
@inline
function sum3(c0: f32, a: v128, c1: f32, b: v128, c2: f32, c: v128): v128 {
  return madd(f32x4.splat(c2), c, madd(f32x4.splat(c1), b, f32x4.mul(f32x4.splat(c0), a)));
}

// @ts-ignore: decorator
@inline
function butterfly7(x: usize, xs: usize, y: usize, ys: usize, tw: usize, twiddled: bool): void {
  const a0r = v128.load(x);
  const a0i = v128.load(x, 16);
  const a1r = v128.load(x + xs);
  const a1i = v128.load(x + xs, 16);
  const a2r = v128.load(x + 2 * xs);
  const a2i = v128.load(x + 2 * xs, 16);
  const a3r = v128.load(x + 3 * xs);
  const a3i = v128.load(x + 3 * xs, 16);
  const a4r = v128.load(x + 4 * xs);
  const a4i = v128.load(x + 4 * xs, 16);
  const a5r = v128.load(x + 5 * xs);
  const a5i = v128.load(x + 5 * xs, 16);
  const a6r = v128.load(x + 6 * xs);
  const a6i = v128.load(x + 6 * xs, 16);
  const t1r = f32x4.add(a1r, a6r);
  const t1i = f32x4.add(a1i, a6i);
  const u1r = f32x4.sub(a1r, a6r);
  const u1i = f32x4.sub(a1i, a6i);
  const t2r = f32x4.add(a2r, a5r);
  const t2i = f32x4.add(a2i, a5i);
  const u2r = f32x4.sub(a2r, a5r);
  const u2i = f32x4.sub(a2i, a5i);
  const t3r = f32x4.add(a3r, a4r);
  const t3i = f32x4.add(a3i, a4i);
  const u3r = f32x4.sub(a3r, a4r);
  const u3i = f32x4.sub(a3i, a4i);
  put(y, f32x4.add(f32x4.add(a0r, t1r), f32x4.add(t2r, t3r)), f32x4.add(f32x4.add(a0i, t1i), f32x4.add(t2i, t3i)), 0, false);
  const m1r = f32x4.add(a0r, sum3(C1, t1r, C2, t2r, C3, t3r));
  const m1i = f32x4.add(a0i, sum3(C1, t1i, C2, t2i, C3, t3i));
  const n1r = sum3(S1, u1r, S2, u2r, S3, u3r);
  const n1i = sum3(S1, u1i, S2, u2i, S3, u3i);
  put(y + ys, f32x4.add(m1r, n1i), f32x4.sub(m1i, n1r), tw, twiddled);
  put(y + 6 * ys, f32x4.sub(m1r, n1i), f32x4.add(m1i, n1r), tw + 5 * PAIR, twiddled);
  const m2r = f32x4.add(a0r, sum3(C2, t1r, C3, t2r, C1, t3r));
  const m2i = f32x4.add(a0i, sum3(C2, t1i, C3, t2i, C1, t3i));
  const n2r = sum3(S2, u1r, -S3, u2r, -S1, u3r);
  const n2i = sum3(S2, u1i, -S3, u2i, -S1, u3i);
  put(y + 2 * ys, f32x4.add(m2r, n2i), f32x4.sub(m2i, n2r), tw + PAIR, twiddled);
  put(y + 5 * ys, f32x4.sub(m2r, n2i), f32x4.add(m2i, n2r), tw + 4 * PAIR, twiddled);
  const m3r = f32x4.add(a0r, sum3(C3, t1r, C1, t2r, C2, t3r));
  const m3i = f32x4.add(a0i, sum3(C3, t1i, C1, t2i, C2, t3i));
  const n3r = sum3(S3, u1r, -S1, u2r, S2, u3r);
  const n3i = sum3(S3, u1i, -S1, u2i, S2, u3i);
  put(y + 3 * ys, f32x4.add(m3r, n3i), f32x4.sub(m3i, n3r), tw + 2 * PAIR, twiddled);
  put(y + 4 * ys, f32x4.sub(m3r, n3i), f32x4.add(m3i, n3r), tw + 3 * PAIR, twiddled);
}

export function stage7(x: usize, y: usize, m: usize, s: usize, tw: usize): void {
  const run = s * ELEMENT;
  const xs = m * run;
  for (let end = x + run; x < end; x += ELEMENT, y += ELEMENT) butterfly7(x, xs, y, run, 0, false);
  for (let p: usize = 1; p < m; p++) {
    y += 6 * run;
    tw += 6 * PAIR;
    for (let end = x + run; x < end; x += ELEMENT, y += ELEMENT) butterfly7(x, xs, y, run, tw, true);
  }
}

const SQRT_HALF: f32 = 0.7071067811865476;

/** Evens are the radix-4 butterfly of a_j + a_{j+4}, odds that of (a_j − a_{j+4}) exp(−2πi j/8). */
// @ts-ignore: decorator
@inline
function butterfly8(x: usize, xs: usize, y: usize, ys: usize, tw: usize, twiddled: bool): void {
  const h = f32x4.splat(SQRT_HALF);
  const x4 = x + 4 * xs;
  const ys2 = 2 * ys;
  let a = v128.load(x);
  let b = v128.load(x4);
  const s0r = f32x4.add(a, b);
  const d0r = f32x4.sub(a, b);
  a = v128.load(x + 2 * xs);
  b = v128.load(x4 + 2 * xs);
  const s2r = f32x4.add(a, b);
  const d2r = f32x4.sub(a, b);
  a = v128.load(x, 16);
  b = v128.load(x4, 16);
  const s0i = f32x4.add(a, b);
  const d0i = f32x4.sub(a, b);
  a = v128.load(x + 2 * xs, 16);
  b = v128.load(x4 + 2 * xs, 16);
  const s2i = f32x4.add(a, b);
  const d2i = f32x4.sub(a, b);
  // odds: e0 ± (−i) d2
  const e0r = f32x4.add(d0r, d2i);
  const e0i = f32x4.sub(d0i, d2r);
  const e2r = f32x4.sub(d0r, d2i);
  const e2i = f32x4.add(d0i, d2r);
  // evens
  const p0r = f32x4.add(s0r, s2r);
  const p0i = f32x4.add(s0i, s2i);
  const p2r = f32x4.sub(s0r, s2r);
  const p2i = f32x4.sub(s0i, s2i);
  const x1 = x + xs;
  const x5 = x4 + xs;
  a = v128.load(x1);
  b = v128.load(x5);
  const s1r = f32x4.add(a, b);
  const d1r = f32x4.sub(a, b);
  a = v128.load(x1, 16);
  b = v128.load(x5, 16);
  const s1i = f32x4.add(a, b);
  const d1i = f32x4.sub(a, b);
  a = v128.load(x1 + 2 * xs);
  b = v128.load(x5 + 2 * xs);
  const s3r = f32x4.add(a, b);
  const d3r = f32x4.sub(a, b);
  a = v128.load(x1 + 2 * xs, 16);
  b = v128.load(x5 + 2 * xs, 16);
  const s3i = f32x4.add(a, b);
  const d3i = f32x4.sub(a, b);
  const p1r = f32x4.add(s1r, s3r);
  const p1i = f32x4.add(s1i, s3i);
  const p3r = f32x4.sub(s1r, s3r);
  const p3i = f32x4.sub(s1i, s3i);
  put(y, f32x4.add(p0r, p1r), f32x4.add(p0i, p1i), 0, false);
  put(y + 2 * ys2, f32x4.sub(p0r, p1r), f32x4.sub(p0i, p1i), tw + 3 * PAIR, twiddled);
  put(y + ys2, f32x4.add(p2r, p3i), f32x4.sub(p2i, p3r), tw + PAIR, twiddled);
  put(y + 3 * ys2, f32x4.sub(p2r, p3i), f32x4.add(p2i, p3r), tw + 5 * PAIR, twiddled);
  // (1 − i)/√2 d1 and (−1 − i)/√2 d3
  const g1r = f32x4.add(d1r, d1i);
  const g1i = f32x4.sub(d1i, d1r);
  const g3r = f32x4.sub(d3i, d3r);
  const g3i = f32x4.add(d3r, d3i);
  const q1r = f32x4.mul(h, f32x4.add(g1r, g3r));
  const q1i = f32x4.mul(h, f32x4.sub(g1i, g3i));
  const q3r = f32x4.mul(h, f32x4.sub(g1r, g3r));
  const q3i = f32x4.mul(h, f32x4.add(g1i, g3i));
  y += ys;
  put(y, f32x4.add(e0r, q1r), f32x4.add(e0i, q1i), tw, twiddled);
  put(y + 2 * ys2, f32x4.sub(e0r, q1r), f32x4.sub(e0i, q1i), tw + 4 * PAIR, twiddled);
  put(y + ys2, f32x4.add(e2r, q3i), f32x4.sub(e2i, q3r), tw + 2 * PAIR, twiddled);
  put(y + 3 * ys2, f32x4.sub(e2r, q3i), f32x4.add(e2i, q3r), tw + 6 * PAIR, twiddled);
}

export function stage8(x: usize, y: usize, m: usize, s: usize, tw: usize): void {
  const run = s * ELEMENT;
  const xs = m * run;
  for (let end = x + run; x < end; x += ELEMENT, y += ELEMENT) butterfly8(x, xs, y, run, 0, false);
  for (let p: usize = 1; p < m; p++) {
    y += 7 * run;
    tw += 7 * PAIR;
    for (let end = x + run; x < end; x += ELEMENT, y += ELEMENT) butterfly8(x, xs, y, run, tw, true);
  }
}

/** y ← (re, im) · w; w = 1 for p = 0. */
// @ts-ignore: decorator
@inline
function putWhere(y: usize, re: v128, im: v128, tw: usize, twiddled: bool): void {
  if (twiddled) put(y, re, im, tw, true);
  else put(y, re, im, 0, false);
}

/**
 * Any odd radix by its definition, with the symmetry of cosine and sine: h = (r−1)/2, t_j = x_j + x_{r−j}, u_j = x_j − x_{r−j},
 * X_k, X_{r−k} = (x_0 + Σ_j cos(2πjk/r) t_j) ∓ i Σ_j sin(2πjk/r) u_j, four, two or one k at a time. `trig` holds pairs (cos, sin)
 * [k−1][j−1], 1 ≤ j, k ≤ h; `pairs` is scratch of 64 h bytes for t and u.
 */
export function stageOdd(
  r: usize, x: usize, y: usize, m: usize, s: usize, tw: usize, trig: usize, pairs: usize,
): void {
  const run = s * ELEMENT;
  const xs = m * run;
  const h = (r - 1) >> 1;
  const row = h * PAIR;
  for (let p: usize = 0; p < m; p++) {
    const twiddled = p > 0;
    for (let end = x + run; x < end; x += ELEMENT, y += ELEMENT) {
      const a0r = v128.load(x);
      const a0i = v128.load(x, 16);
      let sumr = a0r;
      let sumi = a0i;
      let first = x + xs;
      let last = x + (r - 1) * xs;
      const pairsEnd = pairs + (h << 6);
      for (let at = pairs; at < pairsEnd; at += 64) {
        const ar = v128.load(first);
        const ai = v128.load(first, 16);
        const br = v128.load(last);
        const bi = v128.load(last, 16);
        const tr = f32x4.add(ar, br);
        const ti = f32x4.add(ai, bi);
        v128.store(at, tr);
        v128.store(at, ti, 16);
        v128.store(at, f32x4.sub(ar, br), 32);
        v128.store(at, f32x4.sub(ai, bi), 48);
        sumr = f32x4.add(sumr, tr);
        sumi = f32x4.add(sumi, ti);
        first += xs;
        last -= xs;
      }
      put(y, sumr, sumi, 0, false);
      let k: usize = 1;
      let table = trig;
      for (; k + 3 <= h; k += 4, table += 4 * row) {
        let r0 = a0r;
        let i0 = a0i;
        let r1 = a0r;
        let i1 = a0i;
        let r2 = a0r;
        let i2 = a0i;
        let r3 = a0r;
        let i3 = a0i;
        let c = table;
        for (let at = pairs; at < pairsEnd; at += 64, c += PAIR) {
          const tr = v128.load(at);
          const ti = v128.load(at, 16);
          let cos = v128.load32_splat(c);
          r0 = madd(cos, tr, r0);
          i0 = madd(cos, ti, i0);
          cos = v128.load32_splat(c + row);
          r1 = madd(cos, tr, r1);
          i1 = madd(cos, ti, i1);
          cos = v128.load32_splat(c + 2 * row);
          r2 = madd(cos, tr, r2);
          i2 = madd(cos, ti, i2);
          cos = v128.load32_splat(c + 3 * row);
          r3 = madd(cos, tr, r3);
          i3 = madd(cos, ti, i3);
        }
        let u0 = f32x4.splat(0);
        let v0 = f32x4.splat(0);
        let u1 = f32x4.splat(0);
        let v1 = f32x4.splat(0);
        let u2 = f32x4.splat(0);
        let v2 = f32x4.splat(0);
        let u3 = f32x4.splat(0);
        let v3 = f32x4.splat(0);
        c = table;
        for (let at = pairs; at < pairsEnd; at += 64, c += PAIR) {
          const ur = v128.load(at, 32);
          const ui = v128.load(at, 48);
          let sin = v128.load32_splat(c, 4);
          u0 = madd(sin, ur, u0);
          v0 = madd(sin, ui, v0);
          sin = v128.load32_splat(c + row, 4);
          u1 = madd(sin, ur, u1);
          v1 = madd(sin, ui, v1);
          sin = v128.load32_splat(c + 2 * row, 4);
          u2 = madd(sin, ur, u2);
          v2 = madd(sin, ui, v2);
          sin = v128.load32_splat(c + 3 * row, 4);
          u3 = madd(sin, ur, u3);
          v3 = madd(sin, ui, v3);
        }
        let up = y + k * run;
        let down = y + (r - k) * run;
        let w = tw + (k - 1) * PAIR;
        let v = tw + (r - k - 1) * PAIR;
        putWhere(up, f32x4.add(r0, v0), f32x4.sub(i0, u0), w, twiddled);
        putWhere(down, f32x4.sub(r0, v0), f32x4.add(i0, u0), v, twiddled);
        putWhere(up + run, f32x4.add(r1, v1), f32x4.sub(i1, u1), w + PAIR, twiddled);
        putWhere(down - run, f32x4.sub(r1, v1), f32x4.add(i1, u1), v - PAIR, twiddled);
        up += 2 * run;
        down -= 2 * run;
        w += 2 * PAIR;
        v -= 2 * PAIR;
        putWhere(up, f32x4.add(r2, v2), f32x4.sub(i2, u2), w, twiddled);
        putWhere(down, f32x4.sub(r2, v2), f32x4.add(i2, u2), v, twiddled);
        putWhere(up + run, f32x4.add(r3, v3), f32x4.sub(i3, u3), w + PAIR, twiddled);
        putWhere(down - run, f32x4.sub(r3, v3), f32x4.add(i3, u3), v - PAIR, twiddled);
      }
      for (; k + 1 <= h; k += 2, table += 2 * row) {
        let mr = a0r;
        let mi = a0i;
        let nr = f32x4.splat(0);
        let ni = f32x4.splat(0);
        let mr2 = a0r;
        let mi2 = a0i;
        let nr2 = f32x4.splat(0);
        let ni2 = f32x4.splat(0);
        let c = table;
        for (let at = pairs; at < pairsEnd; at += 64, c += PAIR) {
          const tr = v128.load(at);
          const ti = v128.load(at, 16);
          const cos = v128.load32_splat(c);
          const cos2 = v128.load32_splat(c + row);
          mr = madd(cos, tr, mr);
          mi = madd(cos, ti, mi);
          mr2 = madd(cos2, tr, mr2);
          mi2 = madd(cos2, ti, mi2);
          const ur = v128.load(at, 32);
          const ui = v128.load(at, 48);
          const sin = v128.load32_splat(c, 4);
          const sin2 = v128.load32_splat(c + row, 4);
          nr = madd(sin, ur, nr);
          ni = madd(sin, ui, ni);
          nr2 = madd(sin2, ur, nr2);
          ni2 = madd(sin2, ui, ni2);
        }
        const w = tw + (k - 1) * PAIR;
        const v = tw + (r - k - 1) * PAIR;
        putWhere(y + k * run, f32x4.add(mr, ni), f32x4.sub(mi, nr), w, twiddled);
        putWhere(y + (r - k) * run, f32x4.sub(mr, ni), f32x4.add(mi, nr), v, twiddled);
        putWhere(y + (k + 1) * run, f32x4.add(mr2, ni2), f32x4.sub(mi2, nr2), w + PAIR, twiddled);
        putWhere(y + (r - k - 1) * run, f32x4.sub(mr2, ni2), f32x4.add(mi2, nr2), v - PAIR, twiddled);
      }
      if (k == h) {
        let mr = a0r;
        let mi = a0i;
        let nr = f32x4.splat(0);
        let ni = f32x4.splat(0);
        let c = table;
        for (let at = pairs; at < pairsEnd; at += 64, c += PAIR) {
          const cos = v128.load32_splat(c);
          const sin = v128.load32_splat(c, 4);
          mr = madd(cos, v128.load(at), mr);
          mi = madd(cos, v128.load(at, 16), mi);
          nr = madd(sin, v128.load(at, 32), nr);
          ni = madd(sin, v128.load(at, 48), ni);
        }
        putWhere(y + k * run, f32x4.add(mr, ni), f32x4.sub(mi, nr), tw + (k - 1) * PAIR, twiddled);
        putWhere(y + (r - k) * run, f32x4.sub(mr, ni), f32x4.add(mi, nr), tw + (r - k - 1) * PAIR, twiddled);
      }
    }
    y += (r - 1) * run;
    tw += (r - 1) * PAIR;
  }
}
