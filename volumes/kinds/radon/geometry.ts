import { SlicewiseError } from '../../../core/errors.js';
import type { Geometry, Grid, MeasurementKind } from '../../measurement.js';
import { placed } from '../../../core/placement.js';
import type { Units } from '../../volume.js';

/*
 * The plain-JSON geometries of CT scans, mm and degrees, and how readers fill them in.
 *
 * Angle convention (x right, y up, z towards the viewer's head; θ counter-clockwise seen from +z):
 *   detector axis u(θ) = (cos θ, sin θ, 0), detector rows v = +z;
 *   parallel: rays travel along (−sin θ, cos θ); bin s holds ∫ f over the line x cos θ + y sin θ = s;
 *   fan, cone: source at sourceToAxis · (sin θ, −cos θ), detector centre at
 *     (sourceToDetector − sourceToAxis) · (−sin θ, cos θ), flat detector along u (and v).
 * A clockwise scan is written with negative angles.
 */

export interface ParallelGeometry {
  readonly [key: string]: unknown;
  /** Degrees, one per view. */
  readonly angles: readonly number[];
  readonly detectorCount: number;
  /** mm between detector bins. */
  readonly detectorPitch: number;
  /** mm from the projected rotation axis to the detector's centre, along +u. */
  readonly detectorOffset: number;
  /** mm between slices. */
  readonly slicePitch?: number;
}

export interface FanGeometry extends ParallelGeometry {
  /** mm from the source to the rotation axis and to the (flat) detector; the pitch is measured on the detector. */
  readonly sourceToAxis: number;
  readonly sourceToDetector: number;
}

export interface ConeGeometry {
  readonly [key: string]: unknown;
  readonly angles: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly rowPitch: number;
  readonly columnPitch: number;
  readonly rowOffset: number;
  readonly columnOffset: number;
  readonly sourceToAxis: number;
  readonly sourceToDetector: number;
}

/**
 * Rotation axis on the detector, in columns from 0, → detectorOffset in mm.
 * @example centerToOffset(296, 640, 1) // 23.5: the detector's centre (319.5) lies 23.5 mm to the +u side of the axis
 */
export function centerToOffset(center: number, detectorCount: number, detectorPitch: number): number {
  return ((detectorCount - 1) / 2 - center) * detectorPitch;
}

/** The inverse of `centerToOffset`. */
export function offsetToCenter(offset: number, detectorCount: number, detectorPitch: number): number {
  return (detectorCount - 1) / 2 - offset / detectorPitch;
}

/** What a caller may say about the image wanted. */
export interface GridOptions {
  /** Pixels along a side of the (square) slice; default: one per detector bin. */
  readonly size?: number;
  /** mm; default: the detector pitch scaled to the rotation axis, or the field of view over `size`. */
  readonly pixelSize?: number;
  readonly units?: Units;
}

/**
 * The image that a scan can show: square slices centred on the rotation axis, as wide as the detector seen at the axis, one
 * slice per detector row. `slices` is used for slice-parallel kinds only.
 */
export function gridFor(kind: MeasurementKind, geometry: Geometry, slices: number, options: GridOptions = {}): Grid {
  const g = geometry as unknown as FanGeometry & ConeGeometry;
  const magnification = kind === 'radon.parallel' ? 1 : g.sourceToDetector / g.sourceToAxis;
  const cone = kind === 'radon.cone';
  const bins = cone ? g.columns : g.detectorCount;
  const pitch = (cone ? g.columnPitch : g.detectorPitch) / magnification;
  const size = options.size ?? (options.pixelSize ? Math.ceil((bins * pitch) / options.pixelSize - 1e-9) : bins);
  const pixel = options.pixelSize ?? (bins * pitch) / size;
  const nk = cone ? g.rows : slices;
  const sliceSpacing = cone ? g.rowPitch / magnification : (g.slicePitch ?? pitch);
  return {
    shape: [nk, size, size],
    ...placed({
      spacing: [pixel, pixel, sliceSpacing],
      origin: [((1 - size) / 2) * pixel, ((1 - size) / 2) * pixel, ((1 - nk) / 2) * sliceSpacing],
    }),
    units: options.units ?? '1/mm',
    modality: 'CT',
  };
}

/** @throws SlicewiseError GEOMETRY for a length that is missing, zero, negative or not a number */
export function positiveLength(value: unknown, name: string, hint: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw new SlicewiseError('GEOMETRY', {
    message: `${name} of the scan`,
    expected: 'a positive length in mm',
    got: value === undefined ? 'nothing' : String(value),
    hint,
  });
}
