import type { VolumeMeta } from '../../volumes/volume.js';

/** UID of the series that a simulation's object was read from, for `meta.simulation`; nothing where it was none. It names no person. */
export function seriesRecord(meta: VolumeMeta | undefined): { readonly series?: string } {
  const { seriesUid } = (meta?.dicom ?? {}) as { readonly seriesUid?: unknown };
  return typeof seriesUid === 'string' && seriesUid !== '' ? { series: seriesUid } : {};
}
