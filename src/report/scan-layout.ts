import { SlicewiseError } from '../../core/errors.js';
import type { Measurement } from '../../volumes/measurement.js';
import { directionOf, spacingOf } from '../../core/placement.js';
import { requireCone, requireFan, requireParallel } from '../phantoms/geometry.js';
import { nearestAxes } from '../metrics/planes.js';
import type { Point } from './svg.js';

/** A scan as it is drawn, in mm: x right, y up, seen from +z. Parallel beams have no source. */
export interface ScanLayout {
  readonly kind: 'radon.parallel' | 'radon.fan' | 'radon.cone';
  readonly angles: readonly number[];
  /** Bins along u, their pitch, and how far the middle of the detector is from the axis along u. */
  readonly bins: number;
  readonly pitch: number;
  readonly offset: number;
  readonly source: { readonly toAxis: number; readonly toDetector: number } | null;
  /** Detector rows along z, cone beam only. */
  readonly rows: { readonly count: number; readonly pitch: number; readonly offset: number } | null;
  /** mm of the grid along world x, y, z. */
  readonly gridSize: readonly [number, number, number];
  readonly gridShape: readonly [number, number, number];
  /** Middle of the slice corner where row and column start, in the plane. */
  readonly firstVoxel: Point;
  /** Radius of the circle that every view sees whole; 0 when the detector leaves the axis out. */
  readonly fieldOfView: number;
}

/** @throws SlicewiseError GEOMETRY for a kind that is no radon geometry, or a bad field */
export function layoutOf({ kind, geometry, grid }: Pick<Measurement, 'kind' | 'geometry' | 'grid'>): ScanLayout {
  if (!isRadon(kind)) {
    throw new SlicewiseError('GEOMETRY', {
      message: 'only scanners can be drawn',
      expected: 'radon.parallel, radon.fan or radon.cone',
      got: kind,
    });
  }
  const cone = kind === 'radon.cone' ? requireCone(geometry) : null;
  const fan = kind === 'radon.fan' ? requireFan(geometry) : null;
  const flat = cone ? null : (fan ?? requireParallel(geometry));
  const beam = cone ?? fan;
  const bins = cone?.columns ?? flat!.detectorCount;
  const pitch = cone?.columnPitch ?? flat!.detectorPitch;
  const offset = cone?.columnOffset ?? flat!.detectorOffset;

  const axes = nearestAxes(directionOf(grid));
  const spacing = spacingOf(grid, 'mm');
  const size = axes.map(({ axis }) => grid.shape[axis] * spacing[2 - axis]);
  const half = Math.max(0, (bins * pitch) / 2 - Math.abs(offset));
  return {
    kind,
    angles: (cone ?? flat)!.angles,
    bins,
    pitch,
    offset,
    source: beam && { toAxis: beam.sourceToAxis, toDetector: beam.sourceToDetector },
    rows: cone && { count: cone.rows, pitch: cone.rowPitch, offset: cone.rowOffset },
    gridSize: [size[0], size[1], size[2]],
    gridShape: grid.shape,
    firstVoxel: [(-axes[0].sign * size[0]) / 2, (-axes[1].sign * size[1]) / 2],
    fieldOfView: beam ? beam.sourceToAxis * Math.sin(Math.atan(half / beam.sourceToDetector)) : half,
  };
}

const isRadon = (kind: string): kind is ScanLayout['kind'] =>
  kind === 'radon.parallel' || kind === 'radon.fan' || kind === 'radon.cone';
