import * as z from 'zod';
import { SlicewiseError } from '../../../../core/errors.js';
import { uniforms } from '../../../../operators/patterns/draws.js';
import type { DirectMethod } from '../../modality.js';
import { cubeOf, fitCube } from '../lowrank/cube.js';
import { observe } from '../lowrank/observations.js';
import { cubeOfMaps, modelOf } from '../maps.js';
import { keepMeasured } from '../measured.js';
import type { SpectralOptions } from '../options.js';
import { mapDenoiser } from './denoiser.js';
import { denoisedMaps } from './rounds.js';

const schema = z.strictObject({
  rank: z.int().min(1).optional().describe('images that the bands are mixtures of; default by the data, as lowrank'),
  rounds: z.int().min(1).max(100).default(5).describe('times that the maps are denoised and the spectra fitted anew'),
});

export type VampOptions = z.output<typeof schema>;

/** Draws of signs lie far from those of masks. */
const SIGNS = 1 << 26;

/**
 * `lowrank` with a prior: its maps are denoised, each at its own noise level, and its spectra fitted anew to the denoised maps, in
 * rounds (`denoisedMaps`). About a hundred evaluations of single maps in all.
 */
export const vamp: DirectMethod<SpectralOptions> = {
  schema,
  needsPrior: true,
  async run(scan, grid, { methodOptions, backend, prior, signal, progress, seed = 0 }) {
    const { rank, rounds } = methodOptions as VampOptions;
    const [bands, lines, samples] = scan.shape;
    const cube = fitCube(scan, { rank, signal });
    const written = { units: grid.units, map: { scale: 1, offset: 0 } };
    if (cube.rank === 0) return { data: keepMeasured(cubeOf(cube, lines * samples), scan), ...written, found: { rank: 0 } };
    const model = modelOf(cube, cube.rank);
    const observations = observe(scan.data, scan.arrays!.mask.data, bands, { centre: model.offset, scale: model.noise });
    const start = {
      maps: cube.rank,
      basis: model.basis.map((factor, n) => factor / model.noise[Math.floor(n / cube.rank)]),
      mean: new Float64Array(bands),
    };
    const known = Uint8Array.from({ length: lines * samples }, (_, p) => Number(observations.start[p + 1] > observations.start[p]));
    const denoiser = mapDenoiser(prior!, backend, [lines, samples]);
    const before = prior!.evaluations ?? 0;
    try {
      const { mixture, maps, sigma } = await denoisedMaps(
        observations,
        start,
        { known, size: [lines, samples], denoiser },
        {
          rounds,
          sigma: { least: prior!.sigmaMin, most: prior!.sigmaMax },
          signs: (round, map) =>
            Float32Array.from(uniforms(lines * samples, seed, SIGNS + round * cube.rank + map), (u) => (u < 0.5 ? -1 : 1)),
          onMap(done, total) {
            if (signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'the run was aborted' });
            progress?.('denoising maps', done, total);
          },
        },
      );
      const fitted = {
        ...{ maps: cube.rank, noise: model.noise },
        basis: mixture.basis.map((factor, n) => factor * model.noise[Math.floor(n / cube.rank)]),
        offset: model.offset.map((offset, b) => offset + model.noise[b] * mixture.mean[b]),
      };
      const data = keepMeasured(cubeOfMaps(fitted, Float32Array.from(maps)), scan);
      // the prior counts single maps
      const evaluations = prior!.evaluations === undefined ? undefined : (prior!.evaluations - before) / cube.rank;
      return { data, ...written, evaluations, found: { rank: cube.rank, sigma: Array.from(sigma) } };
    } finally {
      denoiser.dispose();
    }
  },
};
