import * as z from 'zod';
import type { DirectMethod } from '../../modality.js';
import type { SpectralOptions } from '../options.js';
import { keepMeasured } from '../measured.js';
import { cubeOf, fitCube } from './cube.js';

const schema = z.strictObject({
  rank: z.int().min(1).optional().describe('images that the bands are mixtures of; default by the data'),
  iterations: z.int().min(1).optional().describe('most steps of EM, where spectra have gaps; default 60, or 25 without noise'),
});

export type LowRankOptions = z.output<typeof schema>;

/**
 * Probabilistic principal components with missing entries (fitFactors): the noise is taken out, gaps are filled from the other bands
 * of the pixel, pixels of which nothing was measured from their neighbours. Data without noise keep what was measured.
 */
export const lowRank: DirectMethod<SpectralOptions> = {
  schema,
  async run(scan, grid, { methodOptions, signal }) {
    const cube = fitCube(scan, { ...(methodOptions as LowRankOptions), signal });
    return {
      data: keepMeasured(cubeOf(cube, grid.shape[1] * grid.shape[2]), scan),
      units: grid.units,
      map: { scale: 1, offset: 0 },
      found: { rank: cube.rank, iterations: cube.iterations },
    };
  },
};
