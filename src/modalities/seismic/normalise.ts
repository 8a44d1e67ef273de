import type { Backend } from '../../../compute/backend.js';
import { maskOperator } from '../../../operators/sampling/mask.js';
import type { Grid, Measurement } from '../../../volumes/measurement.js';
import type { NormaliseOptions, NormalisedProblem, Slicing } from '../modality.js';
import { inUnitNorm, writtenData } from '../normalise.js';
import { slicesAlong, type AxisSlicing } from '../slicing.js';
import { liveOnly } from './classical/grid.js';
import { applyGain, estimateGain, undoGain, type Gain } from './gain.js';
import type { SeismicOptions } from './options.js';
import { liveOf, spread, traceGridOf } from './trace-grid.js';

/** Gains are made once for the data and mask of a scan: the solver's image and what is written out must have the same. */
const gains = new WeakMap<Float32Array, { readonly mask: Float32Array | undefined; readonly gain: Gain }>();

/** The gain of a scan [line, trace, sample], of its live traces alone. @throws SlicewiseError as `estimateGain` */
export function gainOf(scan: Measurement): Gain {
  const mask = scan.arrays?.mask?.data;
  const known = gains.get(scan.data);
  if (known && known.mask === mask) return known.gain;
  const gain = estimateGain(traceGridOf(scan));
  gains.set(scan.data, { mask, gain });
  return gain;
}

/** The live traces of a scan over its gain, 0 elsewhere: what a scan that was made by hand has at missing traces is not handed through. */
export const gainedLive = (scan: Measurement): Float32Array => applyGain(liveOnly(traceGridOf(scan)), gainOf(scan));

const sections = ({ shape }: Pick<Measurement, 'shape'>, { sections: across }: SeismicOptions): AxisSlicing =>
  slicesAlong(shape, across === 'trace' ? 1 : 0);

/** The solver's image is gained, x/G, in sections along an axis; what is written out is x. */
export function seismicSlicing(scan: Measurement, _: Grid, options: SeismicOptions): Slicing {
  const { space, unpack, slice } = sections(scan, options);
  return { space, slice, unpack: (image) => undoGain(unpack ? unpack(image) : image, gainOf(scan)) };
}

/** Gained values of the grid as the solver has them. */
export const packed = (gained: Float32Array, scan: Measurement, options: SeismicOptions): Float32Array =>
  sections(scan, options).pack(gained);

/**
 * y/G = m ⊙ (x/G): the gain is a factor of every sample, so that the mask stays a projection. Of noise of one standard deviation σ in the
 * data, that of gained ones is taken as σ √(mean of 1/G² over live samples).
 */
export async function normaliseSeismic(
  scan: Measurement,
  _: Grid,
  backend: Backend,
  { options }: NormaliseOptions<SeismicOptions>,
): Promise<NormalisedProblem> {
  const { space, pack } = sections(scan, options);
  const live = spread(liveOf(scan), scan.shape[scan.shape.length - 1]);
  const operator = await maskOperator(space, pack(live), backend);
  const gain = gainOf(scan);
  const y = await writtenData({ ...scan, shape: space.shape, data: pack(gainedLive(scan)) }, operator);
  const noiseStd = scan.noise.type === 'gaussian' ? scan.noise.std * Math.sqrt(meanInverseSquare(gain, live)) : undefined;
  const source = 'a gain for every sample, by the loudness of the live traces around it';
  return inUnitNorm(operator, y, { norm: 1, scale: 1, noiseStd, source, units: 'arbitrary' });
}

function meanInverseSquare({ values }: Gain, live: Float32Array): number {
  let [sum, count] = [0, 0];
  for (let n = 0; n < values.length; n++) {
    if (live[n] === 0) continue;
    sum += values[n] ** -2;
    count++;
  }
  return count === 0 ? 1 : sum / count;
}
