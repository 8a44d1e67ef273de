import * as z from 'zod';
import { parseGeometry } from '../schema.js';

/** k-space on a grid: complex data [slice, coil, ky, kx], centred (k = 0 at index ⌊n/2⌋), on the grid of the image. */
export const CARTESIAN = 'fourier.cartesian';

/**
 * Along `readout` every acquired line is complete; 'slice': two phase directions, with the readout already transformed, so that the slices
 * of the image
 * decouple.
 */
export const cartesianSchema = z.object({
  readout: z.enum(['kx', 'ky', 'slice']).default('kx').describe('the frequency-encoded direction'),
});

export type CartesianGeometry = z.output<typeof cartesianSchema>;

export const CARTESIAN_EXPECTED = "{ readout: 'kx' | 'ky' | 'slice' }";

/** @throws SlicewiseError GEOMETRY naming the field that is wrong */
export const parseCartesian = (geometry: unknown): CartesianGeometry =>
  parseGeometry(cartesianSchema, geometry, CARTESIAN, { expected: CARTESIAN_EXPECTED });
