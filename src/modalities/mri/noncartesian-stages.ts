import { SlicewiseError } from '../../../core/errors.js';
import { griddedKspace } from '../../../operators/fourier/noncartesian/gridded.js';
import { densityOf, trajectoryOf } from '../../../operators/fourier/noncartesian/noncartesian-scan.js';
import { trajectoryCoverage } from '../../../operators/fourier/noncartesian/trajectory-coverage.js';
import { CARTESIAN } from '../../../volumes/kinds/kspace/schema.js';
import type { Grid, Measurement } from '../../../volumes/measurement.js';
import { telling, type Stage } from '../modality.js';
import { noiseAlongTrajectory } from './noise/noise-along.js';
import type { MriOptions } from './options.js';
import { estimatedMaps, FEW_COILS, needsMaps, type FoundNoise } from './stages.js';

/** Side of the Cartesian calibration region that is gridded from the samples about the centre. */
export const CALIBRATION = 24;

/** A trajectory that reaches less of the matrix than this is in other units. */
const LEAST_REACH = 0.1;
/** Below this the image would be smooth over two and more pixels. */
const SMALL_REACH = 0.5;
/**
 * Gaps are looked for within so many cycles per field of view of DC: at the rim of the calibration region spokes may lie farther apart
 * without harm (mri.md).
 */
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
  const told = [`the trajectory meets ${met} of ${cells} cells of k-space: undersampled ${(cells / met).toPrecision(3)} times on average`];
  if (reach < SMALL_REACH) {
    told.push(
      `the trajectory reaches ${(100 * reach).toFixed(0)} % of the matrix only: details are no finer than ${(1 / reach).toPrecision(2)} ` +
        `pixels; is it in cycles per field of view (--trajectory-unit)?`,
    );
  }
  if (maps && gap > (onGrid ? WIDE_GAP : BORDER_GAP)) {
    const where = gap > WIDE_GAP ? '' : ' if the object reaches the border of the field of view';
    told.push(
      `the trajectory leaves gaps of ${gap.toPrecision(2)} cells about DC: the coil maps made of it are wrong${where} (--maps takes ` +
        `those of another scan)`,
    );
  }
  return told;
}

/** What the trajectory leaves out, and the area that every sample stands for. */
export const withDensity: Stage<MriOptions> = (scan) => {
  const density = densityOf(scan, scan.grid);
  const areas = { data: density, shape: [density.length], dtype: 'float32' as const };
  const told = tellGaps(trajectoryOf(scan), scan.grid.shape, needsMaps(scan));
  return telling({ ...scan, arrays: { ...scan.arrays, density: areas } }, ...told);
};

/** Samples weighed by area where maps are to be made of them, or the dense centre alone would decide. */
export function weighedByArea(scan: Measurement): Float32Array | undefined {
  if (!needsMaps(scan)) return undefined;
  const { data: density } = scan.arrays!.density;
  return scan.data.map((v, n) => v * Math.sqrt(density[(n >> 1) % density.length]));
}

/** Coil maps: the samples are gridded, and the middle of that Cartesian k-space is a calibration region. */
export const griddedMaps: Stage<MriOptions> = async (scan, work) => {
  if (!needsMaps(scan)) return scan;
  const { data, shape, noise, grid } = scan;
  const [, rows, columns] = grid.shape;
  const sampled = { data, shape, trajectory: trajectoryOf(scan), density: scan.arrays!.density.data };
  const kspace = griddedKspace(sampled, [rows, columns], CALIBRATION);
  const gridded = await estimatedMaps(
    {
      ...scan,
      kind: CARTESIAN,
      data: kspace.data,
      shape: [shape[0], shape[1], rows, columns],
      geometry: { readout: 'kx' },
      noise: noise.type === 'gaussian' ? { type: 'gaussian', std: noise.std * kspace.noise } : { type: 'none' },
      arrays: { mask: kspace.mask },
      meta: { warnings: [] },
    },
    work,
  );
  const { maps, secondMaps } = gridded.arrays!;
  return telling({ ...scan, arrays: { ...scan.arrays, maps, ...(secondMaps && { secondMaps }) } }, ...(gridded.meta.warnings ?? []));
};

/** The noise level along a trajectory. */
export function noiseAlong(scan: Measurement): FoundNoise {
  const [slices, coils, samples] = scan.shape;
  const [, rows, columns] = scan.grid.shape;
  const { std, oversampled } = noiseAlongTrajectory(scan.data, [slices, coils, samples], trajectoryOf(scan), [rows, columns]);
  if (oversampled) return { std, from: 'neighbouring samples of the readouts', doubtful: false };
  return { std, from: 'the outermost samples', doubtful: coils < FEW_COILS };
}
