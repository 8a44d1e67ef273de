import { SlicewiseError } from '../../../../core/errors.js';
import type { Grid } from '../../../../volumes/measurement.js';
import {
  CONE,
  coneSchema,
  FAN,
  fanSchema,
  isDivergent,
  isVolumetric,
  PARALLEL,
  parallelSchema,
  parseGeometry,
  type FanGeometry,
  type VectorKind,
} from '../../../../volumes/kinds/radon/schema.js';
import { spatial } from '../../../../volumes/kinds/radon/vector-schema.js';
import { geometryOf, kindOf } from '../../../../volumes/kinds/registry.js';
import { atHeight, type Phantom } from './phantom.js';
import { directionOf, spacingOf } from '../../../../core/placement.js';
import { lineIntegral, rayTracer } from './ray.js';

/** Line integrals ∫μ dl (dimensionless), C order, axes as `Measurement` fixes them for the kind. */
export interface Projections {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

export interface ProjectOptions {
  /** Rays averaged over the width of a detector bin (and over its height, cone beam). Default 1: the centre of the bin. */
  readonly subRays?: number;
  /** Planes averaged over the thickness of a slice (parallel, fan). Default 1: the middle of the slice. */
  readonly subSlices?: number;
}

/**
 * Exact parallel projections: bin s of view θ holds ∫ μ along x cos θ + y sin θ = s, in the plane of each slice of the grid.
 * Drawing: docs/images/geometry-parallel.svg.
 * @param geometry as for `radon.parallel`, mm and degrees
 * @returns [slice, view, detector]
 * @throws SlicewiseError GEOMETRY for a missing or bad field, or slices that are not perpendicular to z
 */
export function projectParallel(phantom: Phantom, geometry: object, grid: Grid, options: ProjectOptions = {}): Projections {
  const g = parseGeometry(parallelSchema, geometry, PARALLEL);
  return slicewise(phantom, g, grid, options, (cos, sin, s) => [s * cos, s * sin, -sin, cos]);
}

/**
 * Exact fan-beam projections onto a flat (or curved) detector, in the plane of each slice of the grid: source at
 * sourceToAxis·(sin θ, −cos θ), bin s at (sourceToDetector − sourceToAxis)·(−sin θ, cos θ) + s·(cos θ, sin θ).
 * Drawing: docs/images/geometry-fan.svg. Parameters, result and errors as `projectParallel`.
 */
export function projectFan(phantom: Phantom, geometry: object, grid: Grid, options: ProjectOptions = {}): Projections {
  const g = parseGeometry(fanSchema, geometry, FAN);
  return slicewise(phantom, g, grid, options, (cos, sin, s) => {
    const [across, ahead] = seenAt(s, g);
    const length = Math.hypot(across, ahead);
    const dx = (across * cos - ahead * sin) / length;
    const dy = (across * sin + ahead * cos) / length;
    return [g.sourceToAxis * sin, -g.sourceToAxis * cos, dx, dy];
  });
}

/**
 * Exact cone-beam projections onto a flat (or cylindrical) detector: as fan beam, with the source in the plane z = 0 of the
 * isocentre (in a helix at the height `sourceZ` of the view, and the detector with it) and rows along +z. Drawing:
 * docs/images/geometry-cone.svg.
 * @param geometry as for `radon.cone`, mm and degrees
 * @returns [view, row, column]
 * @throws SlicewiseError GEOMETRY for a missing or bad field
 */
export function projectCone(phantom: Phantom, geometry: object, options: ProjectOptions = {}): Projections {
  const g = parseGeometry(coneSchema, geometry, CONE);
  const n = options.subRays ?? 1;
  const trace = rayTracer(phantom);
  const data = new Float32Array(g.angles.length * g.rows * g.columns);
  let at = 0;
  for (const [view, angle] of g.angles.entries()) {
    const [cos, sin] = unit(angle);
    const z = g.sourceZ?.[view] ?? 0;
    const [x, y] = [g.sourceToAxis * sin, -g.sourceToAxis * cos];
    for (let row = 0; row < g.rows; row++) {
      const vs = binSamples(row, g.rows, g.rowPitch, g.rowOffset, n);
      for (let column = 0; column < g.columns; column++) {
        let sum = 0;
        for (const u of binSamples(column, g.columns, g.columnPitch, g.columnOffset, n)) {
          for (const v of vs) {
            const [across, ahead] = seenAt(u, g);
            const length = Math.hypot(across, ahead, v);
            const dx = (across * cos - ahead * sin) / length;
            const dy = (across * sin + ahead * cos) / length;
            sum += lineIntegral(trace(x, y, z, dx, dy, v / length));
          }
        }
        data[at++] = sum / (n * n);
      }
    }
  }
  return { data, shape: [g.angles.length, g.rows, g.columns] };
}

/**
 * Exact projections along rays that vectors say: of every view and bin, or in the plane of each slice of the grid where they are six a
 * view.
 * @param geometry as for the kind, mm
 * @returns [view, row, column], or [slice, view, detector]
 * @throws SlicewiseError GEOMETRY for vectors that are none
 */
export function projectVectors(
  phantom: Phantom,
  kind: VectorKind,
  geometry: object,
  grid: Grid,
  options: ProjectOptions = {},
): Projections {
  const g = geometryOf(kindOf(kind)!, geometry) as { vectors: number[][]; rows?: number; columns?: number; detectorCount?: number };
  const { subRays: n = 1, subSlices = 1 } = options;
  const [divergent, volumetric] = [isDivergent(kind), isVolumetric(kind)];
  const columns = g.columns ?? g.detectorCount!;
  const planes = volumetric ? [[0]] : sliceHeights(grid, subSlices);
  const rows = Array.from({ length: g.rows ?? 1 }, (_, row) => (volumetric ? binSamples(row, g.rows!, 1, 0, n) : [0]));
  const bins = Array.from({ length: columns }, (_, column) => binSamples(column, columns, 1, 0, n));
  const data = new Float32Array(planes.length * g.vectors.length * rows.length * columns);
  let at = 0;
  for (const zs of planes) {
    const traces = zs.map((z) => rayTracer(volumetric ? phantom : atHeight(phantom, z)));
    for (const list of g.vectors) {
      const { ray, centre, u, v } = spatial(list);
      for (const rs of rows) {
        for (const cs of bins) {
          let sum = 0;
          for (const r of rs) {
            for (const c of cs) {
              const p = [0, 1, 2].map((a) => centre[a] + c * u[a] + r * v[a]);
              const d = divergent ? p.map((x, a) => x - ray[a]) : [...ray];
              const length = Math.hypot(...d);
              zs.forEach((z, k) => (sum += lineIntegral(traces[k](p[0], p[1], p[2] + z, d[0] / length, d[1] / length, d[2] / length))));
            }
          }
          data[at++] = sum / (rs.length * cs.length * zs.length);
        }
      }
    }
  }
  const views = g.vectors.length;
  return { data, shape: volumetric ? [views, rows.length, columns] : [planes.length, views, columns] };
}

/** From the source to a place on the detector: mm along u and along the central ray. */
function seenAt(s: number, g: Pick<FanGeometry, 'sourceToDetector' | 'detectorShape'>): [number, number] {
  const { sourceToDetector: d } = g;
  return g.detectorShape === 'curved' ? [d * Math.sin(s / d), d * Math.cos(s / d)] : [s, d];
}

interface Detector {
  readonly angles: readonly number[];
  readonly detectorCount: number;
  readonly detectorPitch: number;
  readonly detectorOffset: number;
}

/** Rays that stay in the plane of a slice: `ray` gives a point (x, y) on the ray and its unit direction. */
function slicewise(
  phantom: Phantom,
  g: Detector,
  grid: Grid,
  options: ProjectOptions,
  ray: (cos: number, sin: number, s: number) => readonly [number, number, number, number],
): Projections {
  const { subRays = 1, subSlices = 1 } = options;
  const heights = sliceHeights(grid, subSlices);
  const perSlice = g.angles.length * g.detectorCount;
  const data = new Float32Array(heights.length * perSlice);
  heights.forEach((zs, slice) => {
    for (const z of zs) {
      const trace = rayTracer(atHeight(phantom, z));
      let at = slice * perSlice;
      for (const angle of g.angles) {
        const [cos, sin] = unit(angle);
        for (let bin = 0; bin < g.detectorCount; bin++, at++) {
          let sum = 0;
          for (const s of binSamples(bin, g.detectorCount, g.detectorPitch, g.detectorOffset, subRays)) {
            const [x, y, dx, dy] = ray(cos, sin, s);
            sum += lineIntegral(trace(x, y, z, dx, dy, 0));
          }
          data[at] += sum / (subRays * subSlices);
        }
      }
    }
  });
  return { data, shape: [heights.length, g.angles.length, g.detectorCount] };
}

/** z of each slice (of `samples` planes within it), relative to the centre of the grid. */
function sliceHeights(grid: Grid, samples: number): number[][] {
  const direction = directionOf(grid);
  const along = direction[8];
  const pitch = spacingOf(grid, 'mm')[2];
  if (Math.abs(along) < 0.999) {
    throw new SlicewiseError('GEOMETRY', {
      message: 'parallel and fan projections are taken slice by slice',
      expected: 'slices perpendicular to z',
      got: `slice normal (${[2, 5, 8].map((n) => direction[n].toFixed(3)).join(', ')})`,
    });
  }
  return Array.from({ length: grid.shape[0] }, (_, k) => binSamples(k, grid.shape[0], pitch, 0, samples).map((z) => along * z));
}

/** Positions of `n` samples across bin `index` of `count`, in mm: (index − (count − 1)/2)·pitch + offset in the middle. */
function binSamples(index: number, count: number, pitch: number, offset: number, n: number): number[] {
  const centre = (index - (count - 1) / 2) * pitch + offset;
  return Array.from({ length: n }, (_, m) => centre + ((m + 0.5) / n - 0.5) * pitch);
}

const unit = (angle: number): [number, number] => {
  const theta = (angle * Math.PI) / 180;
  return [Math.cos(theta), Math.sin(theta)];
};
