import { directionOf, shapeOf, spacingOf } from '../../../../core/placement.js';
import { SlicewiseError } from '../../../../core/errors.js';
import type { Measurement } from '../../../../volumes/measurement.js';
import {
  CONE,
  coneSchema,
  FAN,
  fanSchema,
  isRadon,
  PARALLEL,
  parallelSchema,
  parseGeometry,
  RADON_KINDS,
  type RadonKind,
} from '../../../../volumes/kinds/radon/schema.js';
import { nearestAxes } from '../../../metrics/planes.js';
import type { Point } from './svg.js';

/** A scan as it is drawn, in mm: x right, y up, seen from +z. Parallel beams have no source. */
export interface ScanLayout {
  readonly kind: RadonKind;
  readonly angles: readonly number[];
  /** Bins along u, their pitch, and how far the middle of the detector is from the axis along u. */
  readonly bins: number;
  readonly pitch: number;
  readonly offset: number;
  readonly source: { readonly toAxis: number; readonly toDetector: number } | null;
  /** Detector rows along z, cone beam only. */
  readonly rows: { readonly count: number; readonly pitch: number; readonly offset: number } | null;
  /** Height of the source in every view, mm above the middle of the grid; null unless it moves (helix). */
  readonly heights: readonly number[] | null;
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
      expected: RADON_KINDS.join(', '),
      got: kind,
    });
  }
  const cone = kind === CONE ? parseGeometry(coneSchema, geometry, kind) : null;
  const fan = kind === FAN ? parseGeometry(fanSchema, geometry, kind) : null;
  const flat = cone ? null : (fan ?? parseGeometry(parallelSchema, geometry, PARALLEL));
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
    heights: cone?.sourceZ ?? null,
    gridSize: [size[0], size[1], size[2]],
    gridShape: shapeOf(grid),
    firstVoxel: [(-axes[0].sign * size[0]) / 2, (-axes[1].sign * size[1]) / 2],
    fieldOfView: beam ? beam.sourceToAxis * Math.sin(Math.atan(half / beam.sourceToDetector)) : half,
  };
}
