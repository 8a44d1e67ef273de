import * as z from 'zod';

/**
 * Entries of a spectral cube [band, line, sample], some of which were measured: `arrays.mask` says which, `arrays.noise` how well each
 * band.
 */
export const ENTRIES = 'spectral.entries';

/** Nothing lies between the cube and its entries: wavelengths are coordinates of the grid. */
export const entriesSchema = z.object({});
