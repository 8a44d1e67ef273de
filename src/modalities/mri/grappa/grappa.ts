import { solveHermitian } from '../../../../core/linear-algebra/hermitian-solve.js';
import type { GrappaPattern, GrappaPlan } from './grappa-plan.js';

/**
 * Fills the missing lines of one slice of k-space, in place:
 *
 *     y_c[k] = Σ_{c', d, p} w_{c, c', d, p} y_{c'}[k + d·line + p·sample]
 *
 * over the source lines d of the pattern and the samples p about the point, all coils c'; zero beyond the ends of a line. The weights are
 * those that predict the calibration region from itself, by least squares with a little ‖w‖² (Griswold et al., Magn. Reson. Med. 47 (2002)
 * 1202; kernels of several points along the line: Wang et al., ISMRM 2005). A pattern of distances has a kernel of its own, so the lines
 * need not be equispaced.
 *
 * @param data complex interleaved [coil, ky, kx]
 * @param slice of the plan
 */
export function grappaSlice(data: Float32Array, [coils, ny, nx]: readonly [number, number, number], plan: GrappaPlan, slice: number): void {
  const along = plan.axis === 'ky';
  const source: Source = {
    data,
    coils,
    plane: ny * nx,
    line: along ? nx : 1,
    sample: along ? 1 : nx,
    length: along ? nx : ny,
  };
  for (const pattern of plan.slices[plan.slices.length === 1 ? 0 : slice]) {
    fill(source, pattern, plan, kernel(source, pattern, plan));
  }
}

interface Source {
  readonly data: Float32Array;
  readonly coils: number;
  /** Strides, in complex values. */
  readonly plane: number;
  readonly line: number;
  readonly sample: number;
  /** Samples of a line. */
  readonly length: number;
}

interface Kernel {
  /** [target coil, weight], weights in the order of `taps`. */
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Where the sources lie from the target: coil, then line, then point; strides in complex values. */
function taps({ coils, plane, line, sample }: Source, { offsets }: GrappaPattern, points: number): Int32Array {
  const half = (points - 1) / 2;
  const out = new Int32Array(coils * offsets.length * points);
  let at = 0;
  for (let c = 0; c < coils; c++)
    for (const d of offsets) for (let p = -half; p <= half; p++) out[at++] = c * plane + d * line + p * sample;
  return out;
}

/** (AᴴA + λI) w = Aᴴb for every target coil, λ = regularisation · trace(AᴴA)/size. */
function kernel(source: Source, pattern: GrappaPattern, { lines, samples, options }: GrappaPlan): Kernel {
  const { data, coils, plane, line, sample } = source;
  const offsets = taps(source, pattern, options.points);
  const n = offsets.length;
  const half = (options.points - 1) / 2;
  const [gramRe, gramIm] = [new Float64Array(n * n), new Float64Array(n * n)];
  const [rightRe, rightIm] = [new Float64Array(coils * n), new Float64Array(coils * n)];
  const [rowRe, rowIm] = [new Float64Array(n), new Float64Array(n)];
  const { offsets: distances } = pattern;
  const from = lines[0] - Math.min(0, ...distances);
  const to = lines[1] - Math.max(0, ...distances);
  for (let k = from; k < to; k++) {
    for (let s = samples[0] + half; s < samples[1] - half; s++) {
      const centre = k * line + s * sample;
      for (let i = 0; i < n; i++) {
        rowRe[i] = data[2 * (centre + offsets[i])];
        rowIm[i] = data[2 * (centre + offsets[i]) + 1];
      }
      for (let i = 0; i < n; i++) {
        const re = rowRe[i];
        const im = -rowIm[i];
        for (let j = 0; j <= i; j++) {
          gramRe[i * n + j] += re * rowRe[j] - im * rowIm[j];
          gramIm[i * n + j] += re * rowIm[j] + im * rowRe[j];
        }
        for (let c = 0; c < coils; c++) {
          const at = 2 * (c * plane + centre);
          rightRe[c * n + i] += re * data[at] - im * data[at + 1];
          rightIm[c * n + i] += re * data[at + 1] + im * data[at];
        }
      }
    }
  }
  let trace = 0;
  for (let i = 0; i < n; i++) trace += gramRe[i * n + i];
  // without signal every weight is 0
  for (let i = 0; i < n; i++) gramRe[i * n + i] += trace > 0 ? (options.regularisation * trace) / n : 1;
  solveHermitian(n, gramRe, gramIm, rightRe, rightIm);
  return { re: rightRe, im: rightIm };
}

function fill(source: Source, pattern: GrappaPattern, { options }: GrappaPlan, { re, im }: Kernel): void {
  const { data, coils, plane, line, sample, length } = source;
  const half = (options.points - 1) / 2;
  const offsets = taps(source, pattern, options.points);
  const n = offsets.length;
  const [rowRe, rowIm] = [new Float64Array(n), new Float64Array(n)];
  for (const target of pattern.targets) {
    for (let s = 0; s < length; s++) {
      const centre = target * line + s * sample;
      for (let i = 0; i < n; i++) {
        const p = s + (i % options.points) - half;
        const inside = p >= 0 && p < length;
        rowRe[i] = inside ? data[2 * (centre + offsets[i])] : 0;
        rowIm[i] = inside ? data[2 * (centre + offsets[i]) + 1] : 0;
      }
      for (let c = 0; c < coils; c++) {
        let [sumRe, sumIm] = [0, 0];
        for (let i = 0, w = c * n; i < n; i++, w++) {
          sumRe += re[w] * rowRe[i] - im[w] * rowIm[i];
          sumIm += re[w] * rowIm[i] + im[w] * rowRe[i];
        }
        data[2 * (c * plane + centre)] = sumRe;
        data[2 * (c * plane + centre) + 1] = sumIm;
      }
    }
  }
}
