import * as z from 'zod';
import { parseGeometry } from '../schema.js';

/**
 * k-space measured along a trajectory: complex data [slice, coil, sample]; `arrays.trajectory` [sample, 2], (ky, kx) in cycles per field of
 * view, the same for all slices; `arrays.density` [sample], the area each sample stands for, where it is known; `arrays.maps` [slice, coil,
 * y, x].
 */
export const NONCARTESIAN = 'fourier.noncartesian';

export const nonCartesianSchema = z.object({
  trajectory: z.enum(['radial', 'spiral', 'custom']).default('custom').describe('what the trajectory is, for people'),
});

export type NonCartesianGeometry = z.output<typeof nonCartesianSchema>;

export const NONCARTESIAN_EXPECTED = "{ trajectory: 'radial' | 'spiral' | 'custom' }";

/** @throws SlicewiseError GEOMETRY naming the field that is wrong */
export const parseNonCartesian = (geometry: unknown): NonCartesianGeometry =>
  parseGeometry(nonCartesianSchema, geometry, NONCARTESIAN, { expected: NONCARTESIAN_EXPECTED });
