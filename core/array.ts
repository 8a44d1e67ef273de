import { SlicewiseError } from './errors.js';
import type { Dtype } from './space.js';

/**
 * Numbers in C order (the last axis runs fastest): of a volume, a measurement, or what belongs to one. Complex numbers lie interleaved, re,
 * im, as a backend's fields are written and read.
 */
export interface ArrayData {
  /** As many values as `shape` says, twice as many where complex. */
  readonly data: Float32Array;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
}

/** Float32 values of one element: 1, or 2 of a complex one. */
export const lanesOf = ({ dtype }: Pick<ArrayData, 'dtype'>): 1 | 2 => (dtype === 'complex64' ? 2 : 1);

export const elements = (shape: readonly number[]): number => shape.reduce((a, n) => a * n, 1);

/** @throws SlicewiseError SHAPE unless there are as many values as shape and dtype say */
export function requireLength({ data, shape, dtype }: ArrayData, what: string): void {
  const expected = lanesOf({ dtype }) * elements(shape);
  if (data.length === expected) return;
  throw new SlicewiseError('SHAPE', {
    message: what,
    expected: `${expected} values for ${dtype} [${shape.join(', ')}]`,
    got: `${data.length} values`,
  });
}
