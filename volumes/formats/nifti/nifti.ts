import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes, ReadOptions, VolumeFormat } from '../../format.js';
import { placed } from '../../../core/placement.js';
import { makeVolume, type Volume } from '../../volume.js';
import { toBase64 } from '../support/base64.js';
import { gunzipExact, gunzipHead, isGzip } from '../support/gzip.js';
import { guessMeaning, type Meaning } from '../support/hounsfield.js';
import { niftiPlacement } from './affine.js';
import { unitsFromExtensions } from './extensions.js';
import { isAnalyze, NIFTI_HEAD_BYTES, niftiVersion, readNiftiHeader, type NiftiHeader } from './header.js';
import { writeNifti } from './write.js';
import { readSamples, SAMPLE_BYTES, summariseValues, valueWarnings, type ValueSummary } from '../support/samples.js';
import { pickVolume } from '../support/pick.js';

/**
 * NIfTI-1 and NIfTI-2, `.nii`, `.nii.gz` and `.hdr` + `.img` (both files given), either byte order.
 * Standard: nifti1.h and nifti2.h (nifti.nimh.nih.gov). The samples lie i fastest, which is our [k, j, i] in C order.
 * `meta.nifti` keeps the raw header (base64) for a faithful write-back.
 */
export const nifti: VolumeFormat = {
  name: 'NIfTI',
  extensions: ['.nii.gz', '.nii', '.hdr', '.img', '.hdr.gz', '.img.gz'],
  maxFiles: 2,
  keeps: ['complex', 'lengths', 'placement', 'units', 'modality'],
  sniff: ({ bytes }) => {
    const head = headOf(bytes, NIFTI_HEAD_BYTES);
    return niftiVersion(head) !== undefined || isAnalyze(head);
  },
  read: readNifti,
  write: writeNifti,
};

/**
 * Shape [dim3, dim2, dim1]; spacing, origin and direction in mm, RAS+.
 * @throws SlicewiseError FORMAT (truncated, wrong magic, impossible header), FORMAT_UNSUPPORTED (RGB, 4-D without
 *   `volumeIndex`, complex without `complex`)
 */
async function readNifti(files: readonly NamedBytes[], options: ReadOptions): Promise<Volume> {
  const headerFile = files.find((file) => nifti.sniff(file)) ?? files[0];
  const header = readNiftiHeader((count) => headOf(headerFile.bytes, count));
  if (files.length > 1 && (!header.pair || files.every((file) => nifti.sniff(file)))) {
    throw new SlicewiseError('FORMAT', {
      message: 'several volumes',
      expected: 'one NIfTI file, or one .hdr with its .img',
      got: files.map((file) => file.name).join(', '),
      hint: 'name the file to read',
    });
  }
  const imageFile = header.pair ? files.find((file) => file !== headerFile) : headerFile;
  if (!imageFile) {
    throw new SlicewiseError('FORMAT', {
      message: `${headerFile.name} is the header of a .hdr/.img pair`,
      expected: 'both files',
      got: 'the header alone',
      hint: 'put the .img beside it, or convert to .nii',
    });
  }

  const [ni, nj = 1, nk = 1, ...more] = header.dims;
  const count = ni * nj * nk;
  const index = pickVolume(more, options.volumeIndex, 'NIfTI');
  const lanes = header.complex ? 2 : 1;
  const size = lanes * count * SAMPLE_BYTES[header.type];
  const image = imageUpTo(imageFile.bytes, header.offset + (index + 1) * size);
  const offset = header.offset + index * size;
  const { type, littleEndian, slope, intercept } = header;
  requireChoice(header, options, headerFile.name);
  const samples = readSamples(image, { type, littleEndian, offset, count: lanes * count, slope, intercept });
  const keep = header.complex && options.complex === 'keep';
  const data = header.complex && !keep ? magnitudes(samples) : samples;

  const values = summariseValues(data);
  const placement = niftiPlacement(header, options.affine);
  const meaning = meaningOf(header, values, options);
  const { from, code, warnings, spacing, origin, direction } = placement;
  return makeVolume(data, [nk, nj, ni], {
    ...placed({ spacing: options.spacing ?? spacing, origin, direction }),
    dtype: keep ? 'complex64' : 'float32',
    units: meaning.units,
    modality: meaning.modality,
    meta: {
      source: headerFile.name,
      format: `NIfTI-${header.version}`,
      storedType: header.complex ? (type === 'float32' ? 'complex64' : 'complex128') : type,
      valueRange: [values.min, values.max],
      unitsFrom: meaning.from,
      warnings: [...header.warnings, ...warnings, ...valueWarnings(values, type), ...(meaning.warning ? [meaning.warning] : [])],
      nifti: { header: toBase64(header.raw), affineFrom: from, code, slope, intercept, littleEndian },
    },
  });
}

/** Taking one part of complex numbers for the image would be wrong without a word. */
function requireChoice({ complex, type }: NiftiHeader, options: ReadOptions, file: string): void {
  if (!complex || options.complex) return;
  throw new SlicewiseError('FORMAT_UNSUPPORTED', {
    message: `${file} holds complex numbers`,
    expected: 'real numbers',
    got: type === 'float32' ? 'complex64' : 'complex128',
    hint: "read their magnitude (complex: 'magnitude', --complex magnitude) or both parts ('keep')",
  });
}

const magnitudes = (samples: Float32Array): Float32Array =>
  Float32Array.from({ length: samples.length / 2 }, (_, n) => Math.hypot(samples[2 * n], samples[2 * n + 1]));

function meaningOf(header: NiftiHeader, values: ValueSummary, options: ReadOptions): Meaning {
  const stored = unitsFromExtensions(header.extensions);
  if (stored && options.units === undefined) return { ...stored, ...pickModality(options), from: 'file' };
  return guessMeaning(values, options);
}

const pickModality = (options: ReadOptions) => (options.modality ? { modality: options.modality } : {});

/** The first bytes of the file as it would be without compression. */
function headOf(bytes: Uint8Array, count: number): Uint8Array<ArrayBuffer> {
  return isGzip(bytes) ? gunzipHead(bytes, count) : bytes.slice(0, count);
}

/** All bytes up to `end`, and no more: what the header does not promise is never inflated. */
function imageUpTo(bytes: Uint8Array, end: number): Uint8Array {
  return isGzip(bytes) ? gunzipExact(bytes, end) : bytes;
}
