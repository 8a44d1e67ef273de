import type { Backend } from '../../../compute/backend.js';
import { SlicewiseError } from '../../../core/errors.js';
import { inPhase } from '../../../core/phases.js';
import { space } from '../../../core/space.js';
import { entriesOfScan } from '../../../operators/sampling/entries-mask.js';
import { entries } from '../../../volumes/kinds/spectral/kind.js';
import type { Measurement } from '../../../volumes/measurement.js';
import type { ModalityKind, NormalisedProblem, NormaliseOptions, ValueRange } from '../modality.js';
import { inUnitNorm, writtenData, type ProblemMap } from '../normalise.js';
import { cubeFacts, keptMeta, maskFigures } from './facts.js';
import { cubeFigures } from './figures.js';
import { cubeOfMaps, mapModel, mapsOperator, mapsProblem } from './maps.js';
import { keepMeasured } from './measured.js';
import { dds2m } from './dds2m/method.js';
import { gapsOf, heldOutEntries } from './held-out.js';
import { lowRank } from './lowrank/method.js';
import { bandNoise, estimateNoise } from './noise/stage.js';
import { PRIOR, type SpectralOptions } from './options.js';
import { vamp } from './vamp/method.js';

/** How iterative methods work on maps. */
export const spectralDefaults: Pick<ModalityKind<SpectralOptions>, 'defaults' | 'samples'> = {
  // maps follow one another in no order that a prior along z knows; the noise decides how far the data are followed
  defaults: ({ arrays, shape }, { preset = 'default' }: { readonly preset?: string }) => ({
    dds: {
      mode: '2d',
      gamma: 'noise',
      eta: 1,
      ...(preset === 'default' && { steps: 20 }),
      // noise of σ .5 says that a gap of some lines is near 0, and is believed: two were filled 7 dB and more below `lowrank`, from its
      // image as well as by it; of single entries, whose neighbours say more, noise is as good
      ...(arrays?.mask && shape && gapsOf(arrays.mask.data, shape) !== 'entries' && { start: 'classical' }),
    },
  }),
  // noise is drawn afresh in every sample, and the mean of a few is nearer than any; 8 gained .03 to .16 dB over 4 on a small cube
  samples: { dds: 8 },
};

/** Entries of a cube, the bands as slices. */
export const spectralEntries: ModalityKind<SpectralOptions> = {
  kind: entries,
  method: 'lowrank',
  direct: { lowrank: lowRank, vamp, dds2m },
  units: ({ grid }) => grid.units,
  check,
  complete: [estimateNoise],
  slicing: ({ shape: [bands, lines, samples], ...scan }, _, { components }) =>
    components === 0
      ? { space: space(['slice', 'y', 'x'], [bands, lines, samples]) }
      : {
          space: space(['slice', 'y', 'x'], [components, lines, samples]),
          unpack: (maps) => cubeOfMaps(mapModel({ ...scan, shape: [bands, lines, samples] }, components), maps),
          mixes: true,
        },
  ...spectralDefaults,
  normalise,
  finish: keepMeasured,
  predict: (volume) => volume.data,
  holdOut: heldOutEntries,
  candidates: ({ arrays, shape }) => [
    { method: 'lowrank' },
    { method: 'vamp', prior: PRIOR },
    // of lines and pixels without entries samples know more than a mean; elsewhere they take long to come as far as `vamp`
    { method: 'dds', prior: PRIOR, onRequest: gapsOf(arrays!.mask.data, shape) === 'entries' },
    { method: 'dds2m' },
  ],
  facts: cubeFacts,
  figures: (scan, result) => [...(result ? cubeFigures(scan, result) : []), ...maskFigures(scan)],
  keep: keptMeta,
};

function check({ arrays, shape }: Measurement): void {
  if (arrays?.mask?.data.includes(1)) return;
  throw new SlicewiseError('GEOMETRY', {
    message: 'nothing of the cube was measured',
    expected: 'entries whose mask is 1',
    got: `none of ${shape.join(' × ')}`,
  });
}

/**
 * The image is scaled so that the 1st and 99th percentile of what was measured are 0 and 1 of the solver; the noise is that of the
 * mean band.
 */
async function normalise(
  scan: Measurement,
  _: unknown,
  backend: Backend,
  { range, options: { components }, signal, progress }: NormaliseOptions<SpectralOptions>,
): Promise<NormalisedProblem> {
  if (components > 0) {
    const watch = { signal, progress };
    const model = await inPhase(watch, 'maps of the spectra', () => mapModel(scan, components));
    return mapsProblem(mapsOperator(scan, model, backend), scan, model, scan.grid.units, watch);
  }
  const operator = await entriesOfScan(scan, scan.grid, backend);
  const y = await writtenData(scan, operator);
  return inUnitNorm(operator, y, { ...bandScale(scan, range), norm: 1, units: scan.grid.units });
}

/** What of bands as they are is 0 and 1 of the solver, and their noise. */
export function bandScale(scan: Measurement, range?: ValueRange): Pick<ProblemMap, 'scale' | 'offset' | 'noiseStd' | 'source'> {
  const mask = scan.arrays!.mask.data;
  const measured = scan.data.filter((_, n) => mask[n] === 1).sort();
  const [low, high] = [0.01, 0.99].map((q) => measured[Math.floor(q * (measured.length - 1))]);
  const noise = bandNoise(scan);
  const squares = noise?.reduce((sum, std) => sum + std * std, 0);
  return {
    scale: high > low ? high - low : Math.max(Math.abs(high), 1e-30),
    offset: low,
    noiseStd: squares === undefined || squares === 0 ? undefined : Math.sqrt(squares / scan.shape[0]),
    source: `1st and 99th percentile of the entries ↔ 0 and 1${range ? ` of the prior (${range.unit})` : ''}`,
  };
}
