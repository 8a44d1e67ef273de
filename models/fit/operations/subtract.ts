import type { Value } from '../graph.js';
import { broadcast, sumTo } from './broadcast.js';

/** a − b, either repeated along sides of 1. */
export function subtract(a: Value, b: Value): Value {
  const difference = a.graph.emit('Sub', [a, b], broadcast(a.shape, b.shape));
  return a.graph.derive(difference, [a, b], (g, [left, right]) => {
    const negative = (): Value => {
      const summed = sumTo(g, b.shape);
      return a.graph.emit('Neg', [summed], b.shape);
    };
    return [left ? sumTo(g, a.shape) : undefined, right ? negative() : undefined];
  });
}
