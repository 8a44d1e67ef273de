import type { NamedBytes } from './format.js';

/** Files that are met and not read: how they begin, what they are, and the way out. */
const FOREIGN: readonly { readonly begins: readonly number[] | string; readonly what: string; readonly hint: string }[] = [
  { begins: [0x1f, 0x8b], what: 'a gzip archive', hint: 'unpack it first: gunzip FILE' },
  { begins: 'BZh', what: 'a bzip2 archive', hint: 'unpack it first: bunzip2 FILE' },
  { begins: [0xfd, 0x37, 0x7a, 0x58, 0x5a], what: 'an xz archive', hint: 'unpack it first: unxz FILE' },
  { begins: [0x28, 0xb5, 0x2f, 0xfd], what: 'a Zstandard archive', hint: 'unpack it first: unzstd FILE' },
  { begins: [0x37, 0x7a, 0xbc, 0xaf], what: 'a 7-Zip archive', hint: 'unpack it first' },
  { begins: 'Rar!', what: 'a RAR archive', hint: 'unpack it first' },
  {
    begins: 'CDF',
    what: 'a netCDF file of the classic kind',
    hint: 'convert it to netCDF 4, which is HDF5: nccopy -k nc4 IN OUT.nc, or in Python scipy.io.netcdf_file and numpy.save',
  },
  { begins: 'SIMPLE  =', what: 'a FITS file', hint: 'save the array as .npy: in Python astropy.io.fits.getdata and numpy.save' },
  {
    begins: [0xff, 0xd8, 0xff],
    what: 'a JPEG picture',
    hint: 'its values are lossy and shown, not measured: go back to the original images',
  },
  { begins: 'BM', what: 'a BMP picture', hint: 'save it as grey PNG or TIFF: ImageMagick convert IN OUT.png' },
  { begins: '%PDF', what: 'a PDF', hint: 'it holds no array' },
  {
    begins: [0xd0, 0xcf, 0x11, 0xe0],
    what: 'an OLE file (Zeiss .txrm, .xrm, old Office)',
    hint: 'export the images as TIFF (dxchange reads .txrm)',
  },
  { begins: [0x80, 0x02], what: 'a Python pickle', hint: 'save the array with numpy.save' },
  { begins: [0x80, 0x03], what: 'a Python pickle', hint: 'save the array with numpy.save' },
  { begins: [0x80, 0x04], what: 'a Python pickle', hint: 'save the array with numpy.save' },
  { begins: [0x80, 0x05], what: 'a Python pickle', hint: 'save the array with numpy.save' },
];

/** What a file is that no reader takes, where its first bytes tell. */
export function foreignFile({ name, bytes }: NamedBytes): { what: string; hint: string } | undefined {
  const found = FOREIGN.find(({ begins }) => {
    const own = typeof begins === 'string' ? [...begins].map((c) => c.charCodeAt(0)) : begins;
    return own.every((b, n) => bytes[n] === b);
  });
  if (found) return found;
  if (/^dicomdir$/i.test(name))
    return { what: 'a directory of DICOM files', hint: 'it lists files in folders below: name the folder that holds the slices' };
  return numbersAsText(bytes);
}

/** A table of numbers, with a heading or without. */
function numbersAsText(bytes: Uint8Array): { what: string; hint: string } | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, 4096));
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !/^\s*[#%]/.test(line));
  const rows = lines.slice(1, lines.length > 2 ? -1 : undefined).slice(0, 3);
  const isNumbers = (line: string): boolean => {
    const words = line
      .trim()
      .split(/[\s,;]+/)
      .filter(Boolean);
    return words.length > 0 && words.every((word) => Number.isFinite(Number(word)));
  };
  const body = rows.length > 0 ? rows : lines.slice(0, 1);
  if (body.length === 0 || !body.every(isNumbers)) return undefined;
  const separator = body[0].includes(';') ? ", delimiter=';'" : body[0].includes(',') ? ", delimiter=','" : '';
  const heading = lines.length > 1 && !isNumbers(lines[0]) ? ', skiprows=1' : '';
  return {
    what: 'numbers as text',
    hint: `save them as an array: python -c "import numpy as n; n.save('x.npy', n.loadtxt('FILE'${separator}${heading}))"`,
  };
}
