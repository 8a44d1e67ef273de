import { pixelGrid, type PixelGrid } from '../pixel-grid.js';
import { forBackend } from '../../../compute/for-backend.js';
import { SlicewiseError } from '../../../core/errors.js';
import type { Backend } from '../../../compute/backend.js';
import type { Measurement } from '../../../volumes/measurement.js';
import { sliceFbpCpu } from './fbp-cpu.js';
import { sliceFbpWebGpu } from './fbp-webgpu.js';
import { coneFdk } from './fdk.js';
import { requireDirect } from './possible.js';
import { filterResponse, paddedLength, type FilterOptions } from './filters.js';
import { CONE, FAN, fanSchema, PARALLEL, parallelSchema, parseGeometry, RADON_KINDS } from '../../../volumes/kinds/radon/schema.js';
import { checkDistances } from '../distances.js';
import { curveOf, fanViews, parallelViews, type View2D } from '../vectors.js';
import { checkSize, detectorRow, type DetectorRow } from '../detector-row.js';

/** What filtered backprojection needs of a measurement. */
export type Projections = Pick<Measurement, 'kind' | 'data' | 'geometry' | 'grid'>;

/**
 * Filtered backprojection of parallel- and fan-beam scans, Feldkamp's for cone beam (FDK): the direct reconstruction, in image units (mm⁻¹
 * for dimensionless line integrals), `[slice, y, x]` in C order on the measurement's grid.
 *
 * Any list of angles: a view weighs half the gap to its neighbours. A parallel scan counts every line once, over 180° or 360°; a fan or
 * cone scan over less than 360° has Parker's weights when its arc reaches 180° + the fan angle, and below that counts every measured line
 * once and leaves the others missing (limited angle: expect streaks, and contrast lost along the missing directions). An offset detector in
 * a full circle is weighted so that lines seen from one side only count fully. Pixels that a view does not see get nothing from it.
 *
 * A curved (equiangular) fan has its own filter, and weighs by the square of the true distance from the source.
 *
 * Kak & Slaney, Principles of Computerized Tomographic Imaging (1988), §3.3-3.4; Feldkamp, Davis, Kress, J. Opt. Soc. Am. A 1 (1984) 612.
 *
 * @throws SlicewiseError GEOMETRY, SHAPE when data and geometry differ in size, ARGUMENT for an unknown filter
 */
export async function filteredBackprojection(scan: Projections, backend: Backend, options: FilterOptions = {}): Promise<Float32Array> {
  const { geometry, grid } = scan;
  requireDirect(scan);
  if (scan.kind === PARALLEL) {
    const g = parseGeometry(parallelSchema, geometry, scan.kind);
    return sliceFbp(scan, detectorRow(g), g.detectorPitch, (row) => parallelViews({ ...g, ...row }), backend, options);
  }
  if (scan.kind === FAN) {
    const g = parseGeometry(fanSchema, geometry, scan.kind);
    checkDistances(g, grid, scan.kind);
    // the detector seen at the axis
    const pitch = (g.detectorPitch * g.sourceToAxis) / g.sourceToDetector;
    const curved = g.detectorShape === 'curved';
    const row = detectorRow(g, g.sourceToDetector, curved);
    return sliceFbp(scan, row, pitch, (wide) => fanViews({ ...g, ...wide }), backend, options);
  }
  if (scan.kind === CONE) return coneFdk(scan, backend, options);
  throw new SlicewiseError('GEOMETRY', {
    message: 'filtered backprojection is for CT scans',
    expected: RADON_KINDS.join(', '),
    got: scan.kind,
  });
}

/** A scan whose slices are alike, ready to be filtered: what the kernels need. */
export interface SliceFbp {
  /** [slice, view, measured bin] */
  readonly data: Float32Array;
  readonly grid: PixelGrid;
  readonly row: DetectorRow;
  readonly response: Float64Array;
  readonly views: readonly View2D[];
  /** Radians from bin to bin of a curved detector; 0: flat. */
  readonly curve: number;
  /** Of a curved detector: 1/cos² of the angle between the ray through the axis and the one through its middle. */
  readonly scale: number;
}

/** 1/cos² of the angle at which the ray through the axis leaves the middle ray. */
function axisScale({ ray, centre }: View2D): number {
  const [dx, dy] = [centre[0] - ray[0], centre[1] - ray[1]];
  const along = -(dx * ray[0] + dy * ray[1]) / Math.hypot(dx, dy);
  return (ray[0] ** 2 + ray[1] ** 2) / along ** 2;
}

/** Every slice alike: `data` [slice, view, detector]. */
async function sliceFbp(
  { kind, data, grid }: Projections,
  row: DetectorRow,
  pitch: number,
  viewsOf: (row: DetectorRow) => View2D[],
  backend: Backend,
  options: FilterOptions,
): Promise<Float32Array> {
  checkSize(data, [grid.shape[0], row.weights.length, row.measured], 'slice, view, detector');
  const views = viewsOf(row);
  const curve = curveOf(views[0]);
  const response = filterResponse(paddedLength(row.detectorCount), pitch, options, curve ? { curve, bins: row.detectorCount } : undefined);
  const scan: SliceFbp = { data, grid: pixelGrid(grid), row, response, views, curve, scale: curve ? axisScale(views[0]) : 1 };
  return forBackend(backend, `filtered backprojection of ${kind}`, {
    cpu: (b) => sliceFbpCpu(scan, b),
    webgpu: (b) => sliceFbpWebGpu(scan, b),
  });
}
