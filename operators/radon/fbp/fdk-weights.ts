import type { PixelGrid } from '../pixel-grid.js';
import type { ConeGeometry } from '../../../volumes/kinds/radon/schema.js';
import { gridSigns, type ConeView } from '../vectors.js';

/**
 * Completes the cosine: D/√(D² + u²) is in the row's weights, √(D² + u²)/√(D² + u² + v²) is this: [row][column].
 */
export function tilts(g: ConeGeometry): Float64Array {
  return Float64Array.from({ length: g.rows * g.columns }, (_, n) => {
    const [row, column] = [Math.floor(n / g.columns), n % g.columns];
    const inPlane = Math.hypot(g.sourceToDetector, (column - (g.columns - 1) / 2) * g.columnPitch + g.columnOffset);
    const height = (row - (g.rows - 1) / 2) * g.rowPitch + g.rowOffset;
    return inPlane / Math.hypot(inPlane, height);
  });
}

/** The detector row that sees a slice: constant + (source + slice·step)/distance, see `PixelMap`. */
export function rowMap(g: ConeGeometry, view: ConeView, grid: PixelGrid): [number, number, number] {
  const perMm = g.sourceToDetector / g.sourceToAxis / g.rowPitch;
  const step = gridSigns(grid)[2] * grid.spacing[2];
  const constant = (g.rows - 1) / 2 + (view.sourceZ - view.detectorZ) / g.rowPitch;
  return [constant, ((-step * (grid.shape[0] - 1)) / 2 - view.sourceZ) * perMm, step * perMm];
}
