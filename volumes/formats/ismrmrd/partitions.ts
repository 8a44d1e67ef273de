import { centredLine } from '../../../core/fft.js';
import { SlicewiseError } from '../../../core/errors.js';
import type { ScanOptions } from '../../scan-options.js';
import type { MrHeader } from '../support/mr-header.js';
import type { Readout } from './readouts.js';
import type { Acquisition } from './records.js';

/**
 * The partition counters (kspace_encode_step_2) of a stack of stars or spirals, ascending; undefined for a scan of slices.
 * @throws SlicewiseError FORMAT_UNSUPPORTED for several slabs
 */
export function partitionsOf(imaging: readonly Acquisition[], file: string): number[] | undefined {
  const partitions = [...new Set(imaging.map((a) => a.counters.kz))].sort((a, b) => a - b);
  if (partitions.length < 2) return undefined;
  const slabs = [...new Set(imaging.map((a) => a.counters.slice))];
  if (slabs.length === 1) return partitions;
  throw new SlicewiseError('FORMAT_UNSUPPORTED', {
    message: `${file} holds ${slabs.length} slabs of a 3-D encoding`,
    expected: 'one',
    hint: `pick one with --select slice=${slabs[0]}, or reconstruct each with --select slice=all`,
  });
}

/**
 * A stack of stars or spirals: every partition was measured along the same trajectory, and the transform along the partitions, orthonormal
 * and centred, makes slices of them, each along that trajectory. Slices beyond the field of view that was asked for (oversampling along
 * the slab) are cut off.
 * @param stacks readouts of each partition, the same in all
 * @throws SlicewiseError FORMAT for partitions that are missing, GEOMETRY for those outside the encoded matrix
 */
export function unstacked(
  stacks: readonly (readonly Readout[])[],
  partitions: readonly number[],
  { encoded, recon, limits }: MrHeader,
  { missingLines }: ScanOptions,
  file: string,
  warnings: string[],
): Readout[][] {
  const count = encoded.matrix[2];
  const center = limits.kspace_encoding_step_2?.center ?? Math.floor(count / 2);
  const places = partitions.map((kz) => kz - center + Math.floor(count / 2));
  if (places[0] < 0 || places[places.length - 1] >= count) {
    throw new SlicewiseError('GEOMETRY', {
      message: `partitions of ${file} lie outside the encoded matrix`,
      expected: `${count} of them, the centre at counter ${center}`,
      got: `counters ${partitions[0]} … ${partitions[partitions.length - 1]}`,
    });
  }
  if (partitions.length < count) {
    const got = `${partitions.length}`;
    if (missingLines !== 'mask') {
      throw new SlicewiseError('FORMAT', {
        message: `${file} lacks partitions of a stack along a trajectory`,
        expected: `${count}`,
        got,
        hint: 'the file may be truncated: copy it again, or take them as zero with --missing-lines mask',
      });
    }
    warnings.push(`${got} of ${count} partitions were measured: the others are taken as zero, which blurs or folds along the slices`);
  }
  const keep = Math.max(1, Math.min(count, Math.round((count * recon.fieldOfView[2]) / encoded.fieldOfView[2])));
  const first = Math.floor(count / 2) - Math.floor(keep / 2);
  const out: Readout[][] = Array.from({ length: keep }, () => []);
  stacks[0].forEach((readout, r) => {
    const slices = Array.from({ length: keep }, () => new Float32Array(readout.data.length));
    const line = new Float64Array(2 * count);
    for (let n = 0; n < readout.data.length; n += 2) {
      line.fill(0);
      stacks.forEach((stack, p) => {
        line[2 * places[p]] = stack[r].data[n];
        line[2 * places[p] + 1] = stack[r].data[n + 1];
      });
      centredLine(line, 'inverse');
      slices.forEach((data, s) => data.set(line.subarray(2 * (first + s), 2 * (first + s + 1)), n));
    }
    slices.forEach((data, s) => out[s].push({ ...readout, data }));
  });
  warnings.push(`a stack of ${count} partitions along one trajectory: transformed along the partitions to ${keep} slices`);
  return out;
}
