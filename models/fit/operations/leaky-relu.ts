import type { Value } from '../graph.js';

/** x where x > 0, slope · x elsewhere. */
export function leakyRelu(x: Value, slope = 0.2): Value {
  const { graph, shape } = x;
  const y = graph.emit('LeakyRelu', [x], shape, { alpha: { float: slope } });
  return graph.derive(y, [x], (g) => {
    const positive = graph.emitCondition('Greater', [x, graph.number(0)]);
    const factor = graph.emit('Where', [positive, graph.number(1), graph.number(slope)], shape);
    return [graph.emit('Mul', [g, factor], shape)];
  });
}
