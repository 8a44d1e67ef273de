import { gzipSync } from 'fflate';
import { NIFTI1, NIFTI2 } from 'nifti-reader-js';
import type { WriteOptions } from '../../format.js';
import { isOrthogonal } from '../../affine.js';
import { requireLengths } from '../support/axes-text.js';
import { commonUnit } from '../../../core/axis.js';
import { unitRatio } from '../../../core/units.js';
import { affineOf, latticeOf, spacingOf, shapeOf } from '../../../core/placement.js';
import { bothParts, magnitudeOf, volumeData, type Volume } from '../../volume.js';
import { fromBase64 } from '../support/base64.js';
import { toInt16 } from '../support/int16.js';
import { quaternionOf } from './affine.js';
import { isUnitsExtension, packExtensions, unitsExtension, type NiftiExtension } from './extensions.js';
import { readNiftiHeader } from './header.js';

/**
 * A NIfTI file of a volume, little endian: NIfTI-1, or NIfTI-2 when the stored header was one or an axis is longer than 32767.
 * sform and qform both say the volume's affine (sform alone when it is sheared); a volume without a place has neither, and its steps in
 * m, mm or µm; text, intent, time and extension fields of the stored header are kept. float32 by default (of complex volumes the
 * magnitude); `dtype: 'int16'` rounds, `'complex64'` keeps complex ones. Compressed when the name ends in `.gz`.
 * @throws SlicewiseError FORMAT_UNSUPPORTED for axes that are no lengths, ARGUMENT when values do not fit int16, NOT_FINITE for NaN in
 *   int16
 */
export function writeNifti(name: string, volume: Volume, options: WriteOptions): Uint8Array {
  const [nk, nj, ni] = shapeOf(volume);
  const stored = storedHeader(volume);
  const long = Math.max(nk, nj, ni) > 32767;
  const version = stored?.version === 2 || long ? 2 : 1;
  const fields = version === 2 ? new NIFTI2() : new NIFTI1();
  if (stored) copyTexts(stored.fields, fields);

  const type = TYPES[options.dtype ?? 'float32'];
  const samples = samplesOf(volume, options);
  const size = version === 1 ? 348 : 540;
  const extensions: NiftiExtension[] = [
    ...(stored?.extensions ?? []).filter((extension) => !isUnitsExtension(extension)),
    unitsExtension(volume.units, volume.modality),
  ];
  const extensionBytes = packExtensions(extensions);

  fields.littleEndian = true;
  fields.magic = version === 1 ? 'n+1\0' : 'n+2\0\r\n\x1a\n';
  fields.dims = [3, ni, nj, nk, 1, 1, 1, 1];
  fields.datatypeCode = type.code;
  fields.numBitsPerVoxel = type.bits;
  fields.vox_offset = size + 4 + extensionBytes.length;
  fields.scl_slope = 1;
  fields.scl_inter = 0;
  if (volume.placement) {
    fields.xyzt_units = NIFTI1.UNITS_MM;
    place(fields, volume, stored ? Math.max(stored.fields.sform_code, stored.fields.qform_code) : 0);
  } else scale(fields, volume);

  const header = new Uint8Array(fields.toArrayBuffer(false));
  const out = new Uint8Array(fields.vox_offset + samples.byteLength);
  out.set(header);
  out[size] = 1; // extensions follow
  out.set(extensionBytes, size + 4);
  out.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), fields.vox_offset);
  return name.toLowerCase().endsWith('.gz') ? gzipSync(out, { level: 6, mtime: 0 }) : out;
}

/** nifti1.h, datatype. */
const TYPES = {
  float32: { code: NIFTI1.TYPE_FLOAT32, bits: 32 },
  int16: { code: NIFTI1.TYPE_INT16, bits: 16 },
  complex64: { code: NIFTI1.TYPE_COMPLEX64, bits: 64 },
} as const;

function samplesOf(volume: Volume, { dtype = 'float32' }: WriteOptions): Float32Array | Int16Array {
  if (dtype === 'complex64') return bothParts(volume);
  const data = volumeData(magnitudeOf(volume));
  return dtype === 'int16' ? toInt16(data) : data;
}

/** nifti1.h, NIFTI_UNITS_METER, _MM, _MICRON. */
const UNIT_CODES: { readonly [unit: string]: number } = { m: 1, mm: 2, µm: 3 };

/** Without a place: pixdim in the unit of the axes (others than m, mm and µm become mm), and no form. */
function scale(fields: NIFTI1 | NIFTI2, volume: Volume): void {
  const unit = commonUnit(volume.axes);
  const known = unit !== undefined && unit in UNIT_CODES ? unit : 'mm';
  requireLengths('NIfTI', volume, unit !== undefined && unitRatio(unit, 'mm') !== undefined);
  fields.xyzt_units = UNIT_CODES[known];
  fields.sform_code = 0;
  fields.qform_code = 0;
  fields.pixDims = [1, ...spacingOf(volume, known).map(Math.abs), 0, 0, 0, 0];
}

/** pixdim, sform and, when the axes are at right angles, qform. */
function place(fields: NIFTI1 | NIFTI2, volume: Volume, code: number): void {
  const affine = affineOf(volume);
  const { origin, direction, spacing } = latticeOf(volume);
  const known = code > 0 ? code : NIFTI1.XFORM_SCANNER_ANAT;
  fields.affine = [affine.slice(0, 4), affine.slice(4, 8), affine.slice(8, 12), [0, 0, 0, 1]];
  fields.sform_code = known;
  fields.pixDims = [1, ...spacing, 0, 0, 0, 0];
  fields.qform_code = 0;
  if (!isOrthogonal(direction)) return;
  const { b, c, d, qfac } = quaternionOf(direction);
  fields.qform_code = known;
  fields.pixDims[0] = qfac;
  [fields.quatern_b, fields.quatern_c, fields.quatern_d] = [b, c, d];
  [fields.qoffset_x, fields.qoffset_y, fields.qoffset_z] = origin;
}

function storedHeader(volume: Volume) {
  const stored = volume.meta.nifti as { header?: unknown } | undefined;
  if (typeof stored?.header !== 'string') return undefined;
  const bytes = fromBase64(stored.header);
  return readNiftiHeader((count) => bytes.slice(0, count));
}

/** Fields that do not depend on the grid; bytes beyond ASCII are dropped, which keeps each in its place. */
function copyTexts(from: NIFTI1 | NIFTI2, to: NIFTI1 | NIFTI2): void {
  const ascii = (text: string) => text.replace(/[^\x20-\x7e]/g, '');
  to.description = ascii(from.description);
  to.aux_file = ascii(from.aux_file);
  to.intent_name = ascii(from.intent_name).slice(0, 16);
  to.intent_code = from.intent_code;
  [to.intent_p1, to.intent_p2, to.intent_p3] = [from.intent_p1, from.intent_p2, from.intent_p3];
  to.toffset = from.toffset;
  [to.cal_min, to.cal_max] = [from.cal_min, from.cal_max];
}
