import { SlicewiseError } from '../../core/errors.js';
import { space, type Dtype } from '../../core/space.js';
import type { Slicing } from './modality.js';

/** A slicing, and the way in for what lies on the grid before it is on a backend: data, masks. */
export interface AxisSlicing extends Slicing {
  /** Values of the grid as the solver has them. */
  pack(values: Float32Array): Float32Array;
}

/**
 * Slices along another axis of the image: `axis` comes first, the others keep their order and the last two are a slice; what is left over, of images of more
 * than three dimensions, is counted as slices too.
 * @param shape of the grid, C order
 * @param axis along which slices follow one another
 * @throws SlicewiseError ARGUMENT for an axis that is not there
 */
export function slicesAlong(shape: readonly number[], axis: number, dtype: Dtype = 'float32'): AxisSlicing {
  if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length || shape.length < 2) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'axis of the slices',
      expected: `one of 0 to ${shape.length - 1}`,
      got: `${axis}`,
    });
  }
  const order = [axis, ...shape.map((_, a) => a).filter((a) => a !== axis)];
  const moved = shape.length === 2 ? [1, ...shape] : order.map((a) => shape[a]);
  const slices = moved.slice(0, -2).reduce((a, n) => a * n, 1);
  const [rows, columns] = moved.slice(-2);
  const lanes = dtype === 'complex64' ? 2 : 1;
  const same = shape.length === 2 || axis === 0;
  return {
    space: space(['slice', 'y', 'x'], [slices, rows, columns], dtype),
    pack: (values) => (same ? values : permuted(values, shape, order, lanes, false)),
    ...(same ? {} : { unpack: (image: Float32Array) => permuted(image, shape, order, lanes, true) }),
    slice: shape.length === 2 ? [0, 1] : [order[order.length - 2], order[order.length - 1]],
  };
}

/** `values` of `shape` with its axes in another order; `back`: the way back from that order. */
function permuted(
  values: Float32Array,
  shape: readonly number[],
  order: readonly number[],
  lanes: number,
  back: boolean,
): Float32Array {
  const strides = shape.map((_, a) => shape.slice(a + 1).reduce((product, n) => product * n, 1));
  const counts = order.map((a) => shape[a]);
  const steps = order.map((a) => strides[a]);
  const out = new Float32Array(values.length);
  const index = counts.map(() => 0);
  let stored = 0;
  for (let n = 0; n < values.length / lanes; n++) {
    const [from, to] = back ? [n, stored] : [stored, n];
    for (let lane = 0; lane < lanes; lane++) out[lanes * to + lane] = values[lanes * from + lane];
    for (let d = counts.length - 1; d >= 0; d--) {
      stored += steps[d];
      if (++index[d] < counts[d]) break;
      stored -= steps[d] * counts[d];
      index[d] = 0;
    }
  }
  return out;
}
