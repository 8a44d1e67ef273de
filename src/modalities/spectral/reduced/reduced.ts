import type { Backend } from '../../../../compute/backend.js';
import { inPhase } from '../../../../core/phases.js';
import { space } from '../../../../core/space.js';
import { reduced } from '../../../../operators/sampling/reduction/separable.js';
import { reductionOfScan } from '../../../../operators/sampling/reduction/of-scan.js';
import { geometryOf } from '../../../../volumes/kinds/kind.js';
import { reducedCube } from '../../../../volumes/kinds/reduced/kind.js';
import type { Grid, Measurement } from '../../../../volumes/measurement.js';
import type { ModalityKind, NormalisedProblem, NormaliseOptions } from '../../modality.js';
import { inUnitNorm, writtenData } from '../../normalise.js';
import { bandScale, spectralDefaults } from '../entries.js';
import { cubeFacts, keptMeta } from '../facts.js';
import { cubeFigures } from '../figures.js';
import { cubeOfMaps, mapsProblem } from '../maps.js';
import { estimateNoise } from '../noise/stage.js';
import type { SpectralOptions } from '../options.js';
import { coarseCube, separableOf } from './coarse.js';
import { reducedMapsOperator, reducedModel } from './maps.js';
import { dds2mReduced } from './dds2m.js';
import { bicubicMethod, lowRankReduced } from './methods.js';

/** Cubes of large pixels, whose bands are wanted on a finer grid (super-resolution). */
export const spectralReduced: ModalityKind<SpectralOptions> = {
  kind: reducedCube,
  method: 'lowrank',
  direct: { bicubic: bicubicMethod, lowrank: lowRankReduced, dds2m: dds2mReduced },
  units: ({ grid }) => grid.units,
  complete: [
    (scan, work) => {
      const { arrays, meta } = estimateNoise(coarseCube(scan), work) as Measurement;
      return { ...scan, meta, arrays: arrays?.noise ? { ...scan.arrays, noise: arrays.noise } : scan.arrays };
    },
  ],
  slicing: (scan, { shape }, { components }) =>
    components === 0
      ? { space: space(['slice', 'y', 'x'], [shape[0], shape[1], shape[2]]) }
      : {
          space: space(['slice', 'y', 'x'], [components, shape[1], shape[2]]),
          unpack: (maps) => cubeOfMaps(reducedModel(scan, components, shape).fine, maps),
          mixes: true,
        },
  ...spectralDefaults,
  normalise,
  predict: (volume, scan) => reduced(volume.data, separableOf(scan, { shape: volume.shape as unknown as Grid['shape'] })),
  facts: reducedFacts,
  figures: (scan, result) => (result ? cubeFigures(scan, result) : []),
  keep: keptMeta,
};

async function normalise(
  scan: Measurement,
  grid: Grid,
  backend: Backend,
  { range, options: { components }, signal, progress }: NormaliseOptions<SpectralOptions>,
): Promise<NormalisedProblem> {
  const watch = { signal, progress };
  if (components === 0) {
    const operator = reductionOfScan(scan, grid, backend);
    const given = bandScale(coarseCube(scan), range);
    return inUnitNorm(operator, await writtenData(scan, operator), { ...given, norm: await operator.norm(watch), units: grid.units });
  }
  const { coarse } = await inPhase(watch, 'maps of the spectra', () => reducedModel(scan, components, grid.shape));
  const operator = reducedMapsOperator(scan.shape, separableOf(scan, grid), coarse, backend);
  return mapsProblem(operator, coarseCube(scan), coarse, grid.units, watch);
}

function reducedFacts(scan: Measurement) {
  const { factor, kernel } = geometryOf(reducedCube, scan.geometry);
  const { rows, ...facts } = cubeFacts(coarseCube(scan));
  const words = kernel.type === 'bicubic' ? 'bicubic' : `Gaussian, std ${kernel.std} pixels`;
  return {
    ...facts,
    rows: [
      ['pixels', `${factor} × ${factor} of the grid, ${words}`] as const,
      ...rows.filter(([name]) => name !== 'entries' && name !== 'pixels'),
    ],
    told: ['factor', 'kernel'],
  };
}
