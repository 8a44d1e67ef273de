import { SlicewiseError } from '../../../core/errors.js';
import type { Value } from '../graph.js';

/** x[from … to − 1] along an axis. @throws SlicewiseError SHAPE beyond its ends */
export function slice(x: Value, axis: number, from: number, to: number): Value {
  if (from < 0 || to > x.shape[axis] || from >= to) {
    throw new SlicewiseError('SHAPE', {
      message: `a part along axis ${axis}`,
      expected: `within 0 … ${x.shape[axis]}`,
      got: `${from} … ${to}`,
    });
  }
  if (from === 0 && to === x.shape[axis]) return x;
  const { graph } = x;
  return graph.derive(part(x, axis, from, to), [x], (g) => {
    const before = x.shape.map((_, n) => (n === axis ? from : 0));
    const after = x.shape.map((side, n) => (n === axis ? side - to : 0));
    return [graph.emit('Pad', [g, { integers: [...before, ...after] }], x.shape, { mode: 'constant' })];
  });
}

/** As `slice`, without a gradient. */
export function part(x: Value, axis: number, from: number, to: number): Value {
  if (from === 0 && to === x.shape[axis]) return x;
  const shape = x.shape.map((side, n) => (n === axis ? to - from : side));
  return x.graph.emit('Slice', [x, ...[[from], [to], [axis]].map((integers) => ({ integers }))], shape);
}

/** The axis from its end to its beginning, without a gradient. */
export function reversed(x: Value, axis: number): Value {
  if (x.shape[axis] === 1) return x;
  const integers = Array.from({ length: x.shape[axis] }, (_, n) => x.shape[axis] - 1 - n);
  return x.graph.emit('Gather', [x, { integers }], x.shape, { axis });
}
