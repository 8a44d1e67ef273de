import { placed, type Lattice } from '../../../core/placement.js';
import { determinant3, isOrthogonal } from '../../affine.js';

/** LPS (DICOM, ITK) and RAS differ in the signs of x and y; the change is its own inverse. */
export const flipXy = (v: readonly number[]): [number, number, number] => [-v[0], -v[1], v[2]];

/** The same for a matrix whose columns are world directions, row-major. */
export const flipXyRows = (m: readonly number[]): number[] => m.map((value, n) => (n < 6 ? -value : value));

/**
 * Axes and place of a volume from what its header says, RAS+ mm; what cannot be (singular directions) is told and passed over.
 * @param affine the steps along i, j, k as columns (row-major) and the origin
 */
export function latticeFrom(columns: readonly number[], origin: readonly number[], warn: (message: string) => void): Lattice | undefined {
  const spacing = [0, 1, 2].map((c) => Math.hypot(columns[c], columns[3 + c], columns[6 + c])) as [number, number, number];
  const direction = columns.map((value, n) => value / spacing[n % 3]);
  if (![...direction, ...origin, ...spacing].every(Number.isFinite) || Math.abs(determinant3(direction)) < 1e-6) {
    warn('the directions in the header are singular and were ignored');
    return undefined;
  }
  if (!isOrthogonal(direction)) warn('the axes are not at right angles (sheared affine)');
  return { spacing, origin: [origin[0], origin[1], origin[2]], direction };
}

/** Axes and place for `makeVolume`. */
export const placedBy = (lattice: Lattice, spacing: Lattice['spacing'] | undefined): ReturnType<typeof placed> =>
  placed({ ...lattice, ...(spacing ? { spacing } : {}) });
