import { z } from 'zod';
import { SlicewiseError } from '../../../core/errors.js';

/**
 * Cartesian MRI: k-space `[slice, coil, ky, kx]`, centred (k = 0 at index ⌊n/2⌋), on the grid of the image. Along `readout` every acquired line is
 * complete; 'slice': two phase directions, with the readout already transformed, so that the slices of the image decouple.
 */
export const cartesianSchema = z.object({
  readout: z.enum(['kx', 'ky', 'slice']).default('kx').describe('the frequency-encoded direction'),
});

export type CartesianGeometry = z.output<typeof cartesianSchema>;

/** @throws SlicewiseError GEOMETRY naming the field that is wrong */
export function parseCartesian(geometry: unknown): CartesianGeometry {
  const parsed = cartesianSchema.safeParse(geometry);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SlicewiseError('GEOMETRY', {
    message: `the fourier.cartesian geometry is not usable: '${issue.path.join('.') || 'geometry'}': ${issue.message}`,
    expected: "{ readout: 'kx' | 'ky' | 'slice' }",
  });
}
