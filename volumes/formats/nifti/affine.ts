import type { NIFTI1, NIFTI2 } from 'nifti-reader-js';
import { decomposeAffine, determinant3, isOrthogonal } from '../../affine.js';
import type { Affine, Lattice } from '../../../core/placement.js';
import type { NiftiHeader } from './header.js';

/** Where the voxels are, and which of the header's three methods said so. */
export interface NiftiPlacement extends Lattice {
  readonly from: 'sform' | 'qform' | 'pixdim';
  readonly code: number;
  readonly warnings: readonly string[];
}

/** NIFTI_UNITS_METER, _MM, _MICRON; 0 is unknown and taken as mm. */
const MM_PER_UNIT: { readonly [code: number]: number } = { 0: 1, 1: 1000, 2: 1, 3: 0.001 };

/**
 * Voxel → world of a header: sform when its code is positive, else qform, else pixdim alone (nifti1.h, methods 3, 2 and 1).
 * A form that is singular is passed over with a warning. Metres and micrometres become mm. Where both are valid and disagree that is told.
 * @param wanted the method to go by, where its code is positive
 */
export function niftiPlacement(header: NiftiHeader, wanted?: 'sform' | 'qform'): NiftiPlacement {
  const { fields } = header;
  const warnings: string[] = [];
  const unit = MM_PER_UNIT[fields.xyzt_units & 7];
  if (unit === undefined) warnings.push(`unknown length unit (code ${fields.xyzt_units & 7}) taken as mm`);
  const scale = unit ?? 1;

  const accept = (affine: Affine, from: 'sform' | 'qform' | 'pixdim', code: number): NiftiPlacement | undefined => {
    const parts = decomposeAffine(affine.map((value, n) => (n < 12 ? value * scale : value)));
    if (!parts) {
      warnings.push(`${from} is singular and was ignored`);
      return undefined;
    }
    if (!isOrthogonal(parts.direction)) warnings.push('the axes are not at right angles (sheared affine)');
    return { ...parts, from, code, warnings };
  };

  const sform = (): NiftiPlacement | undefined => (fields.sform_code > 0 ? accept(sformOf(header), 'sform', fields.sform_code) : undefined);
  const qform = (): NiftiPlacement | undefined => (fields.qform_code > 0 ? accept(qformOf(fields), 'qform', fields.qform_code) : undefined);
  const placed = wanted === 'qform' ? (qform() ?? sform()) : (sform() ?? qform());
  if (placed && wanted !== undefined && placed.from !== wanted) warnings.push(`no usable ${wanted} in the header: ${placed.from} taken`);
  if (placed && wanted === undefined && fields.sform_code > 0 && fields.qform_code > 0) {
    const apart = disagreement(header, scale);
    if (apart !== undefined) warnings.push(apart);
  }
  if (placed) return placed;
  warnings.push('no orientation in the header (sform and qform codes are 0): axes taken as right, anterior, head');
  const pixdim = pixdimOf(fields);
  if (fields.pixDims.slice(1, 4).some((n) => !(Math.abs(n) > 0))) warnings.push('voxel size of 0 taken as 1 mm');
  return accept([pixdim[0], 0, 0, 0, 0, pixdim[1], 0, 0, 0, 0, pixdim[2], 0, 0, 0, 0, 1], 'pixdim', 0)!;
}

/** By how much the two places of the voxels differ, in words; undefined where by less than a tenth of a voxel at every corner. */
function disagreement(header: NiftiHeader, scale: number): string | undefined {
  const [s, q] = [sformOf(header), qformOf(header.fields)];
  const [ni, nj = 1, nk = 1] = header.dims;
  const pixdim = pixdimOf(header.fields);
  if (!decomposeAffine(s) || !decomposeAffine(q)) return undefined;
  let farthest = 0;
  for (const i of [0, ni - 1]) {
    for (const j of [0, nj - 1]) {
      for (const k of [0, nk - 1]) {
        const apart = [0, 1, 2].map((r) => [i, j, k, 1].reduce((sum, at, c) => sum + (s[4 * r + c] - q[4 * r + c]) * at, 0));
        farthest = Math.max(farthest, Math.hypot(...apart));
      }
    }
  }
  if (!(farthest > 0.1 * Math.min(...pixdim))) return undefined;
  const distance = (farthest * scale).toPrecision(3);
  return `sform and qform of the header disagree by up to ${distance} mm: sform taken (--affine qform takes the other)`;
}

function sformOf({ raw, version, littleEndian }: NiftiHeader): number[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
  const rows = Array.from({ length: 12 }, (_, n) =>
    version === 1 ? view.getFloat32(280 + 4 * n, littleEndian) : view.getFloat64(400 + 8 * n, littleEndian),
  );
  return [...rows, 0, 0, 0, 1];
}

function qformOf(fields: NIFTI1 | NIFTI2): number[] {
  let { quatern_b: b, quatern_c: c, quatern_d: d } = fields;
  const rest = 1 - (b * b + c * c + d * d);
  let a = Math.sqrt(Math.max(rest, 0));
  if (rest < 1e-7) {
    // nifti1_io: a half turn, whose quaternion rounding may have made longer than 1
    const length = Math.hypot(b, c, d) || 1;
    [a, b, c, d] = [0, b / length, c / length, d / length];
  }
  const [si, sj, sk] = pixdimOf(fields);
  const qfac = fields.pixDims[0] < 0 ? -1 : 1;
  const k = sk * qfac;
  return [
    (a * a + b * b - c * c - d * d) * si,
    2 * (b * c - a * d) * sj,
    2 * (b * d + a * c) * k,
    fields.qoffset_x,
    2 * (b * c + a * d) * si,
    (a * a + c * c - b * b - d * d) * sj,
    2 * (c * d - a * b) * k,
    fields.qoffset_y,
    2 * (b * d - a * c) * si,
    2 * (c * d + a * b) * sj,
    (a * a + d * d - b * b - c * c) * k,
    fields.qoffset_z,
    0,
    0,
    0,
    1,
  ];
}

/** Voxel sizes, positive; 0 (seen for the third axis of 2-D images) becomes 1. */
const pixdimOf = (fields: NIFTI1 | NIFTI2): number[] => [1, 2, 3].map((n) => Math.abs(fields.pixDims[n]) || 1);

/** Quaternion (b, c, d) and qfac of an orthogonal direction matrix (nifti1_io, nifti_mat44_to_quatern). */
export function quaternionOf(direction: readonly number[]): { b: number; c: number; d: number; qfac: 1 | -1 } {
  const qfac = determinant3(direction) < 0 ? -1 : 1;
  const [r00, r01, r02, r10, r11, r12, r20, r21, r22] = direction.map((value, n) => (n % 3 === 2 ? value * qfac : value));
  const trace = r00 + r11 + r22 + 1;
  if (trace > 0.5) {
    const a = Math.sqrt(trace) / 2;
    return { b: (r21 - r12) / (4 * a), c: (r02 - r20) / (4 * a), d: (r10 - r01) / (4 * a), qfac };
  }
  const x = 1 + r00 - r11 - r22;
  const y = 1 + r11 - r00 - r22;
  const z = 1 + r22 - r00 - r11;
  let a: number, b: number, c: number, d: number;
  if (x >= y && x >= z) {
    b = Math.sqrt(x) / 2;
    [a, c, d] = [(r21 - r12) / (4 * b), (r01 + r10) / (4 * b), (r02 + r20) / (4 * b)];
  } else if (y >= z) {
    c = Math.sqrt(y) / 2;
    [a, b, d] = [(r02 - r20) / (4 * c), (r01 + r10) / (4 * c), (r12 + r21) / (4 * c)];
  } else {
    d = Math.sqrt(z) / 2;
    [a, b, c] = [(r10 - r01) / (4 * d), (r02 + r20) / (4 * d), (r12 + r21) / (4 * d)];
  }
  return a < 0 ? { b: -b, c: -c, d: -d, qfac } : { b, c, d, qfac };
}
