import { CONE_VIEW, coneTable } from '../../operators/radon/cone/cone-windows.js';
import { coneRay, rayTable, sliceRay, vectorsAt } from '../../operators/radon/slice/ray-table.js';
import { coneSchema, fanSchema, parallelSchema, parseGeometry } from '../../volumes/kinds/radon/schema.js';
import { coneViews, fanViews, packViews, parallelViews } from '../../operators/radon/vectors.js';
import { pixelGrid } from '../../operators/radon/pixel-grid.js';
import type { Grid } from '../../volumes/measurement.js';

/**
 * Multiply-adds of one projection: two a step of a ray in every slice; in cone beam four a step and detector row (rows that leave the
 * volume on their way are counted to the end).
 */
export function multiplyAdds(kind: string, geometry: unknown, image: Grid): number {
  const grid = pixelGrid(image);
  if (kind === 'cone') {
    const g = parseGeometry(coneSchema, geometry, 'radon.cone');
    const views = coneViews(g);
    const vectors = coneTable(g, views, grid);
    const rayOf = (v: number, d: number) => coneRay(vectorsAt(vectors, v * CONE_VIEW, true), d, g.columns, grid);
    return 4 * g.rows * steps(rayTable(views, g.columns, grid, rayOf).rays);
  }
  const fan = kind === 'fan';
  const g = fan ? parseGeometry(fanSchema, geometry, 'radon.fan') : parseGeometry(parallelSchema, geometry, 'radon.parallel');
  const views = fan ? fanViews(parseGeometry(fanSchema, geometry, 'radon.fan')) : parallelViews(g);
  const vectors = packViews(views, grid);
  const rayOf = (v: number, d: number) => sliceRay(vectorsAt(vectors, v * 7 + 1, fan), d, g.detectorCount, grid);
  return 2 * grid.shape[0] * steps(rayTable(views, g.detectorCount, grid, rayOf).rays);
}

/** Lines met by all rays of a table. */
function steps(rays: Uint32Array): number {
  let sum = 0;
  for (let at = 0; at < rays.length; at += 8) sum += rays[at + 7] - rays[at + 6];
  return sum;
}
