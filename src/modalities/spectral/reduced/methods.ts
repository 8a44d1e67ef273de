import { z } from 'zod';
import { pseudoInverse } from '../../../../operators/decomposition.js';
import { reduced, separableDecomposition } from '../../../../operators/sampling/reduction/separable.js';
import { geometryOf } from '../../../../volumes/kinds/kind.js';
import { reducedCube } from '../../../../volumes/kinds/reduced/kind.js';
import type { Measurement } from '../../../../volumes/measurement.js';
import type { DirectMethod } from '../../modality.js';
import { fitCube, cubeOf, type CubeFactors } from '../lowrank/cube.js';
import type { SpectralOptions } from '../options.js';
import { coarseCube, separableOf } from './coarse.js';
import { bicubic } from './interpolate.js';

/** Every band by itself, without a word on the noise: what others are measured against. */
export const bicubicMethod: DirectMethod<SpectralOptions> = {
  schema: z.strictObject({}),
  run: async (scan, grid) => ({
    data: bicubic(scan.data, separableOf(scan, grid), factorOf(scan)),
    units: grid.units,
    map: { scale: 1, offset: 0 },
  }),
};

const schema = z.strictObject({
  rank: z.int().min(1).optional().describe('images that the bands are mixtures of; default by the data'),
});

/**
 * Probabilistic principal components of the large pixels, which takes their noise out; their coefficient maps interpolated (`fineMaps`). It
 * knows nothing of texture: what it gains over `bicubic` are the noise and what the kernel blurred.
 */
export const lowRankReduced: DirectMethod<SpectralOptions> = {
  schema,
  async run(scan, grid, { methodOptions, signal }) {
    const cube = fitCube(coarseCube(scan), { ...(methodOptions as z.output<typeof schema>), signal });
    const data = cubeOf({ ...cube, maps: fineMaps(cube, scan, grid.shape) }, grid.shape[1] * grid.shape[2]);
    return { data, units: grid.units, map: { scale: 1, offset: 0 }, found: { rank: cube.rank } };
  },
};

const factorOf = ({ geometry }: Pick<Measurement, 'geometry'>): number => geometryOf(reducedCube, geometry).factor;

/**
 * Maps [fine pixel, rank] that the reduction turns into those of the large pixels: x = x₀ + A⁺ (z − A x₀), x₀ bicubic, so of all that
 * agree the one nearest to bicubic interpolation.
 */
export function fineMaps({ rank, maps }: Pick<CubeFactors, 'rank' | 'maps'>, scan: Measurement, shape: readonly number[]): Float64Array {
  const separable = separableOf(scan, { shape: [shape[0], shape[1], shape[2]] });
  const [coarse, fine] = [maps.length / Math.max(1, rank), shape[1] * shape[2]];
  const z = Float32Array.from({ length: rank * coarse }, (_, n) => maps[(n % coarse) * rank + Math.floor(n / coarse)]);
  const start = bicubic(z, separable, factorOf(scan));
  const seen = reduced(start, separable);
  const correction = pseudoInverse(
    separableDecomposition(rank, separable),
    z.map((value, n) => value - seen[n]),
    LEAST,
  );
  return Float64Array.from({ length: fine * rank }, (_, n) => {
    const at = (n % rank) * fine + Math.floor(n / rank);
    return start[at] + correction[at];
  });
}

/** What the kernel left less than this of is not brought back: it would bring noise. */
const LEAST = 0.1;
