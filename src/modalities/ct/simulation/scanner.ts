import { spacingOf } from '../../../../core/placement.js';
import { pixelGrid } from '../../../../operators/radon/pixel-grid.js';
import { viewLines } from '../../../../operators/radon/vector/lines.js';
import { helixHeights } from '../../../../volumes/kinds/radon/helix.js';
import { CONE, FAN, isDivergent, isVectors, isVolumetric, PARALLEL } from '../../../../volumes/kinds/radon/schema.js';
import { vectorKind } from '../../../../volumes/kinds/radon/vector-file.js';
import type { Geometry, Grid, MeasurementKind } from '../../../../volumes/measurement.js';

/** A scanner to simulate. Lengths in mm, angles in degrees; what is left out follows from the grid. */
export interface ScannerOptions {
  readonly geometry: 'parallel' | 'fan' | 'cone';
  readonly views: number;
  /** Degrees that the views cover; the last view lies one step before the end. Default 180 for parallel, 360 for fan and cone. */
  readonly arc?: number;
  readonly startAngle: number;
  /** Instead of views, arc and startAngle. */
  readonly angles?: readonly number[];
  readonly detectorCount?: number;
  readonly detectorPitch?: number;
  readonly detectorOffset: number;
  readonly detectorRows?: number;
  readonly rowPitch?: number;
  readonly sourceToAxis?: number;
  readonly sourceToDetector?: number;
  readonly detectorShape?: 'flat' | 'curved';
  /** mm that the source climbs in a turn (cone). */
  readonly tableFeed?: number;
  /** Of every view, instead of all but the geometry's name and the numbers of bins and rows. */
  readonly vectors?: readonly (readonly number[])[];
}

const BEAMS = { parallel: PARALLEL, fan: FAN, cone: CONE } as const;

/** Usual distances of a clinical scanner, for objects that fit into one. */
const CLINICAL = { sourceToAxis: 600, sourceToDetector: 1100 };

/**
 * Kind and geometry of a scan that sees the whole grid: bins as wide as a pixel (seen at the axis), and as many as the diagonal of
 * the slice needs. Fan and cone: source 600 mm from the axis and 1100 mm from the detector, or in that ratio twice as far as the
 * corner of the slice when the grid is larger.
 */
export function scannerFor(grid: Grid, options: ScannerOptions): { kind: MeasurementKind; geometry: Geometry } {
  const { geometry: beam, views, startAngle, detectorOffset, tableFeed, vectors } = options;
  if (vectors) return byVectors(grid, vectors, options);
  const climb = grid.shape[0] * spacingOf(grid, 'mm')[2];
  // a turn more than the volume is high: its ends are seen from all sides
  const turns = tableFeed === undefined ? 1 : Math.ceil(climb / Math.abs(tableFeed)) + 1;
  const arc = options.arc ?? (beam === 'parallel' ? 180 : 360 * turns);
  const angles = options.angles ?? Array.from({ length: views }, (_, i) => startAngle + (i * arc) / views);
  const [nk, nj, ni] = grid.shape;
  const [dx, dy, dz] = spacingOf(grid, 'mm');
  const radius = Math.hypot(ni * dx, nj * dy) / 2;
  const pixel = Math.min(dx, dy);

  if (beam === 'parallel') {
    const detectorPitch = options.detectorPitch ?? pixel;
    const detectorCount = options.detectorCount ?? atLeast(2 * radius, detectorPitch);
    return { kind: PARALLEL, geometry: { angles, detectorCount, detectorPitch, detectorOffset } };
  }

  const sourceToAxis = options.sourceToAxis ?? Math.max(CLINICAL.sourceToAxis, 2 * radius);
  const ratio = CLINICAL.sourceToDetector / CLINICAL.sourceToAxis;
  const sourceToDetector = options.sourceToDetector ?? sourceToAxis * ratio;
  const magnification = sourceToDetector / sourceToAxis;
  const pitch = options.detectorPitch ?? pixel * magnification;
  // the ray that touches the circle around the slice; a source inside it is refused by the operator
  const halfFan = Math.asin(Math.min(0.99, radius / sourceToAxis));
  const curved = options.detectorShape === 'curved';
  const width = 2 * sourceToDetector * (curved ? halfFan : Math.tan(halfFan));
  const count = options.detectorCount ?? atLeast(width, pitch);
  const source = { sourceToAxis, sourceToDetector, ...(curved ? { detectorShape: 'curved' } : {}) };
  if (beam === 'fan') {
    const detector = { detectorCount: count, detectorPitch: pitch, detectorOffset };
    return { kind: FAN, geometry: { angles, ...detector, ...source } };
  }

  const rowPitch = options.rowPitch ?? dz * magnification;
  const seen = tableFeed === undefined ? nk * dz : Math.min(nk * dz, 1.5 * Math.abs(tableFeed));
  const height = (seen * sourceToDetector) / Math.max(sourceToAxis - radius, 0.01 * sourceToAxis);
  const rows = options.detectorRows ?? atLeast(height, rowPitch);
  const detector = { rows, columns: count, rowPitch, columnPitch: pitch, rowOffset: 0, columnOffset: detectorOffset };
  const helix = tableFeed === undefined ? {} : { sourceZ: helixHeights(angles, tableFeed) };
  return { kind: CONE, geometry: { angles, ...detector, ...source, ...helix } };
}

const atLeast = (length: number, pitch: number): number => Math.max(1, Math.ceil(length / pitch - 1e-9));

/** A detector that sees the whole grid in every view, unless its bins are counted. */
function byVectors(
  grid: Grid,
  vectors: readonly (readonly number[])[],
  options: ScannerOptions,
): { kind: MeasurementKind; geometry: Geometry } {
  const kind = vectorKind(vectors, BEAMS[options.geometry]);
  const half = [2, 1, 0].map((axis) => grid.shape[axis] / 2);
  const corners = half.reduce<number[][]>(
    (all, h) =>
      all.flatMap((corner) => [
        [...corner, -h],
        [...corner, h],
      ]),
    [[]],
  );
  let [columns, rows] = [1, 1];
  for (const { part, column, row } of viewLines(vectors, isDivergent(kind), pixelGrid(grid))) {
    for (const corner of corners) {
      const of = (f: readonly number[]): number => corner.reduce((sum, x, n) => sum + x * f[n + 1], f[0]);
      columns = Math.max(columns, 2 * Math.abs(of(column) / of(part)));
      rows = Math.max(rows, 2 * Math.abs(of(row) / of(part)));
    }
  }
  const detectorCount = options.detectorCount ?? Math.ceil(columns);
  if (!isVolumetric(kind)) return { kind, geometry: { vectors, detectorCount } };
  return { kind, geometry: { vectors, rows: options.detectorRows ?? Math.ceil(rows), columns: detectorCount } };
}

/** The same detector with `factor` times as many, smaller bins (and rows). */
export function finerDetector(kind: MeasurementKind, geometry: Geometry, factor: number): Geometry {
  const more = (name: string) => ({ [name]: (geometry[name] as number) * factor });
  const less = (name: string) => ({ [name]: (geometry[name] as number) / factor });
  if (isVectors(kind)) {
    // u, and v, are the last numbers of a list
    const vectors = (geometry.vectors as number[][]).map((list) => list.map((x, n) => (n < (list.length === 6 ? 4 : 6) ? x : x / factor)));
    return { ...geometry, vectors, ...(isVolumetric(kind) ? { ...more('rows'), ...more('columns') } : more('detectorCount')) };
  }
  return kind === CONE
    ? { ...geometry, ...more('rows'), ...more('columns'), ...less('rowPitch'), ...less('columnPitch') }
    : { ...geometry, ...more('detectorCount'), ...less('detectorPitch') };
}
