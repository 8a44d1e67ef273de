import { SlicewiseError } from '../../../core/errors.js';
import type { Value } from '../graph.js';
import { part, reversed } from './slice.js';

/**
 * `size` pixels more at every edge of rows and columns, mirrored about the edge pixel (ONNX's and PyTorch's `reflect`).
 * @throws SlicewiseError SHAPE where a side is not larger than `size`
 */
export function padReflect(x: Value, size: number): Value {
  if (size === 0) return x;
  const [batch, channels, rows, columns] = x.shape;
  if (Math.min(rows, columns) <= size) {
    throw new SlicewiseError('SHAPE', {
      message: `padding by reflection of ${size}`,
      expected: `more than ${size} rows and columns`,
      got: `${rows} × ${columns}`,
      hint: 'use fewer scales or a larger image',
    });
  }
  const { graph } = x;
  const integers = [0, 0, size, size, 0, 0, size, size];
  const y = graph.emit('Pad', [x, { integers }], [batch, channels, rows + 2 * size, columns + 2 * size], { mode: 'reflect' });
  return graph.derive(y, [x], (g) => [folded(folded(g, 2, size), 3, size)]);
}

/** The transpose of mirroring along an axis: what lies beyond an edge is added to where it came from. */
function folded(g: Value, axis: number, size: number): Value {
  const { graph } = g;
  const side = g.shape[axis] - 2 * size;
  const inner = (from: number, to: number): Value => part(g, axis, size + from, size + to);
  const before = reversed(part(g, axis, 0, size), axis);
  const after = reversed(part(g, axis, size + side, 2 * size + side), axis);
  const sum = (a: Value, b: Value): Value => graph.emit('Add', [a, b], a.shape);
  if (side >= 2 * size + 2) {
    const parts = [
      inner(0, 1),
      sum(inner(1, size + 1), before),
      ...(side > 2 * size + 2 ? [inner(size + 1, side - size - 1)] : []),
      sum(inner(side - size - 1, side - 1), after),
      inner(side - 1, side),
    ];
    const shape = g.shape.map((n, a) => (a === axis ? side : n));
    return graph.emit('Concat', parts, shape, { axis });
  }
  // strips overlap: each is brought to full size
  const placed = (strip: Value, from: number): Value => {
    const shape = g.shape.map((n, a) => (a === axis ? side : n));
    const pads = [...shape.map((_, a) => (a === axis ? from : 0)), ...shape.map((_, a) => (a === axis ? side - size - from : 0))];
    return graph.emit('Pad', [strip, { integers: pads }], shape, { mode: 'constant' });
  };
  return sum(sum(inner(0, side), placed(before, 1)), placed(after, side - size - 1));
}
