import { coilCompression, compressCoils } from './coils/compression.js';
import { noiseAlongTrajectory } from './noise/noise-along.js';
import { SlicewiseError } from '../../../core/errors.js';
import { griddedKspace } from '../../../operators/fourier/noncartesian/gridded.js';
import { densityOf, trajectoryOf } from '../../../operators/fourier/noncartesian/noncartesian-scan.js';
import { trajectoryCoverage } from '../../../operators/fourier/noncartesian/trajectory-coverage.js';
import type { Grid, Measurement } from '../../../volumes/measurement.js';
import {
  completeScan,
  estimatedNoise,
  FEW_COILS,
  needsMaps,
  VIRTUAL_COILS,
  whitened,
  type FoundNoise,
} from './complete.js';
import type { CompleteOptions } from '../modality.js';

/** Side of the Cartesian calibration region that is gridded from the samples about the centre. */
export const CALIBRATION = 24;

/** A trajectory that reaches less of the matrix than this is in other units. */
const LEAST_REACH = 0.1;
/** Below this the image would be smooth over two and more pixels. */
const SMALL_REACH = 0.5;
/** Gaps are looked for within so many cycles per field of view of DC: at the rim of the calibration region spokes may lie farther apart without harm (mri.md). */
const ABOUT_DC = 6;
/** Wider ones make wrong maps, cells. A Cartesian grid has 1.41. */
const WIDE_GAP = 1.5;
/** From this on, off the grid, opposite borders of the field of view mix in what is gridded. */
const BORDER_GAP = 0.95;

/** @throws SlicewiseError GEOMETRY for a trajectory that covers a small part of k-space only */
export function checkReach(trajectory: Float32Array, [rows, columns]: readonly [number, number]): void {
  const { reach } = trajectoryCoverage(trajectory, [rows, columns], 0);
  if (reach >= LEAST_REACH) return;
  throw new SlicewiseError('GEOMETRY', {
    message: 'the trajectory covers the very middle of k-space only',
    expected: `|k| up to half the matrix, ${rows / 2} along ky or ${columns / 2} along kx`,
    got: `at most ${(100 * reach).toPrecision(2)} % of it`,
    hint: 'a trajectory is given in cycles per field of view: multiply one in ±0.5 by the matrix, one in ±π by the matrix and divide by 2π',
  });
}

/** What the trajectory leaves out, said to the user. @param maps will be made of the scan */
function tellGaps(trajectory: Float32Array, [, rows, columns]: Grid['shape'], maps: boolean): string[] {
  const { reach, cells, met, gap, onGrid } = trajectoryCoverage(trajectory, [rows, columns], ABOUT_DC);
  const told = [`the trajectory meets ${met} of ${cells} cells of k-space: undersampled ${(cells / met).toPrecision(3)} times on average`]; // prettier-ignore
  if (reach < SMALL_REACH) {
    told.push(`the trajectory reaches ${(100 * reach).toFixed(0)} % of the matrix only: details are no finer than ${(1 / reach).toPrecision(2)} pixels; is it in cycles per field of view (--trajectory-unit)?`); // prettier-ignore
  }
  if (maps && gap > (onGrid ? WIDE_GAP : BORDER_GAP)) {
    const where = gap > WIDE_GAP ? '' : ' if the object reaches the border of the field of view';
    told.push(`the trajectory leaves gaps of ${gap.toPrecision(2)} cells about DC: the coil maps made of it are wrong${where} (--maps takes those of another scan)`); // prettier-ignore
  }
  return told;
}

/**
 * White noise of known level, density compensation, virtual coils in place of many, and coil maps: the samples are gridded, and the middle of that Cartesian k-space
 * is the calibration region of `completeScan`. Told in `meta.warnings`, with what the trajectory leaves out.
 */
export async function completeTrajectory(scan: Measurement, options: CompleteOptions): Promise<Measurement> {
  const { grid } = scan;
  const [, rows, columns] = grid.shape;
  const trajectory = trajectoryOf(scan);
  const needed = needsMaps(scan, scan.shape);
  const told = tellGaps(trajectory, grid.shape, needed);
  const density = densityOf(scan, grid);
  let { data, noise, maps } = whitened(scan, scan.shape, told);
  const [slices, coils, samples] = scan.shape;
  let shape = [slices, coils, samples] as const;
  if (noise.type === 'unknown') noise = estimatedNoise(() => noiseOf(data, shape, trajectory, [rows, columns]), told);
  const { coils: wanted = VIRTUAL_COILS } = options;
  if (needed && wanted > 0 && coils > wanted) {
    // weighed by area, or the dense centre alone would decide
    const weighed = data.map((v, n) => v * Math.sqrt(density[(n >> 1) % samples]));
    const compression = coilCompression(weighed, [slices, coils], { atMost: wanted });
    data = compressCoils(data, [slices, coils, 1, samples], compression);
    shape = [slices, compression.virtual, samples];
    told.push(`${coils} coils compressed to ${compression.virtual} virtual ones, which hold ${(100 * compression.energy).toFixed(2)} % of the energy`);
  } // prettier-ignore
  if (needed) {
    const kspace = griddedKspace({ data, shape, trajectory, density }, [rows, columns], CALIBRATION);
    const cartesian = await completeScan(
      {
        ...scan,
        kind: 'fourier.cartesian',
        data: kspace.data,
        shape: [slices, shape[1], rows, columns],
        geometry: { readout: 'kx' },
        noise: noise.type === 'gaussian' ? { type: 'gaussian', std: noise.std * kspace.noise } : { type: 'none' },
        arrays: { mask: kspace.mask },
        meta: { warnings: [] },
      },
      { ...options, coils: 0 },
    );
    maps = cartesian.arrays!.maps;
    told.push(...(cartesian.meta.warnings ?? []));
  }
  const areas = { data: density, shape: [density.length], dtype: 'float32' as const };
  const warnings = [...(scan.meta.warnings ?? []), ...told];
  const arrays = { ...scan.arrays, density: areas, ...(maps ? { maps } : {}) };
  return { ...scan, data, shape, noise, arrays, meta: { ...scan.meta, warnings } };
}

function noiseOf(
  data: Float32Array,
  shape: readonly [number, number, number],
  trajectory: Float32Array,
  matrix: readonly [number, number],
): FoundNoise {
  const { std, oversampled } = noiseAlongTrajectory(data, shape, trajectory, matrix);
  if (oversampled) return { std, from: 'neighbouring samples of the readouts', doubtful: false };
  return { std, from: 'the outermost samples', doubtful: shape[1] < FEW_COILS };
}
