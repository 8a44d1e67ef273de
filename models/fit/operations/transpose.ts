import type { Value } from '../graph.js';

/** Axes in another order: axis n of the result is axis order[n] of x. */
export function transpose(x: Value, order: readonly number[]): Value {
  const { graph } = x;
  const shape = order.map((axis) => x.shape[axis]);
  const back = order.map((_, axis) => order.indexOf(axis));
  const y = graph.emit('Transpose', [x], shape, { perm: order });
  return graph.derive(y, [x], (g) => [graph.emit('Transpose', [g], x.shape, { perm: back })]);
}
