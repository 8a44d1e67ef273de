import { SlicewiseError } from '../../../core/errors.js';
import { dot3 } from '../../affine.js';
import type { Lattice } from '../../../core/placement.js';
import type { Acquisition } from './records.js';

/** LPS → RAS. */
const ras = ([x, y, z]: readonly number[]): number[] => [-x, -y, z];

const unit = (v: readonly number[]): boolean => Math.abs(Math.hypot(...v) - 1) < 1e-3;

/**
 * Slices in the order of their positions along the slice direction.
 * @returns the slice counters in that order, and mm between neighbours (undefined for one slice or equal positions)
 * @throws SlicewiseError FORMAT_UNSUPPORTED when slices are not parallel
 */
export function orderSlices(acquisitions: readonly Acquisition[], file: string, warnings: string[]): { order: number[]; pitch?: number } {
  const first = new Map<number, Acquisition>();
  for (const a of acquisitions) if (!first.has(a.counters.slice)) first.set(a.counters.slice, a);
  const slices = [...first.values()];
  const [{ sliceDirection: normal }] = slices;
  if (slices.some((a) => unit(normal) && dot3(a.sliceDirection, normal) < 0.999)) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `the slices of ${file} are not parallel`,
      expected: 'one stack of slices',
      got: `${slices.length} slices in several directions`,
      hint: `pick one with --select slice=${slices[0].counters.slice}, or reconstruct each with --select slice=all`,
    });
  }
  const along = (a: Acquisition): number => dot3(a.position, normal);
  const sorted = [...slices].sort((a, b) => along(a) - along(b) || a.counters.slice - b.counters.slice);
  const order = sorted.map((a) => a.counters.slice);
  const gaps = sorted.slice(1).map((a, n) => along(a) - along(sorted[n]));
  if (gaps.length === 0) return { order };
  const pitch = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  if (!(pitch > 1e-3)) {
    warnings.push('the slices have no positions: counted in order, as far apart as they are thick');
    return { order: order.sort((a, b) => a - b) };
  }
  if (gaps.some((gap) => Math.abs(gap - pitch) > 0.01 * pitch)) {
    const [least, most] = [Math.min(...gaps), Math.max(...gaps)].map((gap) => gap.toFixed(2));
    warnings.push(`the slices are not equally spaced (${least} … ${most} mm): ${pitch.toFixed(2)} mm taken`);
  }
  return { order, pitch };
}

/**
 * Where the voxels lie. The header's position is that of the middle of the field of view, voxel ⌊N/2⌋ of a centred transform.
 * @param axes which direction i, j and k run along
 * @param shape voxels along i, j, k; for stacks the position is of slice 0
 */
export function placeOf(
  acquisition: Acquisition,
  axes: readonly ('read' | 'phase' | 'slice')[],
  spacing: readonly [number, number, number],
  middle: readonly number[],
  warnings: string[],
): Lattice | Pick<Lattice, 'spacing'> {
  const of = { read: acquisition.readDirection, phase: acquisition.phaseDirection, slice: acquisition.sliceDirection };
  const columns = axes.map((axis) => ras(of[axis]));
  if (!columns.every(unit)) {
    warnings.push('the file has no orientation: axes taken as right, anterior, head');
    return { spacing };
  }
  const direction = [0, 1, 2].flatMap((row) => columns.map((column) => column[row]));
  const centre = ras(acquisition.position);
  const origin = centre.map((value, row) => value - columns.reduce((sum, column, a) => sum + column[row] * spacing[a] * middle[a], 0));
  return { spacing, origin: origin as unknown as Lattice['origin'], direction };
}
