import { hermitianEigen } from './hermitian.js';

/** Columns that are multiplied at once, so that a product needs no second matrix. */
export const STRIP = 1024;

/** A complex matrix as two row-major planes. */
export interface ComplexRows {
  readonly rows: number;
  readonly columns: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * X ← Σ max(0, s − threshold) u vᴴ of X = Σ s u vᴴ, in place: the proximal map of threshold · Σ s (Cai, Candès, Shen, SIAM J. Optim. 20
 * (2010) 1956, theorem 2.1).
 *
 * By the eigenvectors of the smaller Gram matrix, G = XXᴴ = U S² Uᴴ: X ← U max(0, 1 − threshold/S) Uᴴ X (of XᴴX from the right where X is
 * tall). Singular values below 1e-8 of the largest are not told apart from 0, which a float32 image cannot either.
 */
export function shrinkSingularValues(x: ComplexRows, threshold: number): void {
  const wide = x.rows <= x.columns;
  const a = wide ? x : transposed(x);
  const { values, re, im } = gramEigen(a);
  const kept = Float64Array.from(values, (s) => (s > threshold ? 1 - threshold / s : 0));
  const { rows: n, columns } = a;
  // M = U diag(kept) Uᴴ, and X ← M X a strip of columns at a time
  const [mRe, mIm] = [new Float64Array(n * n), new Float64Array(n * n)];
  for (let k = 0; k < n; k++) {
    if (kept[k] === 0) continue;
    for (let i = 0; i < n; i++) {
      const [ur, ui] = [re[k * n + i] * kept[k], im[k * n + i] * kept[k]];
      for (let j = 0; j < n; j++) {
        const [vr, vi] = [re[k * n + j], im[k * n + j]];
        mRe[i * n + j] += ur * vr + ui * vi;
        mIm[i * n + j] += ui * vr - ur * vi;
      }
    }
  }
  const strip = Math.min(STRIP, columns);
  const [outRe, outIm] = [new Float64Array(n * strip), new Float64Array(n * strip)];
  for (let first = 0; first < columns; first += strip) {
    const width = Math.min(strip, columns - first);
    outRe.fill(0);
    outIm.fill(0);
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < n; k++) {
        const [cr, ci] = [mRe[i * n + k], mIm[i * n + k]];
        if (cr === 0 && ci === 0) continue;
        for (let j = 0, o = i * strip, s = k * columns + first; j < width; j++, o++, s++) {
          outRe[o] += cr * a.re[s] - ci * a.im[s];
          outIm[o] += cr * a.im[s] + ci * a.re[s];
        }
      }
    }
    for (let i = 0; i < n; i++) {
      a.re.set(outRe.subarray(i * strip, i * strip + width), i * columns + first);
      a.im.set(outIm.subarray(i * strip, i * strip + width), i * columns + first);
    }
  }
  if (wide) return;
  const back = transposed(a);
  x.re.set(back.re);
  x.im.set(back.im);
}

/** Singular values, descending; as many as the smaller side is long. */
export function singularValues(x: ComplexRows): Float64Array {
  return gramEigen(x.rows <= x.columns ? x : transposed(x)).values;
}

/** Singular values of a wide X, and its left singular vectors in rows. */
function gramEigen({ rows: n, columns, re, im }: ComplexRows): {
  values: Float64Array;
  re: Float64Array;
  im: Float64Array;
} {
  const [gRe, gIm] = [new Float64Array(n * n), new Float64Array(n * n)];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let [sumRe, sumIm] = [0, 0];
      for (let k = 0, p = i * columns, q = j * columns; k < columns; k++, p++, q++) {
        sumRe += re[p] * re[q] + im[p] * im[q];
        sumIm += im[p] * re[q] - re[p] * im[q];
      }
      gRe[i * n + j] = sumRe;
      gIm[i * n + j] = sumIm;
    }
  }
  const eigen = hermitianEigen(n, gRe, gIm);
  return { values: eigen.values.map((v) => Math.sqrt(Math.max(v, 0))), re: eigen.re, im: eigen.im };
}

/** Xᴴ */
function transposed({ rows, columns, re, im }: ComplexRows): ComplexRows {
  const out = { rows: columns, columns: rows, re: new Float64Array(re.length), im: new Float64Array(im.length) };
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      out.re[j * rows + i] = re[i * columns + j];
      out.im[j * rows + i] = -im[i * columns + j];
    }
  }
  return out;
}
