import type { Backend, MemoryPlan } from '../../../compute/backend.js';
import { SlicewiseError } from '../../../core/errors.js';
import { inPhase } from '../../../core/phases.js';
import { shapeOf } from '../../../core/placement.js';
import { bytesOf } from '../../../core/space.js';
import { scaled } from '../../../operators/algebra/scaled.js';
import { coilsAtOnce } from '../../../operators/fourier/fft/batches.js';
import { imageSpace } from '../../../operators/fourier/spaces.js';
import { operators } from '../../../operators/registry.js';
import { kspaceFacts, kspaceRows } from '../../../volumes/kinds/kspace/facts.js';
import { cartesian } from '../../../volumes/kinds/kspace/kind.js';
import { geometryOf } from '../../../volumes/kinds/kind.js';
import type { Grid, Measurement } from '../../../volumes/measurement.js';
import type { Candidate } from '../held-out.js';
import type { Completion, ModalityKind, NormalisedProblem, NormaliseOptions, ScanRequest } from '../modality.js';
import { orGivenBack } from '../normalise.js';
import { dataScale } from './coils/scale.js';
import { requireSets, setsOf } from './coils/sets.js';
import { MR_START, mrDefaults } from './defaults.js';
import { grappaMri, zeroFilledMri } from './direct.js';
import { maskFigures } from './figures.js';
import { heldOutSamples } from './held-out.js';
import type { MriOptions } from './options.js';
import {
  calibrationOf,
  calibrationRegionOf,
  estimatedMaps,
  needsMaps,
  noiseLevel,
  noiseOfPeriphery,
  virtualCoils,
  VIRTUAL_COILS,
  whiten,
  withMask,
} from './stages.js';
import { partialFourierMri } from './partial-fourier/method.js';
import { kspaceAlternatives } from './check/alternatives.js';
import { plausibleKspace } from './plausible.js';
import { coilSlicing } from './slicing.js';
import { coilSupport } from './support.js';
import { uncertainKspace } from './uncertain.js';

/** Complex images from k-space: coil maps, noise level and scale all come from the measured data. */
export const cartesianMri: ModalityKind<MriOptions> = {
  kind: cartesian,
  method: 'zero-filled',
  direct: { 'zero-filled': zeroFilledMri, grappa: grappaMri, 'partial-fourier': partialFourierMri },
  defaults: mrDefaults,
  start: MR_START,
  slicing: coilSlicing,
  units: () => 'arbitrary',
  check,
  complete: [
    withMask,
    whiten,
    noiseLevel(noiseOfPeriphery),
    virtualCoils((scan) => (needsMaps(scan) ? calibrationOf(scan).data : scan.data)),
    estimatedMaps,
  ],
  completion,
  operatorMemory,
  normalise,
  support: coilSupport,
  holdOut: heldOutSamples,
  uncertainNoise: uncertainKspace,
  candidates: () => CANDIDATES,
  plausible: plausibleKspace,
  alternatives: kspaceAlternatives,
  facts: (scan) => ({ rows: kspaceRows(scan), json: { kspace: kspaceFacts(scan) }, told: ['readout', 'acceleration'] }),
  figures: maskFigures,
};

/** The cheapest first. GRAPPA gives no image that predicts k-space, and zero-filled images say that what is hidden is nothing. */
const CANDIDATES: readonly Candidate[] = [
  { method: 'sense' },
  { method: 'cs-wavelet' },
  { method: 'cs-tv' },
  { method: 'dds', prior: 'mri' },
];

/** Image and k-space have one matrix; without maps there is something to make them of. */
function check(scan: Measurement, { grid, options }: ScanRequest<MriOptions>): void {
  requireSameGrid(scan, grid);
  geometryOf(cartesian, scan.geometry);
  requireSets(scan, options);
  if (needsMaps(scan)) calibrationRegionOf(scan);
}

/** Whitened or compressed data beside those that were read, maps before they are on the backend, and what moving them about takes. */
function completion(scan: Measurement, { coils: wanted = VIRTUAL_COILS, mapSets }: MriOptions): Completion {
  const [slices, coils, ...plane] = scan.shape;
  const shape = [slices, wanted === 0 ? coils : Math.min(coils, wanted), ...plane];
  const bytes = 8 * shape.reduce((a, n) => a * n, 1);
  const white = scan.noise.type === 'unknown' && scan.arrays?.noiseScan !== undefined;
  // measured with 16 slices of 256², 8 coils: an HDF5 reader's memory does not shrink again, and maps and data leave for the workers in
  // messages
  const items = [{ what: 'left from reading the file', bytes: 2 * scan.data.byteLength }];
  items.push({ what: 'maps and data on their way to workers', bytes: Math.min(64e6, bytes) });
  if (white || shape[1] < coils) items.push({ what: 'whitened or compressed data', bytes });
  if (shape[1] > 1) items.push({ what: 'coil maps as made', bytes: bytes * setsOf(scan, { mapSets }) });
  return { shape, memory: { items } };
}

/** Coil maps, and images of the coils that are worked on at once; masks and twiddles are small beside them. */
async function operatorMemory(scan: Measurement, grid: Grid, backend: Backend, options: MriOptions): Promise<MemoryPlan> {
  const { geometry, shape } = scan;
  geometryOf(cartesian, geometry);
  const sets = setsOf(scan, options);
  const image = bytesOf(imageSpace(shapeOf(grid)));
  const coils = shape[1];
  const atOnce = backend.name === 'webgpu' ? coilsAtOnce(grid.shape[0], coils) : 1;
  return {
    items: [
      ...(coils > 1 ? [{ what: 'coil maps', bytes: sets * coils * image }] : []),
      ...(sets > 1 ? [{ what: 'one component, and data of one', bytes: (1 + coils) * image }] : []),
      { what: atOnce === 1 ? 'image of one coil' : `images of ${atOnce} coils`, bytes: atOnce * image },
    ],
  };
}

/**
 * Norms this close to 1 are taken as 1, which saves the pass over the image that a factor costs. ‖A‖₂ comes from below and is only good to
 * some 1e-3 (norm.ts): with maps of unit sum of squares the true one is 1 or a little less, where 0.9993 was found.
 */
const NORM_TOLERANCE = 2e-3;

/**
 * A′ = A/‖A‖₂ and y′ = y/(s‖A‖₂). The image is divided by s, the brightness of tissue in Aᴴy, which puts it into the range of the MR priors
 * whatever the scanner's gain; only measured data have a say. With maps of unit sum of squares ‖A‖₂ ≤ 1, and all but 1 as soon as the
 * centre of k-space is measured.
 */
async function normalise(
  scan: Measurement,
  grid: Grid,
  backend: Backend,
  { signal, progress }: NormaliseOptions<MriOptions>,
): Promise<NormalisedProblem> {
  const watch = { signal, progress };
  requireSameGrid(scan, grid);
  const measured = await inPhase(watch, 'geometry', () => operators.get(scan.kind)(scan, grid, backend));
  const estimate = await orGivenBack(
    () => [measured],
    () => measured.norm(watch),
  );
  const norm = Math.abs(estimate - 1) < NORM_TOLERANCE ? 1 : estimate;
  const operator = scaled(measured, 1 / norm);
  const y = backend.field(operator.range);
  await backend.write(y, scan.data);
  const image = backend.field(operator.domain);
  measured.adjoint(y, image);
  if (norm !== 1) backend.lincomb(image, [1 / norm ** 2, image]);
  const scale = dataScale(await backend.read(image));
  image.dispose();
  backend.lincomb(y, [1 / (scale * norm), y]);
  return {
    operator,
    y,
    norm,
    scale,
    noiseLevel: scan.noise.type === 'gaussian' ? scan.noise.std / (scale * norm) : undefined,
    map: { scale, offset: 0 },
    source: `bright tissue of the zero-filled image, ${scale.toPrecision(4)} ↔ 1`,
    units: 'arbitrary',
  };
}

function requireSameGrid(scan: Measurement, grid: Grid): void {
  const [slices, , rows, columns] = scan.shape;
  if (grid.shape.join() === [slices, rows, columns].join()) return;
  throw new SlicewiseError('GEOMETRY', {
    message: 'an MR image has the matrix of its k-space',
    expected: `[${slices}, ${rows}, ${columns}]`,
    got: `[${grid.shape.join(', ')}]`,
    hint: 'leave --size and --spacing out; resample the result instead',
  });
}
