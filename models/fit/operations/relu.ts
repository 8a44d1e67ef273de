import type { Value } from '../graph.js';

/** max(x, 0); its gradient at 0 is 0. */
export function relu(x: Value): Value {
  const { graph, shape } = x;
  const y = graph.emit('Relu', [x], shape);
  return graph.derive(y, [x], (g) => [
    graph.emit('Where', [graph.emitCondition('Greater', [y, graph.number(0)]), g, graph.number(0)], shape),
  ]);
}
