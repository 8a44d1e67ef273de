import { SlicewiseError } from '../../../../core/errors.js';
import type { DirectMethod } from '../../modality.js';
import { dds2m, restored } from '../dds2m/method.js';
import type { SpectralOptions } from '../options.js';
import { coarseCube, separableOf } from './coarse.js';
import { factorOf, finer } from './methods.js';

/**
 * Networks fitted to the large pixels: `dds2m`, whose maps are on the finer grid and are reduced before they are held to the data. They are
 * shown maps that `lowrank` makes finer.
 */
export const dds2mReduced: DirectMethod<SpectralOptions> = {
  ...dds2m,
  complete(given) {
    const found = dds2m.complete!(given);
    if (found.compat === undefined) return found;
    throw new SlicewiseError('ARGUMENT', {
      message: `compat 'published' has no large pixels`,
      expected: 'entries of a cube on its own grid',
      got: 'a scan of large pixels',
      hint: 'leave compat out',
    });
  },
  run(scan, grid, call) {
    const separable = separableOf(scan, grid);
    return restored(coarseCube(scan), call, {
      size: [grid.shape[1], grid.shape[2]],
      separable,
      interpolated: (maps) => finer(maps, separable, factorOf(scan)),
    });
  },
};
