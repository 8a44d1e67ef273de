import { space } from '../../core/space.js';
import { SlicewiseError } from '../../core/errors.js';
import { requireCpu } from '../../compute/cpu/backend.js';
import { cpuField } from '../../compute/cpu/field.js';
import type { Backend } from '../../compute/backend.js';
import type { Grid, Measurement } from '../../volumes/measurement.js';
import { backprojectKernel } from './backproject.generated.js';
import { checkSize, detectorRow, weightRows } from './detector-row.js';
import { filterResponse, filterRows, paddedLength, type FilterOptions } from './filters.js';
import { pixelMap } from './pixel-map.js';
import { checkDistances, coneSchema, parseGeometry, type ConeGeometry } from './schema.js';
import { coneViews, gridSigns, type ConeView } from './vectors.js';

/**
 * Feldkamp, Davis and Kress (J. Opt. Soc. Am. A 1 (1984) 612): the fan-beam formula along every detector row, with the cosine of the ray in both directions
 * and backprojection along the cone's rays. Exact in the plane of the source, approximate above and below. One view at a time goes to all slabs.
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
  const cpu = requireCpu(backend, `filtered backprojection of ${kind}`);
  const { rows, columns } = g;
  checkSize(data, [g.angles.length, rows, columns], 'view, row, column');
  if (g.sourceZ?.some((z) => z !== g.sourceZ![0])) {
    throw new SlicewiseError('GEOMETRY', {
      message: 'FDK reconstructs circular scans',
      expected: 'the source at one height (sourceZ)',
      got: 'a source that moves along z',
      hint: 'use an iterative method: sirt, cgls, admm-tv or dds',
    });
  }
  const row = detectorRow(
    { ...g, detectorCount: columns, detectorPitch: g.columnPitch, detectorOffset: g.columnOffset },
    g.sourceToDetector,
  );
  const wide = row.detectorCount;
  const views = coneViews({ ...g, columnOffset: row.detectorOffset });
  const atAxis = g.sourceToAxis / g.sourceToDetector;
  const response = filterResponse(paddedLength(wide), g.columnPitch * atAxis, options);
  const heights = Float64Array.from({ length: rows }, (_, r) => (r - (rows - 1) / 2) * g.rowPitch + g.rowOffset);
  const stride = Math.ceil(rows / 4) * 4;

  const image = backend.field(space(['slice', 'y', 'x'], grid.shape));
  const [projection, table] = [wide * stride * 4, 9 * 8].map((n) => cpu.block(image.space, n));
  const { slabs, lanes } = cpu.slabs(grid.shape[0]).layout;
  const slab = [{ each: slabs.map((s) => s.first) }, grid.shape[1], grid.shape[2], lanes];
  const addresses = [projection.address, cpuField(image, image.space).address, table.address];
  try {
    for (const [v, view] of views.entries()) {
      const filtered = new Float32Array(rows * wide);
      const measured = data.slice(v * rows * columns, (v + 1) * rows * columns);
      tilt(measured, heights, g);
      weightRows(measured, { ...row, weights: [row.weights[v]] }, filtered);
      filterRows(filtered, wide, response);
      cpu.upload(image.space, projection, transposed(filtered, rows, wide, stride));
      cpu.upload(image.space, table, Float64Array.of(...pixelMap(view, wide, grid), ...rowMap(g, view, grid)));
      cpu.call(image.space, backprojectKernel, 'cone', [...addresses, wide, rows, stride, ...slab]);
      await backend.flush();
    }
    return await backend.read(image);
  } finally {
    image.dispose();
    for (const block of [projection, table]) block.free();
  }
}

/** Completes the cosine: D/√(D² + u²) is in the row's weights, √(D² + u²)/√(D² + u² + v²) is applied here. `view` [row, column]. */
function tilt(view: Float32Array, heights: Float64Array, g: ConeGeometry): void {
  for (let row = 0, at = 0; row < g.rows; row++) {
    for (let column = 0; column < g.columns; column++, at++) {
      const inPlane = Math.hypot(g.sourceToDetector, (column - (g.columns - 1) / 2) * g.columnPitch + g.columnOffset);
      view[at] *= inPlane / Math.hypot(inPlane, heights[row]);
    }
  }
}

/** The detector row that sees a slice: constant + (source + slice·step)/distance, see `PixelMap`. */
function rowMap(g: ConeGeometry, view: ConeView, grid: Grid): [number, number, number] {
  const perMm = g.sourceToDetector / g.sourceToAxis / g.rowPitch;
  const step = gridSigns(grid)[2] * grid.spacing[2];
  const constant = (g.rows - 1) / 2 + (view.sourceZ - view.detectorZ) / g.rowPitch;
  return [constant, ((-step * (grid.shape[0] - 1)) / 2 - view.sourceZ) * perMm, step * perMm];
}

/** [row, column] → [column, row], rows padded to `stride`. */
function transposed(view: Float32Array, rows: number, columns: number, stride: number): Float32Array {
  const out = new Float32Array(columns * stride);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) out[column * stride + row] = view[at];
  }
  return out;
}
