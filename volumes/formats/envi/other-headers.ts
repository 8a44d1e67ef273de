import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes } from '../../format.js';
import { headText } from './header.js';

/** Lines of an Esri header (ArcGIS, "BIL, BIP, and BSQ raster files"): `NROWS 540`, no equals sign. */
const ESRI = /^\s*(BYTEORDER|LAYOUT|NROWS|NCOLS|NBANDS|NBITS|BANDROWBYTES|TOTALROWBYTES|ULXMAP|ULYMAP|XDIM|YDIM|NODATA)\s+\S+\s*$/gim;

/** Is it a file called .hdr that is no ENVI header, but one that we know? */
export const isOtherHeader = ({ name, bytes }: NamedBytes): boolean => /\.hdr$/i.test(name) && otherHeader(bytes) !== undefined;

/** What a file called .hdr is. */
function otherHeader(bytes: Uint8Array): { what: string; hint: string } | undefined {
  const text = headText(bytes, 2048);
  if ((text.match(ESRI) ?? []).length >= 2) {
    return { what: 'an Esri header', hint: 'convert the image: gdal_translate -of ENVI image.bil out.dat' };
  }
  if (/^#\?(RADIANCE|RGBE)/.test(text))
    return { what: 'a Radiance picture (.hdr of photography)', hint: 'it holds three colours and no spectra' };
  return undefined;
}

/** @throws SlicewiseError FORMAT_UNSUPPORTED for headers of another kind */
export function refuseOther(files: readonly NamedBytes[]): void {
  for (const { name, bytes } of files) {
    const other = /\.hdr$/i.test(name) ? otherHeader(bytes) : undefined;
    if (!other) continue;
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${name} is ${other.what}`,
      expected: 'an ENVI header, text that begins with ENVI',
      got: JSON.stringify(headText(bytes, 24)),
      hint: other.hint,
    });
  }
}
