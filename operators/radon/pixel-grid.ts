import type { Grid } from '../../volumes/measurement.js';
import { directionOf, shapeOf, spacingOf } from '../../core/placement.js';

/** What a projector needs of the image wanted. */
export type ImageGrid = Pick<Grid, 'shape' | 'axes' | 'placement'>;

/** The image as the kernels know it. */
export interface PixelGrid {
  /** [slice, row, column] */
  readonly shape: readonly [number, number, number];
  /** mm along column (x), row (y), slice (z). */
  readonly spacing: readonly [number, number, number];
  /** 3×3 row-major; columns are the directions of i, j, k. */
  readonly direction: readonly number[];
}

/**
 * @throws SlicewiseError SHAPE for other than three axes, UNITS for axes that are no lengths, GEOMETRY for pixels that are not equally far
 *   apart
 */
export const pixelGrid = (grid: ImageGrid): PixelGrid => ({
  shape: shapeOf(grid),
  spacing: spacingOf(grid, 'mm'),
  direction: directionOf(grid),
});
