import type { Measurement } from '../../../../volumes/measurement.js';
import { bandNoise } from '../noise/stage.js';

/** Of every band the mean of its entries, and the unit in which a method of factors has them. */
export interface BandScales {
  readonly centre: Float64Array;
  readonly scale: Float64Array;
  /** `scale` is the noise of the bands, so that σ² = 1. */
  readonly byNoise: boolean;
}

/** Noise below this part of a band's deviation is counted as so much: nothing else is so exact, least of all the model. */
const LEAST_NOISE = 1e-3;

/** By the noise of the bands where it is known, else by their deviation. Bands without entries have centre 0 and scale 1. */
export function bandScales(scan: Measurement): BandScales {
  const { data, arrays, shape } = scan;
  const mask = arrays!.mask.data;
  const [bands, pixels] = [shape[0], shape[1] * shape[2]];
  const noise = bandNoise(scan);
  const centre = new Float64Array(bands);
  const scale = new Float64Array(bands).fill(1);
  const byNoise = noise !== undefined && noise.some((std) => std > 0);
  for (let b = 0; b < bands; b++) {
    let [count, sum, squares] = [0, 0, 0];
    for (let n = b * pixels; n < (b + 1) * pixels; n++) {
      count += mask[n];
      sum += mask[n] * data[n];
    }
    if (count === 0) continue;
    centre[b] = sum / count;
    for (let n = b * pixels; n < (b + 1) * pixels; n++) squares += mask[n] * (data[n] - centre[b]) ** 2;
    const deviation = Math.sqrt(squares / count);
    const unit = byNoise ? Math.max(noise[b], LEAST_NOISE * deviation) : deviation;
    scale[b] = unit > 0 ? unit : 1;
  }
  return { centre, scale, byNoise };
}
