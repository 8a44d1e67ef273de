import type { Axis } from '../core/axis.js';
import type { VolumeMeta } from './volume.js';

export { BAND_AXIS, isBandAxis } from '../core/axis.js';

/** What is known of the bands of a spectral cube beside their wavelengths: `meta.bands`, plain JSON. */
export interface BandMeta {
  /** One for each band. */
  readonly names?: readonly string[];
  /** Full width at half maximum of each band, in the unit of the axis. */
  readonly fwhm?: readonly number[];
  /** Bands that the file calls bad, counted from 0. */
  readonly bad?: readonly number[];
  /** The value, as it stands among the numbers of the volume, that says that nothing was measured. */
  readonly noData?: number;
}

/** What is known of the bands of a cube; nothing where its file says nothing. */
export const bandMetaOf = (meta: VolumeMeta): BandMeta => (meta.bands ?? {}) as BandMeta;

/** Wavelengths in nm of an axis of bands, in its order; undefined where it has no wavelengths. */
export function wavelengthsOf(axis: Axis): readonly number[] | undefined {
  if (!('coordinates' in axis)) return undefined;
  if (axis.unit === 'nm') return axis.coordinates;
  return axis.unit === 'µm' ? axis.coordinates.map((value) => 1000 * value) : undefined;
}
