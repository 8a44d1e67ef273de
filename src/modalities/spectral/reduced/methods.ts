import * as z from 'zod';
import { pseudoInverse } from '../../../../operators/decomposition.js';
import { reduced, separableDecomposition, type Separable } from '../../../../operators/sampling/reduction/separable.js';
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

export const factorOf = ({ geometry }: Pick<Measurement, 'geometry'>): number => geometryOf(reducedCube, geometry).factor;

/** Maps [fine pixel, rank] of those of the large pixels [pixel, rank]: `finer`. */
export function fineMaps({ rank, maps }: Pick<CubeFactors, 'rank' | 'maps'>, scan: Measurement, shape: readonly number[]): Float64Array {
  const separable = separableOf(scan, { shape: [shape[0], shape[1], shape[2]] });
  const [coarse, fine] = [maps.length / Math.max(1, rank), shape[1] * shape[2]];
  const z = Float32Array.from({ length: rank * coarse }, (_, n) => maps[(n % coarse) * rank + Math.floor(n / coarse)]);
  const found = finer(z, separable, factorOf(scan));
  return Float64Array.from({ length: fine * rank }, (_, n) => found[(n % rank) * fine + Math.floor(n / rank)]);
}

/**
 * Maps that the reduction turns into given ones of large pixels: x = x₀ + A⁺ (z − A x₀), x₀ bicubic, so of all that agree the one nearest
 * to bicubic interpolation.
 * @param z [map, coarse line, coarse sample]
 */
export function finer(z: Float32Array, separable: Separable, factor: number): Float32Array {
  const start = bicubic(z, separable, factor);
  const seen = reduced(start, separable);
  const maps = z.length / (separable.rows.rows * separable.columns.rows);
  const correction = pseudoInverse(
    separableDecomposition(maps, separable),
    z.map((value, n) => value - seen[n]),
    LEAST,
  );
  return start.map((value, n) => value + correction[n]);
}

/** What the kernel left less than this of is not brought back: it would bring noise. */
const LEAST = 0.1;
