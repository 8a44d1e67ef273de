import { placed } from '../../../core/placement.js';
import { SlicewiseError } from '../../../core/errors.js';
import type { Geometry, Grid, MeasurementKind } from '../../measurement.js';
import { type Units } from '../../volume.js';
import { nominalScanner } from './nominal.js';
import { detectorFields, isDivergent, isVolumetric, type ConeGeometry, type FanGeometry } from './schema.js';

export type { ConeGeometry, FanGeometry, ParallelGeometry } from './schema.js';

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
 * slice per detector row; of a helix as many more as its source climbs. `slices` is used for slice-parallel kinds only.
 */
export function gridFor(kind: MeasurementKind, geometry: Geometry, slices: number, options: GridOptions = {}): Grid {
  const g = geometry as unknown as FanGeometry & ConeGeometry;
  const { pitch: onDetector, rowPitch, sourceToAxis, sourceToDetector, sourceZ } = nominalScanner(kind, geometry);
  const magnification = isDivergent(kind) ? sourceToDetector! / sourceToAxis! : 1;
  const volumetric = isVolumetric(kind);
  const bins = Number(geometry[detectorFields(kind).count]);
  const pitch = onDetector / magnification;
  const size = options.size ?? (options.pixelSize ? Math.ceil((bins * pitch) / options.pixelSize - 1e-9) : bins);
  const pixel = options.pixelSize ?? (bins * pitch) / size;
  const climb = (sourceZ ?? []).reduce((most, z) => Math.max(most, Math.abs(z)), 0);
  const nk = volumetric ? g.rows + Math.floor((2 * climb) / (rowPitch! / magnification)) : slices;
  const sliceSpacing = volumetric ? rowPitch! / magnification : (g.slicePitch ?? pitch);
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
