import { directionOf, shapeOf, spacingOf } from '../../../../core/placement.js';
import { SlicewiseError } from '../../../../core/errors.js';
import { geometryOf, kindOf } from '../../../../volumes/kinds/registry.js';
import { nominalScanner } from '../../../../volumes/kinds/radon/nominal.js';
import type { Geometry, Measurement } from '../../../../volumes/measurement.js';
import {
  CONE,
  coneSchema,
  FAN,
  fanSchema,
  isRadon,
  isVectors,
  PARALLEL,
  parallelSchema,
  parseGeometry,
  RADON_KINDS,
  type RadonKind,
  type VectorKind,
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
  /** Where the sources are, by vectors; else on the circle. */
  readonly sources?: readonly Point[];
  readonly curved: boolean;
  /** Detector rows along z, where rays go through several slices. */
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
  if (isVectors(kind)) return vectorLayout(kind, geometry, grid);
  const cone = kind === CONE ? parseGeometry(coneSchema, geometry, kind) : null;
  const fan = kind === FAN ? parseGeometry(fanSchema, geometry, kind) : null;
  const flat = cone ? null : (fan ?? parseGeometry(parallelSchema, geometry, PARALLEL));
  const beam = cone ?? fan;
  const bins = cone?.columns ?? flat!.detectorCount;
  const pitch = cone?.columnPitch ?? flat!.detectorPitch;
  const offset = cone?.columnOffset ?? flat!.detectorOffset;

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
    ...gridLayout(grid),
    curved: beam?.detectorShape === 'curved',
    fieldOfView: beam
      ? beam.sourceToAxis *
        Math.sin(beam.detectorShape === 'curved' ? half / beam.sourceToDetector : Math.atan(half / beam.sourceToDetector))
      : half,
  };
}

function gridLayout(grid: Measurement['grid']): Pick<ScanLayout, 'gridSize' | 'gridShape' | 'firstVoxel'> {
  const axes = nearestAxes(directionOf(grid));
  const spacing = spacingOf(grid, 'mm');
  const size = axes.map(({ axis }) => grid.shape[axis] * spacing[2 - axis]);
  return {
    gridSize: [size[0], size[1], size[2]],
    gridShape: shapeOf(grid),
    firstVoxel: [(-axes[0].sign * size[0]) / 2, (-axes[1].sign * size[1]) / 2],
  };
}

/** The circle nearest to vectors, and the sources where they are. */
function vectorLayout(kind: VectorKind, geometry: Geometry, grid: Measurement['grid']): ScanLayout {
  const g = geometryOf(kindOf(kind)!, geometry) as { vectors: number[][]; rows?: number; columns?: number; detectorCount?: number };
  const { angles, pitch, offset, rowPitch, rowOffset, sourceToAxis, sourceToDetector, sourceZ } = nominalScanner(kind, geometry);
  const bins = g.columns ?? g.detectorCount!;
  const half = Math.max(0, (bins * pitch) / 2 - Math.abs(offset));
  const source = sourceToAxis === undefined ? null : { toAxis: sourceToAxis, toDetector: sourceToDetector! };
  return {
    kind,
    angles,
    bins,
    pitch,
    offset,
    source,
    sources: source ? g.vectors.map(([x, y]): Point => [x, y]) : undefined,
    rows: g.rows === undefined ? null : { count: g.rows, pitch: rowPitch!, offset: rowOffset! },
    heights: sourceZ ?? null,
    ...gridLayout(grid),
    curved: false,
    fieldOfView: source ? source.toAxis * Math.sin(Math.atan(half / source.toDetector)) : half,
  };
}
