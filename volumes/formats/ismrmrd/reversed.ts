import { centredLine } from '../../../core/fft.js';
import type { Hdf5File } from '../hdf5/hdf5.js';
import { eachAcquisition, hasFlag, type Acquisition } from './records.js';

/**
 * What readouts in the other direction need (EPI): where their k-space origin lies, and the phase by which they differ from the others.
 */
export interface Reversed {
  /** Index of the k-space origin in a turned readout of N samples: N − `center_sample` + this. */
  readonly shift: 0 | -1;
  /** By slice counter: phase of turned lines against forward ones, constant + slope · (x − ⌊N/2⌋), radians, in image space. */
  readonly phases: ReadonlyMap<number, { readonly constant: number; readonly slope: number }>;
  readonly navigators: number;
}

/** What is left to full agreement of the profiles must shrink to this share the other way. */
const CLEARLY = 0.6;

/**
 * Looks at the lines themselves, because files differ. By the standard `center_sample` is the index of the sample at the origin as it was
 * acquired, which turning takes to N − 1 − `center_sample`; conversions of Siemens data keep N/2 of the forward lines, and the origin of a
 * turned readout of even N then lies at N − `center_sample`. The second is taken unless the profile of energy along the readout says
 * otherwise.
 *
 * Phase-correction lines (flag 24), measured without phase encoding in both directions, tell constant and linear phase between them:
 * D(x) = Σ_c conj(p_f) p_r, slope = arg Σ D(x + 1) conj(D(x)), constant = arg Σ D(x) e^{−i slope x}. Source: J. D. Bruder et al., "Image
 * reconstruction for echo planar imaging with nonequidistant k-space sampling", Magn. Reson. Med. 23 (1992) 311, and the linear model of
 * C. B. Ahn, Z. H. Cho, "A new phase correction method in NMR imaging based on autocorrelation and histogram analysis", IEEE Trans. Med.
 * Imaging 6 (1987) 32.
 */
export function lookAtReversed(
  h5: Hdf5File,
  group: string,
  all: readonly Acquisition[],
  imaging: readonly Acquisition[],
): Reversed | undefined {
  const reversed = imaging.filter((a) => hasFlag(a, 'reverse'));
  if (reversed.length === 0) return undefined;
  const { samples, coils, centerSample } = reversed[0];
  const alike = (a: Acquisition): boolean => a.samples === samples && a.coils === coils;
  const wanted = new Set(imaging.filter(alike).map((a) => a.index));
  const [forward, turned] = [new Float64Array(samples), new Float64Array(samples)];
  let forwardCentre: number | undefined;
  const navigators = all.filter((a) => hasFlag(a, 'phaseCorrection') && !hasFlag(a, 'noise') && alike(a) && a.encoding === 0);
  const lines = new Map<number, { forward?: Float64Array; turned?: Float64Array }>();
  const isNavigator = new Set(navigators.map((a) => a.index));
  eachAcquisition(h5, group, (a, values) => {
    const reverse = hasFlag(a, 'reverse');
    const at = (n: number): number => (reverse ? samples - 1 - n : n);
    if (isNavigator.has(a.index)) {
      const key = reverse ? 'turned' : 'forward';
      const slice = lines.get(a.counters.slice) ?? {};
      const sum = (slice[key] ??= new Float64Array(2 * coils * samples));
      for (let c = 0; c < coils; c++) {
        for (let n = 0; n < samples; n++) {
          sum[2 * (c * samples + n)] += values[2 * (c * samples + at(n))];
          sum[2 * (c * samples + n) + 1] += values[2 * (c * samples + at(n)) + 1];
        }
      }
      lines.set(a.counters.slice, slice);
    }
    if (!wanted.has(a.index)) return;
    if (!reverse) forwardCentre ??= a.centerSample;
    const profile = reverse ? turned : forward;
    for (let c = 0; c < coils; c++) {
      for (let n = 0; n < samples; n++) {
        const p = 2 * (c * samples + at(n));
        profile[n] += values[p] ** 2 + values[p + 1] ** 2;
      }
    }
  });
  const shift =
    forwardCentre === undefined ? 0 : shiftOf(forward.map(Math.sqrt), turned.map(Math.sqrt), forwardCentre, samples - centerSample);
  return {
    shift,
    phases: phasesOf(lines, samples, coils, forwardCentre ?? Math.floor(samples / 2), samples - centerSample + shift),
    navigators: navigators.length,
  };
}

/** −1 where the turned profile fits the forward one clearly better with its origin a sample earlier. */
function shiftOf(forward: Float64Array, turned: Float64Array, centre: number, turnedCentre: number): 0 | -1 {
  const agreement = (origin: number): number => {
    let [product, a, b] = [0, 0, 0];
    for (let n = 0; n < forward.length; n++) {
      const m = n - centre + origin;
      if (m < 0 || m >= turned.length) continue;
      product += forward[n] * turned[m];
      a += forward[n] ** 2;
      b += turned[m] ** 2;
    }
    return a > 0 && b > 0 ? product / Math.sqrt(a * b) : 0;
  };
  return 1 - agreement(turnedCentre - 1) < CLEARLY * (1 - agreement(turnedCentre)) ? -1 : 0;
}

function phasesOf(
  lines: ReadonlyMap<number, { forward?: Float64Array; turned?: Float64Array }>,
  samples: number,
  coils: number,
  centre: number,
  turnedCentre: number,
): Reversed['phases'] {
  const phases = new Map<number, { constant: number; slope: number }>();
  for (const [slice, { forward, turned }] of lines) {
    if (!forward || !turned) continue;
    const difference = new Float64Array(2 * samples);
    for (let c = 0; c < coils; c++) {
      const [p, q] = [imageOf(forward, c, samples, centre), imageOf(turned, c, samples, turnedCentre)];
      for (let x = 0; x < 2 * samples; x += 2) {
        difference[x] += p[x] * q[x] + p[x + 1] * q[x + 1];
        difference[x + 1] += p[x] * q[x + 1] - p[x + 1] * q[x];
      }
    }
    let [re, im] = [0, 0];
    for (let x = 0; x + 2 < difference.length; x += 2) {
      re += difference[x + 2] * difference[x] + difference[x + 3] * difference[x + 1];
      im += difference[x + 3] * difference[x] - difference[x + 2] * difference[x + 1];
    }
    const slope = Math.atan2(im, re);
    let [sumRe, sumIm] = [0, 0];
    for (let n = 0; n < samples; n++) {
      const angle = -slope * (n - Math.floor(samples / 2));
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      sumRe += difference[2 * n] * cos - difference[2 * n + 1] * sin;
      sumIm += difference[2 * n] * sin + difference[2 * n + 1] * cos;
    }
    phases.set(slice, { constant: Math.atan2(sumIm, sumRe), slope });
  }
  return phases;
}

/** One coil's line along the readout in image space, its origin moved to the middle. */
function imageOf(lines: Float64Array, coil: number, samples: number, centre: number): Float64Array {
  const line = new Float64Array(2 * samples);
  const shift = Math.floor(samples / 2) - centre;
  for (let n = 0; n < samples; n++) {
    const m = n + shift;
    if (m < 0 || m >= samples) continue;
    line[2 * m] = lines[2 * (coil * samples + n)];
    line[2 * m + 1] = lines[2 * (coil * samples + n) + 1];
  }
  centredLine(line, 'inverse');
  return line;
}

/**
 * A turned line with the phase of the forward ones, in place.
 * @param line a whole readout of `length` samples of the encoded matrix, k-space
 * @param samples of the lines that the phase was found from
 */
export function takePhaseOff(line: Float64Array, { constant, slope }: { constant: number; slope: number }, samples: number): void {
  const length = line.length / 2;
  centredLine(line, 'inverse');
  for (let n = 0; n < length; n++) {
    // neighbours of a longer matrix lie closer together
    const angle = -(constant + (slope * samples * (n - Math.floor(length / 2))) / length);
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const [re, im] = [line[2 * n], line[2 * n + 1]];
    line[2 * n] = re * cos - im * sin;
    line[2 * n + 1] = re * sin + im * cos;
  }
  centredLine(line, 'forward');
}
