import type { Backend, MemoryPlan } from '../../../compute/backend.js';
import { SlicewiseError } from '../../../core/errors.js';
import { inPhase } from '../../../core/phases.js';
import { shapeOf } from '../../../core/placement.js';
import { bytesOf } from '../../../core/space.js';
import { scaled } from '../../../operators/algebra/scaled.js';
import { densityOf, nonCartesianOfScan, trajectoryOf } from '../../../operators/fourier/noncartesian/noncartesian-scan.js';
import { checkTrajectory } from '../../../operators/fourier/noncartesian/nufft.js';
import { imageSpace } from '../../../operators/fourier/spaces.js';
import { trajectoryFacts, trajectoryRows } from '../../../volumes/kinds/trajectory/facts.js';
import { nonCartesian } from '../../../volumes/kinds/trajectory/kind.js';
import { NONCARTESIAN } from '../../../volumes/kinds/trajectory/schema.js';
import type { Grid, Measurement } from '../../../volumes/measurement.js';
import type { Completion, ModalityKind, NormalisedProblem, NormaliseOptions, ScanRequest } from '../modality.js';
import { orGivenBack } from '../normalise.js';
import { dataScale } from './coils/scale.js';
import { requireSets, setsOf } from './coils/sets.js';
import { MR_START, mrDefaults } from './defaults.js';
import { zeroFilledMri } from './direct.js';
import { trajectoryFigures } from './figures.js';
import { CALIBRATION, checkReach, griddedMaps, noiseAlong, weighedByArea, withDensity } from './noncartesian-stages.js';
import type { MriOptions } from './options.js';
import { needsMaps, noiseLevel, virtualCoils, VIRTUAL_COILS, whiten } from './stages.js';
import { coilSlicing } from './slicing.js';
import { coilSupport } from './support.js';
import { zeroFilled } from './zero-filled.js';

/** Complex images from k-space along a trajectory (radial, spiral). */
export const nonCartesianMri: ModalityKind<MriOptions> = {
  kind: nonCartesian,
  method: 'zero-filled',
  direct: { 'zero-filled': zeroFilledMri },
  defaults: mrDefaults,
  start: MR_START,
  slicing: coilSlicing,
  units: () => 'arbitrary',
  check,
  complete: [withDensity, whiten, noiseLevel(noiseAlong), virtualCoils(weighedByArea), griddedMaps],
  completion,
  operatorMemory,
  normalise,
  support: coilSupport,
  facts: (scan) => ({
    rows: trajectoryRows(scan),
    json: { kspace: trajectoryFacts(scan) },
    told: ['trajectory', 'readouts'],
  }),
  figures: trajectoryFigures,
};

/**
 * Data [slice, coil, sample] of the grid's slices, a trajectory inside k-space, dense enough about the centre for maps where there are
 * none.
 */
function check(
  scan: Measurement,
  {
    grid: {
      shape: [slices, rows, columns],
    },
    options,
  }: ScanRequest<MriOptions>,
): void {
  const trajectory = trajectoryOf(scan);
  if (scan.shape.length !== 3 || scan.shape[0] !== slices || scan.dtype !== 'complex64') {
    throw new SlicewiseError('SHAPE', {
      message: 'k-space along a trajectory',
      expected: `complex64 [slice ${slices}, coil, sample]`,
      got: `${scan.dtype} [${scan.shape.join(', ')}]`,
    });
  }
  checkTrajectory(trajectory, [slices, rows, columns]);
  checkReach(trajectory, [rows, columns]);
  requireSets(scan, options);
  if (!needsMaps(scan)) return;
  let centre = 0;
  const half = Math.min(CALIBRATION, rows, columns) / 2;
  for (let s = 0; s < trajectory.length; s += 2) if (Math.hypot(trajectory[s], trajectory[s + 1]) <= half) centre++;
  if (centre >= 6 * 6) return;
  throw new SlicewiseError('GEOMETRY', {
    message: 'coil maps cannot be made: there are hardly any samples about the centre of k-space',
    expected: `36 or more within ${half} cycles per field of view`,
    got: `${centre}`,
    hint: 'give coil maps with the scan (arrays/maps); is the trajectory in cycles per field of view?',
  });
}

function completion(scan: Measurement, { coils: wanted = VIRTUAL_COILS }: MriOptions): Completion {
  const [slices, coils, samples] = scan.shape;
  const kept = !needsMaps(scan) || wanted === 0 ? coils : Math.min(coils, wanted);
  const [, rows, columns] = scan.grid.shape;
  const images = 8 * slices * kept * rows * columns;
  const items = [{ what: 'left from reading the file', bytes: 2 * scan.data.byteLength }];
  const white = scan.noise.type === 'unknown' && scan.arrays?.noiseScan !== undefined;
  if (white || kept < coils) items.push({ what: 'whitened or compressed data', bytes: 8 * slices * kept * samples });
  if (needsMaps(scan)) items.push({ what: 'gridded k-space and coil maps', bytes: 2 * images });
  return { shape: [slices, kept, samples], memory: { items } };
}

/** As the operator keeps: coil maps, one oversampled grid, the padded image of AᴴA, windows of every sample. */
async function operatorMemory(scan: Measurement, grid: Grid, _: Backend, options: MriOptions): Promise<MemoryPlan> {
  const sets = setsOf(scan, options);
  const image = bytesOf(imageSpace(shapeOf(grid)));
  const coils = scan.shape[1];
  return {
    items: [
      ...(coils > 1 ? [{ what: 'coil maps', bytes: sets * coils * image }] : []),
      { what: `${NONCARTESIAN}: one grid, AᴴA`, bytes: sets * 4 * image },
      { what: `${NONCARTESIAN}: windows`, bytes: 56 * scan.shape[2] * Math.ceil(grid.shape[0] / 16) },
    ],
  };
}

/**
 * A′ = W^½A/‖W^½A‖₂ and y′ = W^½y/(s‖W^½A‖₂), W the areas that the samples stand for, s the brightness of tissue in AᴴWy. So AᴴWA is near 1
 * wherever k-space was measured, as with a Cartesian mask, and the options of all methods mean what they mean there; unweighted, the dense
 * centre would decide alone. The noise of W^½y is that of the samples times √w, of which the mean over the area measured is taken.
 */
async function normalise(
  scan: Measurement,
  grid: Grid,
  backend: Backend,
  { signal, progress }: NormaliseOptions<MriOptions>,
): Promise<NormalisedProblem> {
  const watch = { signal, progress };
  const density = await inPhase(watch, 'density', () => densityOf(scan, grid));
  const weighted = await inPhase(watch, 'geometry', () => nonCartesianOfScan(scan, grid, backend, density));
  const norm = await orGivenBack(
    () => [weighted],
    () => weighted.norm(watch),
  );
  const samples = density.length;
  const data = scan.data.map((value, n) => value * Math.sqrt(density[(n >> 1) % samples]));
  const scale = dataScale(await zeroFilled(weighted, data));
  const y = backend.field(weighted.range);
  await backend.write(y, data);
  backend.lincomb(y, [1 / (scale * norm), y]);
  const { noise } = scan;
  return {
    operator: scaled(weighted, 1 / norm),
    y,
    norm,
    scale,
    noiseLevel: noise.type === 'gaussian' ? (noise.std * rootMeanArea(density)) / (scale * norm) : undefined,
    map: { scale, offset: 0 },
    source: `bright tissue of the gridded image, ${scale.toPrecision(4)} ↔ 1`,
    units: 'arbitrary',
  };
}

/** √ of the mean of w over the area of k-space that was measured. */
function rootMeanArea(density: Float32Array): number {
  let [sum, squares] = [0, 0];
  for (const w of density) [sum, squares] = [sum + w, squares + w * w];
  return Math.sqrt(squares / sum);
}
