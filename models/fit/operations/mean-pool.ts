import { SlicewiseError } from '../../../core/errors.js';
import type { Value } from '../graph.js';

/** Means of 2 × 2 pixels. @throws SlicewiseError SHAPE of odd sides */
export function meanPool(x: Value): Value {
  const [batch, channels, rows, columns] = x.shape;
  if (rows % 2 > 0 || columns % 2 > 0) {
    throw new SlicewiseError('SHAPE', { message: 'means of 2 × 2 pixels', expected: 'even sides', got: `${rows} × ${columns}` });
  }
  const { graph } = x;
  const shape = [batch, channels, rows / 2, columns / 2];
  const y = graph.emit('AveragePool', [x], shape, { kernel_shape: [2, 2], strides: [2, 2] });
  return graph.derive(y, [x], (g) => {
    const quarter = graph.emit('Mul', [g, graph.number(0.25)], shape);
    return [graph.emit('Resize', [quarter, null, graph.constant(Float32Array.of(1, 1, 2, 2), [4])], x.shape, NEAREST)];
  });
}

const NEAREST = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
