import { isSlicewiseError, SlicewiseError } from '../../../../core/errors.js';
import { principalCoils } from '../coils/covariance.js';

/** Median of |n| for n ~ N(0, 1): the median absolute deviation over this is a standard deviation. */
const MEDIAN_DEVIATION = 0.6744897501960817;

/** Values below which a median is not worth reporting: its standard error would be 8 %. */
const FEWEST = 200;

/** Values wanted: a standard error of 2 %. */
const ENOUGH = 4000;

/** One virtual coil in so many is listened to. */
const QUIET = 4;

/** Slices looked at, spread over the volume: enough for an error below 1 %. */
const SLICES = 16;

export interface NoiseEstimate {
  /** Standard deviation of the real and of the imaginary part. */
  readonly std: number;
  /** The same from each coil by itself: signal of the periphery included, so larger; equal within some 20 % when the data are white. */
  readonly perCoil: Float64Array;
  /** Real numbers that `std` comes from; its relative standard error is 1.17/√values. */
  readonly values: number;
  /**
   * Noise falls towards the edge of k-space, which was filtered or filled up: `std` comes from further inside, and this is what the
   * outermost
   * samples give.
   */
  readonly outermost?: number;
}

/**
 * Noise level of whitened multi-coil k-space without a noise scan. Before coil compression, which drops the very coils it listens to.
 *
 * The outermost measured samples hold the least signal, but not none. Coils are therefore first turned, by a unitary matrix that leaves
 * white noise as it is, to the principal components of the inner samples, which are not used again; the quarter of the virtual coils with
 * the least energy then sees hardly any signal, and the median forgives some of what is left (of magnitudes, since noise has mean 0).
 *
 * What signal is left makes it too high. At SNR 30, on a head and a limb, fully sampled, 1-D ×4 and Poisson disc ×8, from the outer 10 %: 8
 * coils −1 to +2 %, 6 coils to +6 %, 4 coils +2 to +17 %, 2 coils +9 to +50 %; a single coil has no quiet direction and reads 1.2 to 2
 * times too high. Less SNR, less bias. Where a ring further inside has many times the noise, the edge was filtered or filled up, and the
 * ring's level is given. (Extrapolating the decay of the signal, as r⁻³ or r⁻⁴ or with a free exponent, was tried for single
 * coils: at SNR 30 and above it was often 25 to 100 % too low.) It is too low when the periphery was filtered or interpolated (a readout
 * filter's roll-off, images made from zero-filled data), and stands for the quietest direction alone when the data are not white: then
 * whiten by a noise scan, or give the noise level.
 *
 * @param kspace complex, interleaved, [slice, coil, ky, kx], centred
 * @param mask [1 or slice, ky, kx]; samples that are exactly 0 in all coils count as not measured too
 * @param fraction share of the measured samples taken as periphery; default the outermost that give 4000 numbers, within 2 and 10 %
 * @throws SlicewiseError SHAPE; ARGUMENT; NOT_FINITE; GEOMETRY when too few samples are there, or they hold no noise
 */
export function noiseFromData(
  kspace: Float32Array,
  [slices, coils, ny, nx]: readonly [number, number, number, number],
  mask: Float32Array,
  { fraction }: { readonly fraction?: number } = {},
): NoiseEstimate {
  const plane = ny * nx;
  const masks = mask.length / plane;
  if (kspace.length !== 2 * slices * coils * plane || (masks !== 1 && masks !== slices)) {
    throw new SlicewiseError('SHAPE', {
      message: 'noise estimate',
      expected: `k-space [${slices}, ${coils}, ${ny}, ${nx}] and a mask [1 or ${slices}, ${ny}, ${nx}]`,
      got: `${kspace.length / 2} complex values and a mask of ${mask.length}`,
    });
  }
  if (fraction !== undefined && !(fraction > 0 && fraction <= 0.5)) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'periphery of k-space',
      expected: 'a share above 0, at most 0.5',
      got: `${fraction}`,
    });
  }
  const shape = [slices, coils, ny, nx] as const;
  const found = noiseOfSamples(split(kspace, shape, mask, fraction), coils);
  const inside = fraction === undefined ? noiseFurtherIn(kspace, shape, mask) : undefined;
  return inside && inside.std > FILTERED * found.std ? { ...inside, outermost: found.std } : found;
}

/** The noise of a ring further inside over that of the outermost samples from which on the latter were filtered. */
const FILTERED = 8;
/** The ring, in shares of the measured samples by their distance from the centre. */
const FURTHER_IN = [0.55, 0.65] as const;

/** The same of a ring between the signal and the edge: higher by what signal is left there, so only a large ratio says anything. */
function noiseFurtherIn(
  kspace: Float32Array,
  shape: readonly [number, number, number, number],
  mask: Float32Array,
): NoiseEstimate | undefined {
  try {
    return noiseOfSamples(split(kspace, shape, mask, undefined, FURTHER_IN), shape[1]);
  } catch (error) {
    if (isSlicewiseError(error) && error.code === 'GEOMETRY') return undefined;
    throw error;
  }
}

/** Complex, interleaved, [coil, sample]: where the signal of the coils is told from, and where the noise is. */
export interface InnerAndOuter {
  readonly inner: Float32Array;
  readonly outer: Float32Array;
}

/** The median over the outer samples in the quietest combinations of coils. @throws SlicewiseError NOT_FINITE, GEOMETRY */
export function noiseOfSamples({ inner, outer }: InnerAndOuter, coils: number): NoiseEstimate {
  const samples = outer.length / (2 * coils);
  const basis = principalCoils(inner, 1, coils);
  const perCoil = Float64Array.from({ length: coils }, (_, c) => deviation(outer.slice(2 * c * samples, 2 * (c + 1) * samples)));
  const quiet = Math.ceil(coils / QUIET);
  const values = new Float32Array(2 * quiet * samples);
  for (let q = 0; q < quiet; q++) {
    const row = (coils - 1 - q) * coils;
    for (let c = 0; c < coils; c++) {
      const [ur, ui] = [basis.re[row + c], basis.im[row + c]];
      for (let i = 0; i < 2 * samples; i += 2) {
        const [re, im] = [outer[2 * c * samples + i], outer[2 * c * samples + i + 1]];
        values[2 * q * samples + i] += ur * re + ui * im;
        values[2 * q * samples + i + 1] += ur * im - ui * re;
      }
    }
  }
  const std = deviation(values);
  if (values.length < FEWEST || !(std > 0)) {
    throw new SlicewiseError(Number.isNaN(std) ? 'NOT_FINITE' : 'GEOMETRY', {
      message: 'the noise level cannot be found from the data',
      expected: `at least ${FEWEST} measured values with noise at the edge of k-space`,
      got: std > 0 || values.length < FEWEST ? `${values.length}` : `a median magnitude of ${std}`,
      hint: 'give the noise level, or a scan with a noise measurement',
    });
  }
  return { std, perCoil, values: values.length };
}

/** Slices that are looked at. */
export const lookedAt = (slices: number): number[] => {
  const looks = Math.min(slices, SLICES);
  return Array.from({ length: looks }, (_, i) => Math.floor(((i + 0.5) * slices) / looks));
};

/** Outer samples over all slices that give `ENOUGH` numbers. */
export const samplesWanted = (coils: number): number => ENOUGH / (2 * Math.ceil(coils / QUIET));

/** Share of the samples that is taken as periphery. */
export const outerShare = (coils: number, samples: number): number => Math.min(0.1, Math.max(0.02, samplesWanted(coils) / samples));

/** Measured samples, [coil, sample], the outermost `fraction` of them and the inner half; distance from the centre in shares of k-space. */
function split(
  kspace: Float32Array,
  [slices, coils, ny, nx]: readonly [number, number, number, number],
  mask: Float32Array,
  fraction: number | undefined,
  ring?: readonly [number, number],
): InnerAndOuter {
  const plane = ny * nx;
  const [cy, cx] = [Math.floor(ny / 2), Math.floor(nx / 2)];
  const radius = Float32Array.from({ length: plane }, (_, i) =>
    Math.hypot((2 * (Math.floor(i / nx) - cy)) / ny, (2 * ((i % nx) - cx)) / nx),
  );
  const looked = lookedAt(slices);
  const radii: number[] = [];
  const measured = looked.map((slice) => {
    const from = mask.length === plane ? 0 : slice * plane;
    const found: number[] = [];
    for (let i = 0; i < plane; i++) {
      if (!mask[from + i] || !anyCoil(kspace, slice * coils * plane + i, coils, plane)) continue;
      found.push(i);
      radii.push(radius[i]);
    }
    return { slice, found };
  });
  const sorted = Float32Array.from(radii).sort();
  const gather = (wanted: (r: number) => boolean): Float32Array => {
    const chosen = measured.map(({ slice, found }) => ({ slice, found: found.filter((i) => wanted(radius[i])) }));
    const count = chosen.reduce((sum, { found }) => sum + found.length, 0);
    const out = new Float32Array(2 * coils * count);
    for (let c = 0; c < coils; c++) {
      let to = 2 * c * count;
      for (const { slice, found } of chosen) {
        for (const i of found) {
          const at = 2 * ((slice * coils + c) * plane + i);
          out[to++] = kspace[at];
          out[to++] = kspace[at + 1];
        }
      }
    }
    return out;
  };
  const share = fraction ?? outerShare(coils, sorted.length);
  const at = (quantile: number): number => sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))];
  const middle = at(0.5);
  const [from, to] = ring ? [at(ring[0]), at(ring[1])] : [at(1 - share), Infinity];
  return { inner: gather((r) => r < middle), outer: gather((r) => r >= from && r < to) };
}

/** Is a sample not exactly 0 in all coils? `plane` between coils, in complex values. */
export function anyCoil(kspace: Float32Array, at: number, coils: number, plane: number): boolean {
  for (let c = 0; c < coils; c++, at += plane) if (kspace[2 * at] !== 0 || kspace[2 * at + 1] !== 0) return true;
  return false;
}

/** Standard deviation by the median of magnitudes; NaN if a value is. */
function deviation(values: Float32Array): number {
  if (values.length === 0) return 0;
  const sorted = values.map(Math.abs).sort();
  if (Number.isNaN(sorted[sorted.length - 1])) return NaN;
  return sorted[Math.floor(sorted.length / 2)] / MEDIAN_DEVIATION;
}
