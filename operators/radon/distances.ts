import { SlicewiseError } from '../../core/errors.js';
import type { ConeGeometry, FanGeometry } from '../../volumes/kinds/radon/schema.js';
import { shapeOf, spacingOf } from '../../core/placement.js';
import type { ImageGrid } from './pixel-grid.js';

/**
 * A source must lie outside the circle inscribed in the image, and in front of the detector. (Corners of the image that the source passes
 * through are outside the field of view.)
 */
export function checkDistances(g: FanGeometry | ConeGeometry, grid: ImageGrid, kind: string): void {
  const [dx, dy] = spacingOf(grid, 'mm');
  const [, rows, columns] = shapeOf(grid);
  const radius = Math.min(rows * dy, columns * dx) / 2;
  if (g.sourceToDetector < g.sourceToAxis || g.sourceToAxis <= radius) {
    throw new SlicewiseError('GEOMETRY', {
      message: `the ${kind} geometry is impossible`,
      expected: `the image radius (${radius.toFixed(1)} mm) < sourceToAxis ≤ sourceToDetector`,
      got: `sourceToAxis ${g.sourceToAxis} mm, sourceToDetector ${g.sourceToDetector} mm`,
    });
  }
}
