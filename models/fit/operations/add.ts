import type { Value } from '../graph.js';
import { broadcast, sumTo } from './broadcast.js';

/** a + b, either repeated along sides of 1. */
export function add(a: Value, b: Value): Value {
  const sum = a.graph.emit('Add', [a, b], broadcast(a.shape, b.shape));
  return a.graph.derive(sum, [a, b], (g, [left, right]) => [left ? sumTo(g, a.shape) : undefined, right ? sumTo(g, b.shape) : undefined]);
}
