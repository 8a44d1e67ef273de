import type { Value } from '../graph.js';

/** x s, s = 1/(1 + e⁻ˣ); dy/dx = s + y(1 − s). */
export function silu(x: Value): Value {
  const { graph, shape } = x;
  const s = graph.emit('Sigmoid', [x], shape);
  const y = graph.emit('Mul', [x, s], shape);
  return graph.derive(y, [x], (g) => {
    const rest = graph.emit('Sub', [graph.number(1), s], shape);
    const slope = graph.emit('Add', [s, graph.emit('Mul', [y, rest], shape)], shape);
    return [graph.emit('Mul', [g, slope], shape)];
  });
}
