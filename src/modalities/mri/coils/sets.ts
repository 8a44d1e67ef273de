import { SlicewiseError } from '../../../../core/errors.js';
import { softShape } from '../../../../operators/fourier/soft-sense.js';
import type { Measurement } from '../../../../volumes/measurement.js';

type Coils = Pick<Measurement, 'arrays' | 'shape'>;

/** Sets of coil maps that a run works with: those of the scan, or as many as are asked for. */
export const setsOf = ({ arrays, shape }: Coils, { mapSets = 1 }: { readonly mapSets?: number }): number =>
  arrays?.secondMaps ? 2 : arrays?.maps || shape[1] < 2 ? 1 : mapSets;

/** @throws SlicewiseError ARGUMENT where there can be no second set */
export function requireSets(
  { arrays, shape }: Coils,
  { mapSets = 1, coilMaps = 'espirit' }: { mapSets?: number; coilMaps?: string },
): void {
  if (mapSets < 2 || arrays?.secondMaps) return;
  const wrong =
    shape[1] < 2
      ? 'one coil has no maps'
      : arrays?.maps
        ? 'the scan brings one set of coil maps'
        : coilMaps === 'low-resolution'
          ? 'maps of low resolution are one set'
          : undefined;
  if (wrong === undefined) return;
  throw new SlicewiseError('ARGUMENT', {
    message: `two sets of coil maps cannot be had: ${wrong}`,
    expected: 'several coils whose maps ESPIRiT makes of the calibration region',
    got: `--map-sets ${mapSets}`,
    hint: 'leave --map-sets out',
  });
}

/** What solvers see of `sets` images of a grid: one below the other. */
export const imageShape = (shape: readonly [number, number, number], sets: number): readonly [number, number, number] =>
  sets === 1 ? shape : softShape(shape, sets);

/**
 * The image of several components: √Σ|x_k|², the root sum of squares of the coil images, for the maps of a pixel are orthonormal; with the
 * phase of the first component, where it is not 0.
 * @param data complex, interleaved, [slice, set · y, x]
 */
export function combineSets(data: Float32Array, slices: number, sets: number): Float32Array {
  if (sets === 1) return data;
  const plane = data.length / (slices * sets);
  const out = new Float32Array(slices * plane);
  for (let slice = 0; slice < slices; slice++) {
    for (let i = 0; i < plane; i += 2) {
      let [energy, re, im] = [0, 0, 0];
      for (let k = sets - 1; k >= 0; k--) {
        const at = (slice * sets + k) * plane + i;
        const square = data[at] ** 2 + data[at + 1] ** 2;
        energy += square;
        if (square > 0) [re, im] = [data[at], data[at + 1]];
      }
      if (energy === 0) continue;
      const factor = Math.sqrt(energy) / Math.hypot(re, im);
      out[slice * plane + i] = factor * re;
      out[slice * plane + i + 1] = factor * im;
    }
  }
  return out;
}

/** 1 where a set sees something, [slice, y, x] of [slice, set · y, x]. */
export function anySet(support: Float32Array, slices: number, sets: number): Float32Array {
  const plane = support.length / (slices * sets);
  return Float32Array.from({ length: slices * plane }, (_, n) => {
    const [slice, i] = [Math.floor(n / plane), n % plane];
    return Number(Array.from({ length: sets }, (__, k) => support[(slice * sets + k) * plane + i]).some((seen) => seen > 0));
  });
}
