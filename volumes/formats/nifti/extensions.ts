import type { Modality, Units } from '../../volume.js';

/** A header extension, as bytes without its 8-byte head (nifti1.h, "extended header"). */
export interface NiftiExtension {
  readonly code: number;
  readonly data: Uint8Array;
}

/** NIFTI_ECODE_COMMENT. */
const COMMENT = 6;
const MARK = 'slicewise ';

/** Extensions between the header and the image; stops quietly at the first that is not sound (they are only carried along). */
export function parseExtensions(raw: Uint8Array, headerSize: number, littleEndian: boolean): NiftiExtension[] {
  const extensions: NiftiExtension[] = [];
  if (raw.length < headerSize + 4 || raw[headerSize] === 0) return extensions;
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
  let at = headerSize + 4;
  while (at + 8 <= raw.length) {
    const size = view.getInt32(at, littleEndian);
    if (size < 16 || size % 16 !== 0 || at + size > raw.length) break;
    extensions.push({ code: view.getInt32(at + 4, littleEndian), data: raw.slice(at + 8, at + size) });
    at += size;
  }
  return extensions;
}

/** The extensions as bytes, little endian, each padded with zeros to a multiple of 16. */
export function packExtensions(extensions: readonly NiftiExtension[]): Uint8Array<ArrayBuffer> {
  const sizes = extensions.map((e) => Math.ceil((e.data.length + 8) / 16) * 16);
  const out = new Uint8Array(sizes.reduce((a, n) => a + n, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  extensions.forEach((extension, n) => {
    view.setInt32(at, sizes[n], true);
    view.setInt32(at + 4, extension.code, true);
    out.set(extension.data, at + 8);
    at += sizes[n];
  });
  return out;
}

/** NIfTI has no field for HU: our files carry the unit in a comment, e.g. `slicewise {"units":"HU","modality":"CT"}`. */
export function unitsExtension(units: Units, modality: Modality): NiftiExtension {
  return { code: COMMENT, data: new TextEncoder().encode(MARK + JSON.stringify({ units, modality })) };
}

export const isUnitsExtension = (e: NiftiExtension): boolean =>
  e.code === COMMENT && new TextDecoder().decode(e.data.subarray(0, MARK.length)) === MARK;

/** What our comment says, if the file has one. */
export function unitsFromExtensions(extensions: readonly NiftiExtension[]): { units: Units; modality: Modality } | undefined {
  const found = extensions.find(isUnitsExtension);
  if (!found) return undefined;
  try {
    const text = new TextDecoder().decode(found.data.subarray(MARK.length)).replace(/\0+$/, '');
    const { units, modality } = JSON.parse(text) as { units?: unknown; modality?: unknown };
    if (UNITS.includes(units as Units) && MODALITIES.includes(modality as Modality)) {
      return { units: units as Units, modality: modality as Modality };
    }
  } catch {
    // a comment that only looks like ours says nothing
  }
  return undefined;
}

const UNITS: readonly Units[] = ['HU', '1/mm', 'arbitrary', 'reflectance'];
const MODALITIES: readonly Modality[] = ['CT', 'MR', 'seismic', 'hyperspectral', 'other'];
