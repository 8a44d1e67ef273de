import type { Boundary } from '../../compute/backend.js';
import { Registry } from '../../core/registry.js';
import type { WaveletName } from '../../operators/wavelet/daubechies.js';
import { lowRank } from './low-rank.js';
import { noRegulariser } from './none.js';
import type { Regulariser } from './regulariser.js';
import { totalVariation } from './total-variation.js';
import { waveletRegulariser } from './wavelet.js';

/** What `--regulariser NAME` may be told besides its name. */
export interface RegulariserParameters {
  readonly boundary?: Boundary;
  readonly zWeight?: number;
  readonly wavelet?: WaveletName;
  readonly levels?: number;
  readonly block?: number;
}

/** A regulariser that has a name for options and flags. */
export interface NamedRegulariser {
  /** The parameters that it has. */
  readonly parameters: readonly (keyof RegulariserParameters)[];
  /** The regulariser with these parameters. @throws SlicewiseError ARGUMENT */
  make(parameters: RegulariserParameters): Regulariser;
  /** For the tests of the registry; images are of [5, 4, 6] values, real and complex. */
  readonly examples: readonly RegulariserParameters[];
}

/** Every regulariser that has a name. */
export const regularisers = new Registry<NamedRegulariser>('regulariser')
  .add('tv-z', {
    parameters: ['boundary', 'zWeight'],
    make: (parameters) => totalVariation({ axes: 'z', ...parameters }),
    examples: [{}, { boundary: 'periodic', zWeight: 0.7 }],
  })
  .add('tv3d', {
    parameters: ['boundary', 'zWeight'],
    make: (parameters) => totalVariation({ axes: '3d', ...parameters }),
    examples: [{}, { boundary: 'periodic', zWeight: 0.7 }],
  })
  .add('tv-xy', { parameters: [], make: () => totalVariation({ axes: 'xy' }), examples: [{}] })
  .add('wavelet', {
    parameters: ['wavelet', 'levels'],
    make: waveletRegulariser,
    examples: [{ wavelet: 'haar' }, { wavelet: 'db2', levels: 1 }],
  })
  .add('low-rank', { parameters: ['block'], make: lowRank, examples: [{}, { block: 3 }] })
  .add('none', { parameters: [], make: () => noRegulariser, examples: [{}] });
