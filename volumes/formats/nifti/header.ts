import { NIFTI1, NIFTI2 } from 'nifti-reader-js';
import { SlicewiseError } from '../../../core/errors.js';
import { SAMPLE_BYTES, type SampleType } from '../support/samples.js';
import { parseExtensions, type NiftiExtension } from './extensions.js';

/** A checked NIfTI header: every number in it may be used. */
export interface NiftiHeader {
  readonly version: 1 | 2;
  readonly littleEndian: boolean;
  /** Header, extension flag and extensions as they are in the file. */
  readonly raw: Uint8Array<ArrayBuffer>;
  readonly fields: NIFTI1 | NIFTI2;
  /** dim[1] … dim[dim[0]]. */
  readonly dims: readonly number[];
  readonly type: SampleType;
  /** Each voxel is a pair (re, im) of `type`. */
  readonly complex: boolean;
  /** Where the samples begin, in the image file. */
  readonly offset: number;
  /** Header and image lie in two files (magic ni1, ni2). */
  readonly pair: boolean;
  readonly slope: number;
  readonly intercept: number;
  readonly extensions: readonly NiftiExtension[];
  readonly warnings: readonly string[];
}

/** nifti1.h, datatype. */
const TYPES: { readonly [code: number]: SampleType } = {
  2: 'uint8',
  4: 'int16',
  8: 'int32',
  16: 'float32',
  64: 'float64',
  256: 'int8',
  512: 'uint16',
  768: 'uint32',
  1024: 'int64',
  1280: 'uint64',
};
const COMPLEX_TYPES: { readonly [code: number]: SampleType } = { 32: 'float32', 1792: 'float64' };
const REFUSED_TYPES: { readonly [code: number]: string } = {
  1: 'binary (1 bit)',
  128: 'RGB',
  1536: 'float128',
  2048: 'complex256',
  2304: 'RGBA',
};

export const NIFTI_HEAD_BYTES = 544;

/** The header of Analyze 7.5, a file of its own: the size of NIfTI's, no magic, and a plain extent. */
export function isAnalyze(head: Uint8Array): boolean {
  if (head.length !== 348 || niftiVersion(head)) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  return [true, false].some((little) => {
    const rank = view.getInt16(40, little);
    return view.getInt32(0, little) === 348 && rank >= 1 && rank <= 7 && view.getInt16(42, little) > 0;
  });
}

/** Which NIfTI these bytes begin with, by size and magic; undefined when they do not. */
export function niftiVersion(head: Uint8Array): { version: 1 | 2; littleEndian: boolean; pair: boolean } | undefined {
  if (head.length < 348) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  for (const littleEndian of [true, false]) {
    const size = view.getInt32(0, littleEndian);
    const at = size === 348 ? 344 : size === 540 ? 4 : -1;
    if (at < 0) continue;
    const magic = String.fromCharCode(...head.subarray(at, at + 3));
    const version = size === 348 ? 1 : 2;
    if (magic === `n+${version}` || magic === `ni${version}`) return { version, littleEndian, pair: magic[1] === 'i' };
  }
  return undefined;
}

/**
 * Reads and checks a header.
 * @param head gives the first `count` bytes of the (decompressed) file, or fewer if there are no more
 * @param imageBytes how many bytes of image the caller can have at most; bounds what the header may ask for
 * @throws SlicewiseError FORMAT, FORMAT_UNSUPPORTED
 */
export function readNiftiHeader(head: (count: number) => Uint8Array<ArrayBuffer>): NiftiHeader {
  const start = head(NIFTI_HEAD_BYTES);
  const found = niftiVersion(start);
  if (!found && isAnalyze(start)) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: 'this is an Analyze 7.5 file, which does not say left from right',
      expected: 'NIfTI',
      got: 'a header of 348 bytes without NIfTI’s magic',
      hint: "convert it, and look at the sides: python -c \"import nibabel as n; n.save(n.load('x.hdr'), 'x.nii')\"",
    });
  }
  if (!found) {
    throw new SlicewiseError('FORMAT', {
      message: 'not a NIfTI file',
      expected: `header size 348 or 540 and magic 'n+1', 'ni1', 'n+2' or 'ni2'`,
      got: start.length < 348 ? `${start.length} bytes` : `bytes ${[...start.subarray(0, 4)].join(' ')}`,
      hint: 'the file is damaged, or of another format: write it again as NIfTI',
    });
  }
  const { version, littleEndian, pair } = found;
  const size = version === 1 ? 348 : 540;
  if (start.length < size) {
    throw new SlicewiseError('FORMAT', {
      message: 'NIfTI header is truncated',
      expected: `${size} bytes`,
      got: `${start.length}`,
    });
  }
  // The library follows extensions without a bound on their sizes: it is given the fixed part only.
  const fields = version === 1 ? new NIFTI1() : new NIFTI2();
  fields.readHeader(start.slice(0, size).buffer);

  const warnings: string[] = [];
  const rank = fields.dims[0];
  // sizes of 0 beyond the third stand for 1, as other readers take them
  const dims = fields.dims.slice(1, 1 + Math.max(0, rank)).map((n, a) => (a > 2 && n === 0 ? 1 : n));
  if (rank > 3 && fields.dims.slice(4, 1 + rank).includes(0))
    warnings.push(`dim = [${fields.dims.join(', ')}]: 0 beyond the third taken as 1`);
  if (!(rank >= 1 && rank <= 7) || dims.some((n) => !(n >= 1)) || !Number.isSafeInteger(dims.reduce((a, n) => a * n, 8))) {
    throw bad('dimensions', 'one to seven positive numbers', `dim = [${fields.dims.join(', ')}]`);
  }
  const complex = fields.datatypeCode in COMPLEX_TYPES;
  const type = TYPES[fields.datatypeCode] ?? COMPLEX_TYPES[fields.datatypeCode];
  if (!type) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: 'NIfTI data type not supported',
      expected: `one of ${Object.values(TYPES).join(', ')}`,
      got: REFUSED_TYPES[fields.datatypeCode] ?? `code ${fields.datatypeCode}`,
      hint: 'save one colour as its own file',
    });
  }
  const bits = SAMPLE_BYTES[type] * (complex ? 16 : 8);
  if (fields.numBitsPerVoxel !== bits) {
    // nifti1.h: bitpix follows from datatype; other readers go by datatype alone
    warnings.push(`the header says ${fields.numBitsPerVoxel} bits per voxel: ${bits} taken, as ${complex ? 'complex ' : ''}${type} has`);
  }
  const offset = fields.vox_offset;
  if (!Number.isInteger(offset) || offset > 2 ** 31 || offset < (pair ? 0 : size + 4)) {
    throw bad('image offset', pair ? 'zero or more' : `at least ${size + 4}`, `${offset}`);
  }
  const raw = head(pair ? size + 4 : offset);
  const extensions = pair ? [] : parseExtensions(raw, size, littleEndian);
  // nifti1.h: a slope scales both parts, an intercept has no meaning for complex numbers
  const scale = complex ? { ...scaling(fields), intercept: 0 } : scaling(fields);
  return { version, littleEndian, raw, fields, dims, type, complex, offset, pair, ...scale, extensions, warnings };
}

/** nifti1.h: a slope of 0 means no scaling; NaN or infinite slopes are found in the wild and mean the same (as in nibabel). */
function scaling(fields: NIFTI1 | NIFTI2): { slope: number; intercept: number } {
  const slope = fields.scl_slope;
  if (slope === 0 || !Number.isFinite(slope)) return { slope: 1, intercept: 0 };
  if (!Number.isFinite(fields.scl_inter)) throw bad('scaling', 'a finite scl_inter with a scl_slope', `${fields.scl_inter}`);
  return { slope, intercept: fields.scl_inter };
}

function bad(what: string, expected: string, got: string): SlicewiseError {
  return new SlicewiseError('FORMAT', {
    message: `NIfTI header: impossible ${what}`,
    expected,
    got,
    hint: 'the header is damaged; write the file again',
  });
}
