import { pixelGrid, type PixelGrid } from '../pixel-grid.js';
import { forBackend } from '../../../compute/for-backend.js';
import type { Backend } from '../../../compute/backend.js';
import type { Measurement } from '../../../volumes/measurement.js';
import { checkSize, detectorRow, type DetectorRow } from '../detector-row.js';
import { coneFdkCpu } from './fdk-cpu.js';
import { coneFdkWebGpu } from './fdk-webgpu.js';
import { filterResponse, paddedLength, type FilterOptions } from './filters.js';
import { coneSchema, parseGeometry, type ConeGeometry } from '../../../volumes/kinds/radon/schema.js';
import { checkDistances } from '../distances.js';
import { coneViews, type ConeView } from '../vectors.js';

/** A cone-beam scan ready to be filtered: what the kernels need. */
export interface ConeFdk {
  /** [view, row, measured bin] */
  readonly data: Float32Array;
  readonly geometry: ConeGeometry;
  readonly grid: PixelGrid;
  readonly row: DetectorRow;
  readonly response: Float64Array;
  readonly views: readonly ConeView[];
}

/**
 * Feldkamp, Davis and Kress (J. Opt. Soc. Am. A 1 (1984) 612): the fan-beam formula along every detector row, with the cosine of the ray in
 * both directions and backprojection along the cone's rays. Exact in the plane of the source, approximate above and below.
 *
 * @returns `[slice, y, x]`, see `filteredBackprojection`
 */
export async function coneFdk(
  { kind, data, geometry, grid }: Pick<Measurement, 'kind' | 'data' | 'geometry' | 'grid'>,
  backend: Backend,
  options: FilterOptions,
): Promise<Float32Array> {
  const g = parseGeometry(coneSchema, geometry, kind);
  checkDistances(g, grid, kind);
  const { rows, columns } = g;
  checkSize(data, [g.angles.length, rows, columns], 'view, row, column');
  const row = detectorRow(
    { ...g, detectorCount: columns, detectorPitch: g.columnPitch, detectorOffset: g.columnOffset },
    g.sourceToDetector,
  );
  const wide = row.detectorCount;
  const views = coneViews({ ...g, columnOffset: row.detectorOffset });
  const atAxis = g.sourceToAxis / g.sourceToDetector;
  const response = filterResponse(paddedLength(wide), g.columnPitch * atAxis, options);
  const scan: ConeFdk = { data, geometry: g, grid: pixelGrid(grid), row, response, views };
  return forBackend(backend, `filtered backprojection of ${kind}`, {
    cpu: (b) => coneFdkCpu(scan, b),
    webgpu: (b) => coneFdkWebGpu(scan, b),
  });
}
