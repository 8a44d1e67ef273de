import { SlicewiseError } from '../../core/errors.js';
import { space, type Dtype } from '../../core/space.js';
import { axisFirst, inverseOrder, permuteArray } from '../../volumes/permute.js';
import type { Slicing } from './modality.js';

/** A slicing, and the way in for what lies on the grid before it is on a backend: data, masks. */
export interface AxisSlicing extends Slicing {
  /** Values of the grid as the solver has them. */
  pack(values: Float32Array): Float32Array;
}

/**
 * Slices along another axis of the image: `axis` comes first, the others keep their order and the last two are a slice; what is left over,
 * of images of more than three dimensions, is counted as slices too.
 * @param shape of the grid, C order
 * @param axis along which slices follow one another
 * @throws SlicewiseError SHAPE for fewer than two axes, ARGUMENT for an axis that is not there
 */
export function slicesAlong(shape: readonly number[], axis: number, dtype: Dtype = 'float32'): AxisSlicing {
  if (shape.length < 2) {
    throw new SlicewiseError('SHAPE', {
      message: 'slices of an image',
      expected: 'two axes or more',
      got: `[${shape.join(', ')}]`,
    });
  }
  if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'axis of the slices',
      expected: `one of 0 to ${shape.length - 1}`,
      got: `${axis}`,
    });
  }
  const order = axisFirst(axis, shape.length);
  const moved = shape.length === 2 ? [1, ...shape] : order.map((a) => shape[a]);
  const slices = moved.slice(0, -2).reduce((a, n) => a * n, 1);
  const [rows, columns] = moved.slice(-2);
  const same = shape.length === 2 || axis === 0;
  return {
    space: space(['slice', 'y', 'x'], [slices, rows, columns], dtype),
    pack: (data) => (same ? data : permuteArray({ data, shape, dtype }, order).data),
    ...(same ? {} : { unpack: (data: Float32Array) => permuteArray({ data, shape: moved, dtype }, inverseOrder(order)).data }),
    slice: shape.length === 2 ? [0, 1] : [order[order.length - 2], order[order.length - 1]],
  };
}
