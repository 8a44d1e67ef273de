import { SlicewiseError } from '../../../core/errors.js';

/** A window along an axis. */
export interface Span {
  readonly start: number;
  readonly count: number;
}

/**
 * Windows of an axis: as few as may be of at most `size`, all of one length, so that neighbours share `overlap` places or one more or less.
 * At most two windows hold a place, for an overlap of at most a third of the size. What is not much longer than a window is not cut.
 * @throws SlicewiseError ARGUMENT for an overlap above a third of the size
 */
export function cutAxis(length: number, size: number, overlap: number): readonly Span[] {
  if (length <= size) return [{ start: 0, count: length }];
  if (!Number.isInteger(size) || !Number.isInteger(overlap) || size < 1 || overlap < 0 || 3 * overlap > size) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'windows and their overlap',
      expected: 'whole numbers, the overlap at most a third of the window',
      got: `windows of ${size}, overlap ${overlap}`,
    });
  }
  const windows = Math.ceil((length - overlap) / (size - overlap));
  const count = Math.ceil((length + (windows - 1) * overlap) / windows);
  return Array.from({ length: windows }, (_, n) => ({ start: Math.round((n * (length - count)) / (windows - 1)), count }));
}

/**
 * Weight of a window at each of its places: 1 where it is alone; where it meets a neighbour a straight ramp, which adds up to 1 with that
 * of the neighbour: (k + ½)/m at place k of m that both hold.
 */
export function rampsOf(spans: readonly Span[], n: number): Float64Array {
  const { start, count } = spans[n];
  const weights = new Float64Array(count).fill(1);
  const before = n > 0 ? spans[n - 1].start + spans[n - 1].count - start : 0;
  for (let k = 0; k < before; k++) weights[k] = (k + 0.5) / before;
  const after = n + 1 < spans.length ? start + count - spans[n + 1].start : 0;
  for (let k = 0; k < after; k++) weights[count - 1 - k] = (k + 0.5) / after;
  return weights;
}
