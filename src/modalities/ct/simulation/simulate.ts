import { placementOf, spacingOf, shapeOf } from '../../../../core/placement.js';
import { seriesRecord } from '../../series.js';
import * as z from 'zod';
import type { Backend } from '../../../../compute/backend.js';
import { SlicewiseError } from '../../../../core/errors.js';
import { MU_WATER } from '../../../../core/units.js';
import { addGaussianNoise, addPhotonNoise } from '../../../../operators/noise/transmission.js';
import { fieldOfViewWarning } from '../../../../operators/radon/fov.js';
import { checkDistances } from '../../../../operators/radon/distances.js';
import { CONE, FAN, type ConeGeometry, type FanGeometry } from '../../../../volumes/kinds/radon/schema.js';
import { checkFinite } from '../../../../volumes/finite.js';
import { huToAttenuation } from '../../../../volumes/hu.js';
import type { Grid, Measurement, NoiseModel } from '../../../../volumes/measurement.js';
import { cropSlices, toCanonical } from '../../../../volumes/orientation.js';
import { type Volume } from '../../../../volumes/volume.js';
import { phantomGrid, rasterise, type Phantom } from '../phantoms/index.js';
import { projectPhantom, projectVolume } from './project.js';
import { scannerFor } from './scanner.js';
import { parseOptions } from '../../../../core/options.js';

const positive = z.number().positive();
const count = z.int().positive();

/** Options of `simulateCt`; also the command line's. */
export const simulateCtSchema = z.strictObject({
  geometry: z.enum(['parallel', 'fan', 'cone']).default('parallel').describe('beam'),
  views: count.default(180).describe('number of views'),
  arc: positive.optional().describe('degrees that the views cover; default 180 for parallel, 360 for fan and cone; more for a helix'),
  startAngle: z.number().default(0).describe('angle of the first view, degrees counter-clockwise seen from the head'),
  angles: z.array(z.number()).min(1).optional().describe('all angles in degrees, instead of views, arc and start angle'),
  detectorCount: count.optional().describe('detector bins (columns); default: as many as the diagonal of the slice needs'),
  detectorPitch: positive.optional().describe('mm between detector bins; default: one pixel, seen at the rotation axis'),
  detectorOffset: z.number().default(0).describe('mm from the projected rotation axis to the detector centre'),
  detectorRows: count.optional().describe('detector rows (cone)'),
  rowPitch: positive.optional().describe('mm between detector rows (cone); default: one slice, seen at the rotation axis'),
  sourceToAxis: positive.optional().describe('mm from source to rotation axis (fan, cone); default 600'),
  sourceToDetector: positive.optional().describe('mm from source to detector (fan, cone); default 1100'),
  detectorShape: z.enum(['flat', 'curved']).optional().describe('fan, cone: curved is an arc about the source (equiangular)'),
  tableFeed: z.number().optional().describe('cone, a helix: mm that the source climbs in a full turn'),
  vectors: z
    .array(z.array(z.number()))
    .min(1)
    .optional()
    .describe('vectors of every view in mm, as ASTRA has them, instead of angles, distances, pitch and offset'),
  slices: z
    .tuple([z.int().nonnegative(), z.int().nonnegative()])
    .optional()
    .describe('first and last axial slice, both included, counted from the feet'),
  photons: positive.optional().describe('photons per bin without the object (Poisson noise)'),
  noiseStd: z.number().nonnegative().optional().describe('standard deviation of Gaussian noise on the line integrals'),
  seed: z.int().default(0).describe('of the noise'),
  oversample: z
    .int()
    .min(1)
    .max(8)
    .default(2)
    .describe('finer image grid and detector by this factor, bins integrated; 1 is an inverse crime'),
  muWater: positive.default(MU_WATER).describe('attenuation of water in 1/mm'),
  size: count.optional().describe('pixels along a side of a phantom; default 256'),
  depth: count.optional().describe('slices of a phantom; default 16'),
});

/** Options of a simulated CT scan; lengths in mm, angles in degrees. */
export type SimulateCtOptions = z.input<typeof simulateCtSchema>;

/**
 * Simulates a CT scan of a volume, or of a phantom by its exact line integrals.
 *
 * A volume is turned to axial slices (right, anterior, head), cropped, and converted to attenuation in mm⁻¹ (μ ≥ 0). The rotation axis
 * goes through the middle of the grid. `measurement.grid` is the grid of the source, so a reconstruction lies on it in the world.
 * Noise: n ~ Poisson(photons · e^{−p}), y = −ln(max(n, ½)/photons); or Gaussian; or none. Same seed, same bits.
 *
 * @param source in HU or 1/mm
 * @returns kind radon.parallel, radon.fan or radon.cone, or that of the vectors; `meta.simulation` records everything, `meta.warnings` an
 * object that is cut off
 * @throws SlicewiseError ARGUMENT (options), UNITS (a volume without a physical unit), GEOMETRY (source inside the object, sheared volume),
 *   NOT_FINITE
 *
 * @example
 * const scan = await simulateCt(volume, { views: 20, photons: 1e5, seed: 1, slices: [30, 45] }, backend);
 */
export async function simulateCt(
  source: Volume | Phantom,
  options: SimulateCtOptions,
  backend: Backend,
  signal?: AbortSignal,
): Promise<Measurement> {
  const o = parseOptions('simulate ct', simulateCtSchema, options);
  if (o.photons !== undefined && o.noiseStd !== undefined) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'two kinds of noise',
      expected: 'photons or noiseStd',
      got: 'both',
    });
  }
  requireAgreement(o);
  const phantom = isPhantom(source) ? placed(source, o) : undefined;
  const volume = isPhantom(source) ? undefined : scannedRegion(source, o.slices);
  if (volume) requireFinite(volume);
  const grid = phantom?.grid ?? gridOf(volume!);
  const { kind, geometry } = scannerFor(grid, o);
  if (kind === FAN || kind === CONE) checkDistances(geometry as FanGeometry | ConeGeometry, grid, kind);
  const clean = phantom
    ? projectPhantom(phantom.object, kind, geometry, grid, o.oversample)
    : await projectVolume(attenuation(volume!, o.muWater), kind, geometry, o.oversample, backend, signal);

  const perSlice = clean.data.length / clean.shape[0];
  let noise: NoiseModel = { type: 'none' };
  let { data } = clean;
  if (o.photons !== undefined) {
    noise = { type: 'poisson', photons: o.photons };
    data = addPhotonNoise(data, perSlice, o.photons, o.seed);
  } else if (o.noiseStd) {
    noise = { type: 'gaussian', std: o.noiseStd };
    data = addGaussianNoise(data, perSlice, o.noiseStd, o.seed);
  }
  const scan = { kind, data, shape: clean.shape, dtype: 'float32' as const, geometry, noise, grid };
  const name = phantom ? `phantom:${(source as Phantom).name}` : (volume!.meta.source ?? 'volume');
  const warnings = [fieldOfViewWarning({ ...scan, data: clean.data }), obliqueWarning(grid)].filter((text) => text !== undefined);
  return {
    ...scan,
    meta: {
      source: name,
      muWater: o.muWater,
      simulation: {
        method: phantom ? 'analytic' : 'voxels',
        source: name,
        ...seriesRecord(volume?.meta),
        ...(o.slices ? { slices: o.slices } : {}),
        oversample: o.oversample,
        grid: { shape: grid.shape, spacing: spacingOf(grid, 'mm') },
        noise,
        ...(noise.type === 'none' ? {} : { seed: o.seed }),
        muWater: o.muWater,
      },
      ...(warnings.length > 0 ? { warnings } : {}),
    },
  };
}

/** @throws SlicewiseError NOT_FINITE that says what NaN outside of a scan can be made */
function requireFinite({ data, shape, units, meta }: Volume): void {
  const air = units === 'HU' ? -1000 : 0;
  const hint = `where they lie outside the field of view, read them as air: --fill ${air} (fill: ${air})`;
  checkFinite(data, shape, `the volume${meta.source ? ` ${meta.source}` : ''}`, 1, hint);
}

/** The scanner of an oblique volume is tilted with it. */
function obliqueWarning(grid: Grid): string | undefined {
  const normal = placementOf(grid).direction[8];
  const tilt = (Math.acos(Math.min(1, Math.abs(normal))) * 180) / Math.PI;
  const turned = Math.abs(Math.abs(placementOf(grid).direction[0]) - 1) > 1e-3;
  if (tilt < 0.1 && !turned) return undefined;
  return (
    `the volume lies obliquely (its slices lean ${tilt.toFixed(1)}° against axial ones) and is scanned as it lies: ` +
    'the rotation axis is the normal of its slices'
  );
}

/**
 * The object that `simulateCt` scans, on the grid of the measurement: what a reconstruction may be compared with.
 * @returns axial volume in the units of the source (phantoms: HU)
 */
export function scannedObject(source: Volume | Phantom, options: SimulateCtOptions): Volume {
  const o = parseOptions('simulate ct', simulateCtSchema, options);
  if (!isPhantom(source)) return scannedRegion(source, o.slices);
  const { object, grid } = placed(source, o);
  return rasterise(object, grid, 3, o.muWater);
}

/** What the schema cannot say. */
function requireAgreement(o: z.output<typeof simulateCtSchema>): void {
  const wrong = (option: string, what: string, hint: string): SlicewiseError =>
    new SlicewiseError('ARGUMENT', { message: `${option} is for ${what}`, hint });
  const { geometry } = o;
  if (o.arc !== undefined && o.arc > 360 && o.tableFeed === undefined) {
    throw wrong('an arc of more than 360°', 'a helix', 'give tableFeed, or an arc of at most 360');
  }
  if (o.tableFeed === 0) throw wrong('a table feed of 0', 'no helix', 'leave it out');
  if (o.vectors) {
    const said = ['arc', 'angles', 'detectorPitch', 'rowPitch', 'sourceToAxis', 'sourceToDetector', 'detectorShape', 'tableFeed'] as const;
    const beside = said.find((option) => o[option] !== undefined);
    if (beside) throw wrong(beside, 'scans by angles', 'vectors say the whole geometry: leave it out');
  }
  for (const option of ['sourceToAxis', 'sourceToDetector', 'detectorShape'] as const) {
    if (geometry === 'parallel' && o[option] !== undefined) throw wrong(option, 'fan and cone beams', 'give geometry fan or cone');
  }
  for (const option of ['detectorRows', 'rowPitch', 'tableFeed'] as const) {
    if (geometry !== 'cone' && !o.vectors && o[option] !== undefined) throw wrong(option, 'cone beams', 'give geometry cone');
  }
}

/** Size and depth of phantoms. */
const SIZE = 256;
const DEPTH = 16;

type Slices = readonly [number, number] | undefined;

const isPhantom = (source: Volume | Phantom): source is Phantom => 'ellipsoids' in source;

function scannedRegion(source: Volume, slices: Slices): Volume {
  const axial = toCanonical(source, 'axial').volume;
  if (!slices) return axial;
  const [first, last] = checkedSlices(slices, shapeOf(axial)[0]);
  return cropSlices(axial, first, last + 1);
}

/** The phantom on its grid; a crop moves the middle of the grid, and with it the rotation centre, along z. */
function placed(phantom: Phantom, o: z.output<typeof simulateCtSchema>): { object: Phantom; grid: Grid } {
  const { size = SIZE, depth = DEPTH } = o;
  const grid = phantomGrid(phantom, [depth, size, size]);
  if (!o.slices) return { object: phantom, grid };
  const [first, last] = checkedSlices(o.slices, depth);
  const dz = spacingOf(grid, 'mm')[2];
  const shift = ((first + last) / 2 - (depth - 1) / 2) * dz;
  const ellipsoids = phantom.ellipsoids.map((e) => ({
    ...e,
    centre: [e.centre[0], e.centre[1], e.centre[2] - shift] as const,
  }));
  const { origin, direction } = placementOf(grid);
  const [x, y, zFirst] = origin;
  return {
    object: { ...phantom, ellipsoids },
    grid: {
      ...grid,
      shape: [last - first + 1, size, size],
      placement: { direction, origin: [x, y, zFirst + first * dz] },
    },
  };
}

function checkedSlices([first, last]: readonly [number, number], count: number): readonly [number, number] {
  if (first <= last && last < count) return [first, last];
  throw new SlicewiseError('ARGUMENT', {
    message: 'no such slices',
    expected: `first:last with 0 ≤ first ≤ last ≤ ${count - 1}, both included`,
    got: `${first}:${last}`,
  });
}

function attenuation(volume: Volume, muWater: number): Volume {
  if (volume.units === '1/mm') return volume;
  if (volume.units === 'HU') return huToAttenuation(volume, muWater);
  throw new SlicewiseError('UNITS', {
    message: 'cannot simulate a CT scan of this volume',
    expected: 'a volume in HU or 1/mm',
    got: volume.units,
    hint: 'say what the numbers are: --units HU or --units 1/mm',
  });
}

const gridOf = (volume: Volume): Grid => ({
  shape: shapeOf(volume),
  axes: volume.axes,
  placement: volume.placement,
  units: volume.units,
  modality: volume.modality,
});
