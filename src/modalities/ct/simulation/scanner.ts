import { spacingOf } from '../../../../core/placement.js';
import { CONE, FAN, PARALLEL } from '../../../../volumes/kinds/radon/schema.js';
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
}

/** Usual distances of a clinical scanner, for objects that fit into one. */
const CLINICAL = { sourceToAxis: 600, sourceToDetector: 1100 };

/**
 * Kind and geometry of a scan that sees the whole grid: bins as wide as a pixel (seen at the axis), and as many as the diagonal of
 * the slice needs. Fan and cone: source 600 mm from the axis and 1100 mm from the detector, or in that ratio twice as far as the
 * corner of the slice when the grid is larger.
 */
export function scannerFor(grid: Grid, options: ScannerOptions): { kind: MeasurementKind; geometry: Geometry } {
  const { geometry: beam, views, startAngle, detectorOffset } = options;
  const arc = options.arc ?? (beam === 'parallel' ? 180 : 360);
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
  const width = 2 * sourceToDetector * Math.tan(Math.asin(Math.min(0.99, radius / sourceToAxis)));
  const count = options.detectorCount ?? atLeast(width, pitch);
  const source = { sourceToAxis, sourceToDetector };
  if (beam === 'fan') {
    const detector = { detectorCount: count, detectorPitch: pitch, detectorOffset };
    return { kind: FAN, geometry: { angles, ...detector, ...source } };
  }

  const rowPitch = options.rowPitch ?? dz * magnification;
  const height = (nk * dz * sourceToDetector) / Math.max(sourceToAxis - radius, 0.01 * sourceToAxis);
  const rows = options.detectorRows ?? atLeast(height, rowPitch);
  const detector = { rows, columns: count, rowPitch, columnPitch: pitch, rowOffset: 0, columnOffset: detectorOffset };
  return { kind: CONE, geometry: { angles, ...detector, ...source } };
}

const atLeast = (length: number, pitch: number): number => Math.max(1, Math.ceil(length / pitch - 1e-9));

/** The same detector with `factor` times as many, smaller bins (and rows). */
export function finerDetector(kind: MeasurementKind, geometry: Geometry, factor: number): Geometry {
  const more = (name: string) => ({ [name]: (geometry[name] as number) * factor });
  const less = (name: string) => ({ [name]: (geometry[name] as number) / factor });
  return kind === CONE
    ? { ...geometry, ...more('rows'), ...more('columns'), ...less('rowPitch'), ...less('columnPitch') }
    : { ...geometry, ...more('detectorCount'), ...less('detectorPitch') };
}
