import type { Value } from '../graph.js';

/** min(max(x, 0), 6); its gradient at 0 and 6 is 0. */
export function relu6(x: Value): Value {
  const { graph, shape } = x;
  const [zero, six] = [graph.number(0), graph.number(6)];
  const y = graph.emit('Clip', [x, zero, six], shape);
  return graph.derive(y, [x], (g) => {
    const above = graph.emit('Where', [graph.emitCondition('Greater', [y, zero]), g, zero], shape);
    return [graph.emit('Where', [graph.emitCondition('Less', [y, six]), above, zero], shape)];
  });
}
