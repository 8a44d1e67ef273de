import { SlicewiseError } from '../../../core/errors.js';
import type { Measurement } from '../../measurement.js';
import type { ScanOptions } from '../../scan-options.js';
import { kspaceMeasurement } from '../../kinds/kspace/assemble.js';
import { maskFromArray, sharedMask, type KspaceShape } from '../../kinds/kspace/mask.js';
import { cropReadout } from '../../kinds/kspace/readout.js';
import type { ArrayData } from '../../../core/array.js';
import type { Hdf5File } from './hdf5.js';
import { eachSelection, everyEntry, parseSelect } from '../../select.js';
import { parseMrHeader, type MrHeader } from '../support/mr-header.js';

/**
 * fastMRI files: `/kspace` complex [slice, coil, readout, phase] or, single coil, [slice, readout, phase], centred; `/mask` over the phase
 * direction in undersampled ones; `/ismrmrd_header`. The rows stay the readout, so `readout` is `ky`. Reference images (`reconstruction_*`)
 * and what is computed from them (attributes `max`, `norm`) are not read, nor is `patient_id`. Source: Zbontar et al., "fastMRI: an open
 * dataset and benchmarks for accelerated MRI", arXiv:1811.08839.
 */
export function isFastmri(h5: Hdf5File): boolean {
  if (h5.kind('kspace') !== 'dataset') return false;
  return h5.kind('ismrmrd_header') === 'dataset' || ['acquisition', 'patient_id'].some((name) => name in h5.attributes());
}

/**
 * Oversampling along the readout is taken off (encoded against recon matrix of the header). Columns that were only filled with zeros
 * (header limits) are not measured.
 * @throws SlicewiseError FORMAT, SHAPE (mask, matrix of the header), ARGUMENT (coils without signal), NOT_FINITE
 */
export function readFastmri(h5: Hdf5File, options: ScanOptions): Measurement {
  const { shape: stored, type } = h5.dataset('kspace');
  const average = stored.length === 5 ? averageOf(options.select, stored[0], h5.name) : undefined;
  const shape = average === undefined ? stored : stored.slice(1);
  const multi = shape.length === 4;
  if (!type.startsWith('complex') || (!multi && shape.length !== 3)) {
    throw new SlicewiseError('FORMAT', {
      message: `/kspace of ${h5.name}`,
      expected: 'complex [slice, coil, readout, phase] or [slice, readout, phase]',
      got: `${type} ${stored.join('×')}`,
    });
  }
  const [slices, coils, length, nx] = multi ? shape : [shape[0], 1, shape[1], shape[2]];
  const header = h5.kind('ismrmrd_header') === 'dataset' ? parseMrHeader(h5.readStrings('ismrmrd_header')[0], h5.name) : undefined;
  const warnings: string[] = [];
  const ny = readoutLength(h5.name, length, header, warnings);
  const data = new Float32Array(2 * slices * coils * ny * nx);
  const whole = average === undefined ? undefined : (h5.read('kspace', average, 1) as Float32Array);
  const perSlice = 2 * coils * length * nx;
  for (let s = 0; s < slices; s++) {
    const slab = whole?.subarray(s * perSlice, (s + 1) * perSlice) ?? (h5.read('kspace', s, 1) as Float32Array);
    const line = new Float64Array(2 * length);
    for (let c = 0; c < coils; c++) {
      for (let x = 0; x < nx; x++) {
        for (let y = 0, at = 2 * (c * length * nx + x); y < length; y++, at += 2 * nx) {
          line[2 * y] = slab[at];
          line[2 * y + 1] = slab[at + 1];
        }
        const kept = cropReadout(line, ny);
        for (let y = 0, at = 2 * ((s * coils + c) * ny * nx + x); y < ny; y++, at += 2 * nx) {
          data[at] = kept[2 * y];
          data[at + 1] = kept[2 * y + 1];
        }
      }
    }
  }
  const kspace: KspaceShape = [slices, coils, ny, nx];
  if (header) warnings.push('the file has no orientation: rows are the readout, axes taken as right, anterior, head');
  return kspaceMeasurement({
    data,
    shape: kspace,
    readout: 'ky',
    mask: readMask(h5, kspace, header),
    ...(header ? { place: { spacing: options.spacing ?? spacing(header, ny, nx) } } : { place: { spacing: options.spacing } }),
    geometry: {
      ...(ny < length ? { readoutOversampling: length / ny } : {}),
      ...(header ? { phaseOversampling: header.encoded.fieldOfView[1] / header.recon.fieldOfView[1] } : {}),
    },
    zeroCoils: options.zeroCoils,
    meta: { source: h5.name, format: 'fastMRI', mri: facts(h5, header), warnings },
  });
}

/** What `select` must say for each of the averages that it asks for by `all`. @throws SlicewiseError ARGUMENT for another name */
export function imagesOfFastmri(h5: Hdf5File, { select }: ScanOptions): string[] {
  const { shape } = h5.dataset('kspace');
  const picked = parseSelect(select);
  const other = picked.find(([name]) => name !== 'average');
  if (!other && shape.length === 5) return eachSelection(picked, everyEntry([['average', shape[0]]]));
  throw new SlicewiseError('ARGUMENT', {
    message: `/kspace of ${h5.name} is ${shape.join('×')}`,
    expected: shape.length === 5 ? 'average=all' : 'no --select: there is one image',
    got: `'${select}'`,
  });
}

/** Files of the prostate have [average, slice, coil, readout, phase]. @throws SlicewiseError ARGUMENT where none is picked */
function averageOf(select: string | undefined, averages: number, file: string): number {
  const match = /^\s*average\s*=\s*(\d+)\s*$/.exec(select ?? '');
  if (match && Number(match[1]) < averages) return Number(match[1]);
  if (select === undefined && averages === 1) return 0;
  throw new SlicewiseError('ARGUMENT', {
    message: `/kspace of ${file} holds ${averages} averages`,
    expected: `one: average=0 … average=${averages - 1}`,
    got: select === undefined ? 'none picked' : `'${select}'`,
    hint: 'pick one with --select average=0, or reconstruct each with --select average=all',
  });
}

/** Samples to keep along the readout: those of the field of view that was asked for, at the resolution measured. */
function readoutLength(file: string, length: number, header: MrHeader | undefined, warnings: string[]): number {
  if (!header) {
    warnings.push('the file has no header: voxel size unknown, readout oversampling (if any) left in');
    return length;
  }
  const { encoded, recon } = header;
  const keep = Math.round((encoded.matrix[0] * recon.fieldOfView[0]) / encoded.fieldOfView[0]);
  if (length === encoded.matrix[0] && keep <= length) return keep;
  if (length === keep || length === recon.matrix[0]) return length; // already taken off
  throw new SlicewiseError('SHAPE', {
    message: `readout of /kspace of ${file}`,
    expected: `${encoded.matrix[0]} samples (encoded matrix of the header) or ${keep}`,
    got: `${length}`,
  });
}

function spacing({ encoded, recon }: MrHeader, ny: number, nx: number): [number, number, number] {
  return [encoded.fieldOfView[1] / nx, recon.fieldOfView[0] / ny, recon.fieldOfView[2] / recon.matrix[2]];
}

/** The file's mask, without the columns that hold only filled zeros. */
function readMask(h5: Hdf5File, shape: KspaceShape, header: MrHeader | undefined): ArrayData | undefined {
  const limits = header?.limits.kspace_encoding_step_1;
  const [slices, , ny, nx] = shape;
  const stored = h5.kind('mask') === 'dataset' ? h5.dataset('mask').shape : undefined;
  if (!stored && !limits) return undefined;
  const mask = stored
    ? maskFromArray(h5.read('mask'), stored, shape, `/mask of ${h5.name}`, 'kx')
    : { data: new Float32Array(ny * nx).fill(1), shape: [1, ny, nx], dtype: 'float32' as const };
  if (!limits) return mask;
  // the limits are of the encoding counter, whose `center` is column ⌊nx/2⌋
  const first = Math.floor(nx / 2) - limits.center + limits.minimum;
  const last = first + limits.maximum - limits.minimum;
  const data = mask.data.map((value, n) => (n % nx >= first && n % nx <= last ? value : 0));
  return mask.shape[0] === 1 ? { ...mask, data } : sharedMask(data, slices, ny, nx);
}

function facts(h5: Hdf5File, header: MrHeader | undefined): object {
  const { acquisition } = h5.attributes();
  return { ...header?.facts, ...(typeof acquisition === 'string' ? { acquisition } : {}) };
}
