import { SlicewiseError } from '../../../../core/errors.js';
import { hermitianEigen } from '../../../../core/linear-algebra/hermitian.js';
import { anyCoil, lookedAt, noiseOfSamples, outerShare, samplesWanted, type NoiseEstimate } from './noise-level.js';

/** Samples of a window. */
const WINDOW = 12;

/** Combinations that hold less than this share of the signal's power are used. */
const QUIET = 2e-3;

/** Windows are taken from the outer end of k-space inwards, this share of them at most. */
const OUTER = 0.5;

/** Values of a coil over all slices without which windows are not worth it. */
const FEWEST = 200;

/** Samples that the signal of the coils is told from. */
const INNER = 4096;

export interface NoiseAlong extends NoiseEstimate {
  /** Could combinations of neighbouring samples be found that hold hardly any signal, or are these the outermost samples as they are? */
  readonly oversampled: boolean;
}

/** Σ weights[i] · y[first + i] of a coil. */
interface Combination {
  readonly first: number;
  readonly weights: ArrayLike<number>;
}

/**
 * Noise level of whitened multi-coil k-space along a trajectory, before coil compression.
 *
 * An object inside the field of view makes k-space smooth within a cell, noise does not: neighbouring samples of an oversampled readout
 * have combinations that hold noise alone. Of `WINDOW` samples in a row, at k_i, the signal of an object spread evenly over the field of
 * view has the covariance
 *
 *     C_ij = sinc(k_y,i − k_y,j) sinc(k_x,i − k_x,j),    C v = λ v,
 *
 * and Σ v_i y_i with |v| = 1 holds λ of its power and all of the noise's: for equal steps these are Slepian's sequences (Bell Syst. Tech.
 * J. 57 (1978) 1371). Those with λ < 0.002 are taken, in windows from the outer end of k-space inwards, and coils turned to their quietest
 * combinations as for Cartesian data (noise-level.ts). Readouts with two samples a cell have two to three such v in every window. Where
 * there are none, readouts are not oversampled: the outermost samples stand as they are, with the bias that noise-level.ts tells of, and
 * more of it, since the corners of k-space are missing.
 *
 * It is too high where the object is larger than the field of view, and too low where the receiver's filter took away the outer part of an
 * oversampled readout.
 *
 * @param data complex, interleaved, [slice, coil, sample], the samples of a readout in a row; windows with samples that are 0 in all coils
 *   are left out
 * @param trajectory (ky, kx) of every sample, cycles per field of view
 * @param matrix [rows, columns] of the image
 * @throws SlicewiseError SHAPE; NOT_FINITE; GEOMETRY when too few samples are there, or they hold no noise
 */
export function noiseAlongTrajectory(
  data: Float32Array,
  [slices, coils, samples]: readonly [number, number, number],
  trajectory: ArrayLike<number>,
  [rows, columns]: readonly [number, number],
): NoiseAlong {
  if (data.length !== 2 * slices * coils * samples || trajectory.length !== 2 * samples) {
    throw new SlicewiseError('SHAPE', {
      message: 'noise estimate',
      expected: `data [${slices}, ${coils}, ${samples}] and (ky, kx) of every sample`,
      got: `${data.length / 2} complex values and ${trajectory.length / 2} positions`,
    });
  }
  const radius = Float32Array.from({ length: samples }, (_, s) =>
    Math.hypot((2 * trajectory[2 * s]) / rows, (2 * trajectory[2 * s + 1]) / columns),
  );
  const looked = lookedAt(slices);
  const measured = Uint8Array.from({ length: samples }, (_, s) => (anyCoil(data, looked[0] * coils * samples + s, coils, samples) ? 1 : 0));
  const byRadius = Array.from(radius.keys())
    .filter((s) => measured[s])
    .sort((a, b) => radius[a] - radius[b]);
  const quiet = quietCombinations(trajectory, radius, measured, samplesWanted(coils) / looked.length);
  const oversampled = quiet.length * looked.length >= FEWEST;
  const outermost = Math.ceil(outerShare(coils, byRadius.length * looked.length) * byRadius.length);
  const outer = oversampled ? quiet : single(byRadius.slice(-outermost));
  const half = byRadius.slice(0, Math.ceil(byRadius.length / 2));
  const stride = Math.ceil((half.length * looked.length) / INNER);
  const inner = single(half.filter((_, n) => n % stride === 0));

  const gather = (wanted: readonly Combination[]): Float32Array => {
    const out = new Float32Array(2 * coils * looked.length * wanted.length);
    let to = 0;
    for (let coil = 0; coil < coils; coil++) {
      for (const slice of looked) {
        for (const { first, weights } of wanted) {
          const from = 2 * ((slice * coils + coil) * samples + first);
          for (let i = 0; i < weights.length; i++) {
            out[to] += weights[i] * data[from + 2 * i];
            out[to + 1] += weights[i] * data[from + 2 * i + 1];
          }
          to += 2;
        }
      }
    }
    return out;
  };
  return { ...noiseOfSamples({ inner: gather(inner), outer: gather(outer) }, coils), oversampled };
}

const single = (samples: readonly number[]): Combination[] => samples.map((first) => ({ first, weights: [1] }));

/** From the outer end inwards, about `wanted` of them, or as many as there are. */
function quietCombinations(trajectory: ArrayLike<number>, radius: Float32Array, measured: Uint8Array, wanted: number): Combination[] {
  const starts = Array.from({ length: Math.floor(radius.length / WINDOW) }, (_, n) => n * WINDOW)
    .filter((first) => measured.subarray(first, first + WINDOW).every((m) => m))
    .sort((a, b) => radius[b + WINDOW / 2] - radius[a + WINDOW / 2]);
  const found: Combination[] = [];
  for (const first of starts.slice(0, Math.ceil(OUTER * starts.length))) {
    if (found.length >= wanted) break;
    const covariance = new Float64Array(WINDOW * WINDOW);
    for (let i = 0; i < WINDOW; i++) {
      for (let j = 0; j <= i; j++) {
        const [a, b] = [2 * (first + i), 2 * (first + j)];
        covariance[i * WINDOW + j] = sinc(trajectory[a] - trajectory[b]) * sinc(trajectory[a + 1] - trajectory[b + 1]);
      }
    }
    const { values, re } = hermitianEigen(WINDOW, covariance, new Float64Array(WINDOW * WINDOW));
    values.forEach((lambda, n) => {
      if (lambda < QUIET) found.push({ first, weights: re.subarray(n * WINDOW, (n + 1) * WINDOW) });
    });
  }
  return found;
}

const sinc = (t: number): number => (Math.abs(t) < 1e-9 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t));
