import { SlicewiseError } from '../../../core/errors.js';
import { angularSpan } from './angles.js';
import type { Measurement } from '../../measurement.js';
import { centerToOffset } from './geometry.js';
import { PARALLEL, type ParallelGeometry } from './schema.js';

/** Where the axis of rotation is seen on the detector. */
export interface CenterEstimate {
  /** Detector column of the rotation axis, from 0, with a fraction. */
  readonly center: number;
  /** The same as `detectorOffset`, mm. */
  readonly offset: number;
  /** (mean − min) / (max − min) of the criterion over the range: about 0.67 for a clear minimum, 0.5 for noise. */
  readonly confidence: number;
}

/** Slices taken into account, spread over the volume. */
const SLICES = 4;
/** Columns between trial axes before the minimum is refined by a parabola. */
const STEP = 0.1;

/**
 * Finds the rotation axis of a parallel scan over 180°, from all its views.
 *
 * A scan and its mirror image about the true axis make one full turn; its 2-D spectrum is empty outside a double wedge
 * |n| ≤ ω r (n the angular harmonic, r the object's radius). Any other axis puts energy there: that energy is minimised (after Vo
 * et al., "Reliable method for calculating the center of rotation in parallel-beam tomography", Opt. Express 22 (2014) 19078).
 *
 * With A(n, ω) the spectrum of the half turn padded to a full one, mirroring about c turns it into (−1)ⁿ e^{−2iωc} A*(−n, ω), so the
 * energy is a constant plus 2 Re Σ_ω e^{2iωc} Σ_n (−1)ⁿ A(n, ω) A(−n, ω): one sum over n, then every c costs next to nothing.
 * It is taken of p'(s), which is zero beyond the detector when a wider object is thought to go on unchanged there, and weighted 1/ω
 * (p' alone follows the noise, p alone the cut edges). The derivative changes sign in the mirror.
 *
 * Accuracy: 0.1 columns where the object fits the detector, some 2 for a noisy scan of an object wider than the detector.
 *
 * @param measurement `radon.parallel`, data [slice, view, detector]
 * @param range columns to search, from and to; default the middle half of the detector
 * @throws SlicewiseError ARGUMENT for another kind or an impossible range; GEOMETRY when the views do not span 180°
 */
export function estimateCenter(measurement: Measurement, range?: readonly [number, number]): CenterEstimate {
  const { kind, data, shape } = measurement;
  if (kind !== PARALLEL) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'the rotation axis can be estimated from parallel scans only',
      expected: PARALLEL,
      got: kind,
      hint: 'give --center COLUMN',
    });
  }
  const [slices, views, columns] = shape;
  const geometry = measurement.geometry as ParallelGeometry;
  const half = halfTurn(geometry.angles);
  const [from, to] = range ?? [columns / 4, (3 * columns) / 4 - 1];
  if (!(from >= 0 && to <= columns - 1 && to - from >= 1)) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'range of the axis',
      expected: `0 … ${columns - 1}`,
      got: `${from} … ${to}`,
    });
  }
  const count = Math.min(slices, SLICES);
  const cross: Cross = { re: new Float64Array(0), im: new Float64Array(0), unit: Math.PI / columns };
  for (let i = 0; i < count; i++) {
    const slice = Math.floor(((i + 0.5) * slices) / count);
    const sinogram = data.subarray(slice * views * columns, (slice + 1) * views * columns);
    accumulate(cross, slopes(sinogram, columns, half), columns);
  }
  const trials = Math.floor((to - from) / STEP) + 1;
  const energy = Float64Array.from({ length: trials }, (_, i) => energyAt(cross, from + i * STEP - 0.5));
  let best = 0;
  let mean = 0;
  for (let i = 0; i < trials; i++) {
    if (energy[i] < energy[best]) best = i;
    mean += energy[i] / trials;
  }
  const worst = energy.reduce((a, e) => Math.max(a, e), -Infinity);
  const [left, middle, right] = [energy[best - 1], energy[best], energy[best + 1]];
  const inner = best > 0 && best < trials - 1;
  const shift = inner ? (left - right) / (2 * (left - 2 * middle + right)) : 0;
  const center = from + (best + (Number.isFinite(shift) ? shift : 0)) * STEP;
  const confidence = inner && worst > middle ? (mean - middle) / (worst - middle) : 0;
  return { center, offset: centerToOffset(center, columns, geometry.detectorPitch), confidence };
}

/** −Σ_n (−1)ⁿ A(n, ω) A(−n, ω) over the forbidden n, at ω = unit · index. */
interface Cross {
  re: Float64Array;
  im: Float64Array;
  readonly unit: number;
}

function energyAt(cross: Cross, center: number): number {
  let sum = 0;
  for (let k = 1; k < cross.re.length; k++) {
    const phase = 2 * cross.unit * k * center;
    sum += Math.cos(phase) * cross.re[k] - Math.sin(phase) * cross.im[k];
  }
  return 2 * sum;
}

/** Adds one sinogram [V, columns] over exactly half a turn, views equally spaced. */
function accumulate(cross: Cross, sinogram: Float64Array, columns: number): void {
  const views = sinogram.length / columns;
  // Harmonics up to V − 1 exist; beyond ω = (V − 1) / r nothing is forbidden any more.
  const radius = columns / 2;
  const frequencies = Math.min(columns, Math.floor((views - 1) / (radius * cross.unit)) + 1);
  if (cross.re.length === 0) {
    cross.re = new Float64Array(frequencies);
    cross.im = new Float64Array(frequencies);
  }
  const cos = Float64Array.from({ length: 2 * views }, (_, i) => Math.cos((Math.PI * i) / views));
  const sin = Float64Array.from({ length: 2 * views }, (_, i) => Math.sin((Math.PI * i) / views));
  const re = new Float64Array(views);
  const im = new Float64Array(views);
  for (let k = 1; k < frequencies; k++) {
    const omega = cross.unit * k;
    spectrumLine(sinogram, columns, omega, re, im);
    for (let n = Math.floor(omega * radius) + 2; n < views; n++) {
      // A(±n): Σ_v P_v e^{∓iπvn/V}
      let plusRe = 0;
      let plusIm = 0;
      let minusRe = 0;
      let minusIm = 0;
      for (let v = 0, at = 0; v < views; v++, at = (at + n) % (2 * views)) {
        const rc = re[v] * cos[at];
        const rs = re[v] * sin[at];
        const ic = im[v] * cos[at];
        const is = im[v] * sin[at];
        plusRe += rc + is;
        plusIm += ic - rs;
        minusRe += rc - is;
        minusIm += ic + rs;
      }
      // n and −n give the same term
      const sign = (n % 2 === 0 ? -2 : 2) / omega;
      cross.re[k] += sign * (plusRe * minusRe - plusIm * minusIm);
      cross.im[k] += sign * (plusRe * minusIm + plusIm * minusRe);
    }
  }
}

/** P_v(ω) = Σ_s p_v(s) e^{−iωs} of every view. */
function spectrumLine(sinogram: Float64Array, columns: number, omega: number, re: Float64Array, im: Float64Array): void {
  const cos = Float64Array.from({ length: columns }, (_, s) => Math.cos(omega * s));
  const sin = Float64Array.from({ length: columns }, (_, s) => Math.sin(omega * s));
  for (let v = 0; v < re.length; v++) {
    let a = 0;
    let b = 0;
    for (let s = 0, at = v * columns; s < columns; s++, at++) {
      a += sinogram[at] * cos[s];
      b -= sinogram[at] * sin[s];
    }
    re[v] = a;
    im[v] = b;
  }
}

/** For each of the equally spaced views of a half turn, the two measured views around it and the weight of the second. */
type HalfTurn = readonly { readonly a: number; readonly b: number; readonly weight: number }[];

function halfTurn(angles: readonly number[]): HalfTurn {
  const order = angles.map((_, i) => i).sort((a, b) => angles[a] - angles[b]);
  const sorted = order.map((i) => angles[i]);
  const span = angularSpan(angles);
  const step = span / Math.max(1, angles.length - 1);
  if (angles.length < 8 || span + step < 179.5) {
    throw new SlicewiseError('GEOMETRY', {
      message: 'the rotation axis cannot be estimated from these views',
      expected: 'at least 8 views over 180°',
      got: `${angles.length} views over ${span.toFixed(1)}°`,
      hint: 'give --center COLUMN',
    });
  }
  const count = Math.max(8, Math.round(180 / step));
  let at = 0;
  return Array.from({ length: count }, (_, v) => {
    const wanted = sorted[0] + (v * 180) / count;
    while (at < sorted.length - 2 && sorted[at + 1] <= wanted) at++;
    const gap = sorted[at + 1] - sorted[at];
    const weight = gap > 0 ? Math.min(1, Math.max(0, (wanted - sorted[at]) / gap)) : 0;
    return { a: order[at], b: order[at + 1], weight };
  });
}

/** p' at s + ½ of the views of a half turn, [view, column]; the last column is zero. */
function slopes(sinogram: Float32Array, columns: number, half: HalfTurn): Float64Array {
  const out = new Float64Array(half.length * columns);
  half.forEach(({ a, b, weight }, v) => {
    const at = (s: number): number => (1 - weight) * sinogram[a * columns + s] + weight * sinogram[b * columns + s];
    for (let s = 0; s + 1 < columns; s++) out[v * columns + s] = at(s + 1) - at(s);
  });
  return out;
}
