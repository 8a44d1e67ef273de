import { SlicewiseError } from '../../../core/errors.js';
import { sizeOf, type Value } from '../graph.js';
import { sameShape } from './broadcast.js';

/** The same numbers in C order under another shape. @throws SlicewiseError SHAPE where their count differs */
export function reshape(x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  if (sizeOf(x.shape) !== sizeOf(shape)) {
    throw new SlicewiseError('SHAPE', { message: 'a new shape', expected: `${sizeOf(x.shape)} numbers`, got: `[${shape.join(', ')}]` });
  }
  const { graph } = x;
  const to = (value: Value, sides: readonly number[]): Value => graph.emit('Reshape', [value, { integers: sides }], sides);
  return graph.derive(to(x, shape), [x], (g) => [to(g, x.shape)]);
}
