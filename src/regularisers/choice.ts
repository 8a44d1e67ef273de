import * as z from 'zod';
import { count, positive } from '../../core/options.js';
import { SlicewiseError } from '../../core/errors.js';
import { waveletNames } from '../../operators/wavelet/daubechies.js';
import { regularisers, type RegulariserParameters } from './registry.js';
import { isRegulariser, type Regulariser } from './regulariser.js';

/** A regulariser, or the name of one. */
export type RegulariserChoice = string | Regulariser;

/** Options of every method that takes any regulariser. */
export const regulariserOptions = {
  regulariser: z
    .custom<RegulariserChoice>((given) => isRegulariser(given) || (typeof given === 'string' && regularisers.has(given)), {
      error: () => `${regularisers.names().join(', ')}, or a regulariser of your own`,
    })
    .optional()
    .describe(`what ties slices or pixels together: ${regularisers.names().join(', ')}; default tv-z (admm: tv3d)`),
  boundary: z.enum(['replicate', 'periodic']).default('replicate').describe('beyond the first and last slice'),
  zWeight: positive
    .optional()
    .describe('weight ζ of differences along z; voxel width / slice distance makes it isotropic in mm; default 1'),
  wavelet: z.enum(waveletNames).optional().describe('Daubechies wavelet (SigPy db4); default db4'),
  levels: count.optional().describe('wavelet levels; default as deep as the filter fits into the shorter side of the image'),
  block: count.optional().describe('pixels along a side of the blocks of low-rank; default the whole slice'),
};

/** Options as `regulariserOptions` gives them. */
export interface RegulariserSettings extends RegulariserParameters {
  readonly regulariser?: RegulariserChoice;
}

/**
 * The regulariser that the options of a method say.
 * @param otherwise its name where they say none
 * @throws SlicewiseError ARGUMENT for an unknown name, or a parameter that this regulariser has not. (`boundary` is
 * passed over: it has a default.)
 */
export function regulariserOf(method: string, settings: RegulariserSettings, otherwise: string): Regulariser {
  const { regulariser = otherwise, boundary, zWeight, wavelet, levels, block } = settings;
  const given: RegulariserParameters = { boundary, zWeight, wavelet, levels, block };
  const names = Object.keys(given) as (keyof RegulariserParameters)[];
  const said = names.filter((name) => given[name] !== undefined && name !== 'boundary');
  const own = typeof regulariser === 'string' ? regularisers.get(regulariser) : undefined;
  const foreign = said.find((name) => !own?.parameters.includes(name));
  if (foreign) {
    const having = regularisers.entries().flatMap(([name, entry]) => (entry.parameters.includes(foreign) ? [name] : []));
    throw new SlicewiseError('ARGUMENT', {
      message: `option '${foreign}' of ${method} is for the regulariser ${having.join(' or ')}`,
      got: typeof regulariser === 'string' ? `'${regulariser}'` : 'a regulariser of your own',
      hint: 'leave it out, or choose another regulariser',
    });
  }
  if (typeof regulariser !== 'string') return regulariser;
  return own!.make(Object.fromEntries(own!.parameters.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]]))));
}
