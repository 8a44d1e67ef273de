import type { Value } from '../graph.js';

/** 1/(1 + e⁻ˣ); dy/dx = y(1 − y). */
export function sigmoid(x: Value): Value {
  const { graph, shape } = x;
  const y = graph.emit('Sigmoid', [x], shape);
  return graph.derive(y, [x], (g) => {
    const rest = graph.emit('Sub', [graph.number(1), y], shape);
    return [graph.emit('Mul', [g, graph.emit('Mul', [y, rest], shape)], shape)];
  });
}
