/**
 * Complex FFTs of one axis of a C-order array [outer, n, inner], for many small transforms at once: the inner axis (frequencies, or traces)
 * is the loop that runs over memory, so that a twiddle factor is fetched once for all of it. Stockham's autosort form, radices 8, 5, 4, 3
 * and 2; float64.
 */
export class AxisFft {
  readonly #stages: readonly Stage[];

  /** @param n made of 2, 3 and 5 only, see `fastLength` */
  constructor(readonly n: number) {
    this.#stages = stagesOf(n);
  }

  /**
   * In place, not scaled: X[k] = Σ x[j] exp(−2πi jk/n). With re and im exchanged (here and in `spare`) it is the inverse transform, times
   * n.
   * @param spare re and im of at least n · inner each
   * @param filled elements from here on are 0
   */
  run(re: Float64Array, im: Float64Array, outer: number, inner: number, spare: Planes, filled = this.n): void {
    const size = this.n * inner;
    for (let o = 0; o < outer; o++) {
      const [ar, ai] = outer === 1 ? [re, im] : [re.subarray(o * size), im.subarray(o * size)];
      let [xr, xi] = [ar, ai];
      let [yr, yi] = spare;
      let width = inner;
      for (const stage of this.#stages) {
        const half = stage.radix === 8 && width === inner && 2 * filled <= this.n;
        (half ? radix8Half : stage.run)(xr, xi, yr, yi, width, stage);
        [xr, xi, yr, yi] = [yr, yi, xr, xi];
        width *= stage.radix;
      }
      if (xr !== ar) {
        for (let k = 0; k < size; k++) {
          ar[k] = xr[k];
          ai[k] = xi[k];
        }
      }
    }
  }
}

export type Planes = readonly [re: Float64Array, im: Float64Array];

/** The least length ≥ n made of 2, 3 and 5. */
export function fastLength(n: number): number {
  for (let length = Math.max(1, Math.ceil(n)); ; length++) {
    let rest = length;
    for (const p of [2, 3, 5]) while (rest % p === 0) rest /= p;
    if (rest === 1) return length;
  }
}

type Kernel = (xr: Float64Array, xi: Float64Array, yr: Float64Array, yi: Float64Array, width: number, stage: Stage) => void;

interface Stage {
  readonly radix: number;
  readonly m: number;
  /** exp(−2πi p k/(radix·m)) for p = 0 … m−1, k = 1 … radix−1, as pairs. */
  readonly twiddles: Float64Array;
  readonly run: Kernel;
}

function stagesOf(n: number): Stage[] {
  const stages: Stage[] = [];
  let rest = n;
  while (rest > 1) {
    const radix = [5, 3, rest === 16 ? 4 : 8, 4, 2].find((r) => rest % r === 0); // 16 is two fours
    if (!radix) throw new RangeError(`a transform of ${n} samples has other factors than 2, 3 and 5`);
    const m = rest / radix;
    const twiddles = new Float64Array(2 * m * (radix - 1));
    for (let p = 0, at = 0; p < m; p++) {
      for (let k = 1; k < radix; k++, at += 2) {
        const angle = (-2 * Math.PI * ((p * k) % rest)) / rest;
        twiddles[at] = Math.cos(angle);
        twiddles[at + 1] = Math.sin(angle);
      }
    }
    stages.push({ radix, m, twiddles, run: KERNELS[radix] });
    rest = m;
  }
  return stages;
}

const radix2: Kernel = (xr, xi, yr, yi, width, { m, twiddles }) => {
  for (let p = 0; p < m; p++) {
    const [c, s] = [twiddles[2 * p], twiddles[2 * p + 1]];
    const a = p * width;
    const b = a + m * width;
    const y = 2 * a;
    for (let q = 0; q < width; q++) {
      const [ar, ai, br, bi] = [xr[a + q], xi[a + q], xr[b + q], xi[b + q]];
      const [dr, di] = [ar - br, ai - bi];
      yr[y + q] = ar + br;
      yi[y + q] = ai + bi;
      yr[y + width + q] = dr * c - di * s;
      yi[y + width + q] = dr * s + di * c;
    }
  }
};

const SIN3 = Math.sqrt(0.75);

const radix3: Kernel = (xr, xi, yr, yi, width, { m, twiddles }) => {
  for (let p = 0; p < m; p++) {
    const w = 4 * p;
    const [c1, s1, c2, s2] = [twiddles[w], twiddles[w + 1], twiddles[w + 2], twiddles[w + 3]];
    const a = p * width;
    const b = a + m * width;
    const d = b + m * width;
    const y = 3 * a;
    for (let q = 0; q < width; q++) {
      const ar = xr[a + q];
      const ai = xi[a + q];
      const sr = xr[b + q] + xr[d + q];
      const si = xi[b + q] + xi[d + q];
      const er = SIN3 * (xr[b + q] - xr[d + q]);
      const ei = SIN3 * (xi[b + q] - xi[d + q]);
      const hr = ar - 0.5 * sr;
      const hi = ai - 0.5 * si;
      const [ur, ui, vr, vi] = [hr + ei, hi - er, hr - ei, hi + er];
      yr[y + q] = ar + sr;
      yi[y + q] = ai + si;
      yr[y + width + q] = ur * c1 - ui * s1;
      yi[y + width + q] = ur * s1 + ui * c1;
      yr[y + 2 * width + q] = vr * c2 - vi * s2;
      yi[y + 2 * width + q] = vr * s2 + vi * c2;
    }
  }
};

const radix4: Kernel = (xr, xi, yr, yi, width, { m, twiddles }) => {
  for (let p = 0; p < m; p++) {
    const w = 6 * p;
    const [c1, s1, c2, s2, c3, s3] = twiddles.subarray(w, w + 6);
    const a = p * width;
    const b = a + m * width;
    const c = b + m * width;
    const d = c + m * width;
    const y0 = 4 * a;
    const [y1, y2, y3] = [y0 + width, y0 + 2 * width, y0 + 3 * width];
    for (let q = 0; q < width; q++) {
      const t0r = xr[a + q] + xr[c + q];
      const t0i = xi[a + q] + xi[c + q];
      const t1r = xr[a + q] - xr[c + q];
      const t1i = xi[a + q] - xi[c + q];
      const t2r = xr[b + q] + xr[d + q];
      const t2i = xi[b + q] + xi[d + q];
      const t3r = xi[b + q] - xi[d + q]; // −i (b − d)
      const t3i = xr[d + q] - xr[b + q];
      yr[y0 + q] = t0r + t2r;
      yi[y0 + q] = t0i + t2i;
      const ur = t1r + t3r;
      const ui = t1i + t3i;
      yr[y1 + q] = ur * c1 - ui * s1;
      yi[y1 + q] = ur * s1 + ui * c1;
      const vr = t0r - t2r;
      const vi = t0i - t2i;
      yr[y2 + q] = vr * c2 - vi * s2;
      yi[y2 + q] = vr * s2 + vi * c2;
      const zr = t1r - t3r;
      const zi = t1i - t3i;
      yr[y3 + q] = zr * c3 - zi * s3;
      yi[y3 + q] = zr * s3 + zi * c3;
    }
  }
};

const [C51, S51, C52, S52] = [1, 2].flatMap((k) => [Math.cos((2 * Math.PI * k) / 5), Math.sin((2 * Math.PI * k) / 5)]);

const radix5: Kernel = (xr, xi, yr, yi, width, { m, twiddles }) => {
  for (let p = 0; p < m; p++) {
    const w = 8 * p;
    const [c1, s1, c2, s2, c3, s3, c4, s4] = twiddles.subarray(w, w + 8);
    const a = p * width;
    const step = m * width;
    const y = 5 * a;
    for (let q = 0; q < width; q++) {
      const at = a + q;
      const ar = xr[at];
      const ai = xi[at];
      const p1r = xr[at + step] + xr[at + 4 * step];
      const p1i = xi[at + step] + xi[at + 4 * step];
      const m1r = xr[at + step] - xr[at + 4 * step];
      const m1i = xi[at + step] - xi[at + 4 * step];
      const p2r = xr[at + 2 * step] + xr[at + 3 * step];
      const p2i = xi[at + 2 * step] + xi[at + 3 * step];
      const m2r = xr[at + 2 * step] - xr[at + 3 * step];
      const m2i = xi[at + 2 * step] - xi[at + 3 * step];
      const e1r = ar + C51 * p1r + C52 * p2r;
      const e1i = ai + C51 * p1i + C52 * p2i;
      const e2r = ar + C52 * p1r + C51 * p2r;
      const e2i = ai + C52 * p1i + C51 * p2i;
      const o1r = S51 * m1i + S52 * m2i; // −i (…)
      const o1i = -(S51 * m1r + S52 * m2r);
      const o2r = S52 * m1i - S51 * m2i;
      const o2i = -(S52 * m1r - S51 * m2r);
      yr[y + q] = ar + p1r + p2r;
      yi[y + q] = ai + p1i + p2i;
      const [ur, ui] = [e1r + o1r, e1i + o1i];
      yr[y + width + q] = ur * c1 - ui * s1;
      yi[y + width + q] = ur * s1 + ui * c1;
      const [vr, vi] = [e2r + o2r, e2i + o2i];
      yr[y + 2 * width + q] = vr * c2 - vi * s2;
      yi[y + 2 * width + q] = vr * s2 + vi * c2;
      const [zr, zi] = [e2r - o2r, e2i - o2i];
      yr[y + 3 * width + q] = zr * c3 - zi * s3;
      yi[y + 3 * width + q] = zr * s3 + zi * c3;
      const [gr, gi] = [e1r - o1r, e1i - o1i];
      yr[y + 4 * width + q] = gr * c4 - gi * s4;
      yi[y + 4 * width + q] = gr * s4 + gi * c4;
    }
  }
};

const ROOT = Math.SQRT1_2;

const radix8: Kernel = (xr, xi, yr, yi, width, { m, twiddles }) => {
  for (let p = 0; p < m; p++) {
    const w = 14 * p;
    const [c1, s1, c2, s2, c3, s3, c4, s4, c5, s5, c6, s6, c7, s7] = twiddles.subarray(w, w + 14);
    const a = p * width;
    const step = m * width;
    const y = 8 * a;
    for (let q = 0; q < width; q++) {
      const at = a + q;
      const a0r = xr[at] + xr[at + 4 * step];
      const a0i = xi[at] + xi[at + 4 * step];
      const a1r = xr[at] - xr[at + 4 * step];
      const a1i = xi[at] - xi[at + 4 * step];
      const a2r = xr[at + 2 * step] + xr[at + 6 * step];
      const a2i = xi[at + 2 * step] + xi[at + 6 * step];
      const a3r = xi[at + 2 * step] - xi[at + 6 * step]; // −i (x2 − x6)
      const a3i = xr[at + 6 * step] - xr[at + 2 * step];
      const e0r = a0r + a2r;
      const e0i = a0i + a2i;
      const e1r = a1r + a3r;
      const e1i = a1i + a3i;
      const e2r = a0r - a2r;
      const e2i = a0i - a2i;
      const e3r = a1r - a3r;
      const e3i = a1i - a3i;
      const b0r = xr[at + step] + xr[at + 5 * step];
      const b0i = xi[at + step] + xi[at + 5 * step];
      const b1r = xr[at + step] - xr[at + 5 * step];
      const b1i = xi[at + step] - xi[at + 5 * step];
      const b2r = xr[at + 3 * step] + xr[at + 7 * step];
      const b2i = xi[at + 3 * step] + xi[at + 7 * step];
      const b3r = xi[at + 3 * step] - xi[at + 7 * step];
      const b3i = xr[at + 7 * step] - xr[at + 3 * step];
      const o0r = b0r + b2r;
      const o0i = b0i + b2i;
      const f1r = b1r + b3r;
      const f1i = b1i + b3i;
      const o2r = b0i - b2i; // −i
      const o2i = b2r - b0r;
      const f3r = b1r - b3r;
      const f3i = b1i - b3i;
      const o1r = ROOT * (f1r + f1i); // (1 − i)/√2
      const o1i = ROOT * (f1i - f1r);
      const o3r = ROOT * (f3i - f3r); // −(1 + i)/√2
      const o3i = -ROOT * (f3r + f3i);
      yr[y + q] = e0r + o0r;
      yi[y + q] = e0i + o0i;
      let ur = e1r + o1r;
      let ui = e1i + o1i;
      yr[y + width + q] = ur * c1 - ui * s1;
      yi[y + width + q] = ur * s1 + ui * c1;
      ur = e2r + o2r;
      ui = e2i + o2i;
      yr[y + 2 * width + q] = ur * c2 - ui * s2;
      yi[y + 2 * width + q] = ur * s2 + ui * c2;
      ur = e3r + o3r;
      ui = e3i + o3i;
      yr[y + 3 * width + q] = ur * c3 - ui * s3;
      yi[y + 3 * width + q] = ur * s3 + ui * c3;
      ur = e0r - o0r;
      ui = e0i - o0i;
      yr[y + 4 * width + q] = ur * c4 - ui * s4;
      yi[y + 4 * width + q] = ur * s4 + ui * c4;
      ur = e1r - o1r;
      ui = e1i - o1i;
      yr[y + 5 * width + q] = ur * c5 - ui * s5;
      yi[y + 5 * width + q] = ur * s5 + ui * c5;
      ur = e2r - o2r;
      ui = e2i - o2i;
      yr[y + 6 * width + q] = ur * c6 - ui * s6;
      yi[y + 6 * width + q] = ur * s6 + ui * c6;
      ur = e3r - o3r;
      ui = e3i - o3i;
      yr[y + 7 * width + q] = ur * c7 - ui * s7;
      yi[y + 7 * width + q] = ur * s7 + ui * c7;
    }
  }
};

/** The same where the upper half of the elements is 0. */
const radix8Half: Kernel = (xr, xi, yr, yi, width, { m, twiddles }) => {
  for (let p = 0; p < m; p++) {
    const w = 14 * p;
    const [c1, s1, c2, s2, c3, s3, c4, s4, c5, s5, c6, s6, c7, s7] = twiddles.subarray(w, w + 14);
    const a = p * width;
    const step = m * width;
    const y = 8 * a;
    for (let q = 0; q < width; q++) {
      const at = a + q;
      const x0r = xr[at];
      const x0i = xi[at];
      const x2r = xr[at + 2 * step];
      const x2i = xi[at + 2 * step];
      const e0r = x0r + x2r;
      const e0i = x0i + x2i;
      const e2r = x0r - x2r;
      const e2i = x0i - x2i;
      const e1r = x0r + x2i; // −i x2
      const e1i = x0i - x2r;
      const e3r = x0r - x2i;
      const e3i = x0i + x2r;
      const x1r = xr[at + step];
      const x1i = xi[at + step];
      const x3r = xr[at + 3 * step];
      const x3i = xi[at + 3 * step];
      const o0r = x1r + x3r;
      const o0i = x1i + x3i;
      const o2r = x1i - x3i; // −i (x1 − x3)
      const o2i = x3r - x1r;
      const f1r = x1r + x3i;
      const f1i = x1i - x3r;
      const f3r = x1r - x3i;
      const f3i = x1i + x3r;
      const o1r = ROOT * (f1r + f1i); // (1 − i)/√2
      const o1i = ROOT * (f1i - f1r);
      const o3r = ROOT * (f3i - f3r); // −(1 + i)/√2
      const o3i = -ROOT * (f3r + f3i);
      yr[y + q] = e0r + o0r;
      yi[y + q] = e0i + o0i;
      let ur = e1r + o1r;
      let ui = e1i + o1i;
      yr[y + width + q] = ur * c1 - ui * s1;
      yi[y + width + q] = ur * s1 + ui * c1;
      ur = e2r + o2r;
      ui = e2i + o2i;
      yr[y + 2 * width + q] = ur * c2 - ui * s2;
      yi[y + 2 * width + q] = ur * s2 + ui * c2;
      ur = e3r + o3r;
      ui = e3i + o3i;
      yr[y + 3 * width + q] = ur * c3 - ui * s3;
      yi[y + 3 * width + q] = ur * s3 + ui * c3;
      ur = e0r - o0r;
      ui = e0i - o0i;
      yr[y + 4 * width + q] = ur * c4 - ui * s4;
      yi[y + 4 * width + q] = ur * s4 + ui * c4;
      ur = e1r - o1r;
      ui = e1i - o1i;
      yr[y + 5 * width + q] = ur * c5 - ui * s5;
      yi[y + 5 * width + q] = ur * s5 + ui * c5;
      ur = e2r - o2r;
      ui = e2i - o2i;
      yr[y + 6 * width + q] = ur * c6 - ui * s6;
      yi[y + 6 * width + q] = ur * s6 + ui * c6;
      ur = e3r - o3r;
      ui = e3i - o3i;
      yr[y + 7 * width + q] = ur * c7 - ui * s7;
      yi[y + 7 * width + q] = ur * s7 + ui * c7;
    }
  }
};

const KERNELS: { readonly [radix: number]: Kernel } = { 2: radix2, 3: radix3, 4: radix4, 5: radix5, 8: radix8 };
