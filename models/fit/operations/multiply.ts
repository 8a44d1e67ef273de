import type { Value } from '../graph.js';
import { broadcast, sumTo } from './broadcast.js';

/** a b, number by number, either repeated along sides of 1. */
export function multiply(a: Value, b: Value): Value {
  const { graph } = a;
  const product = graph.emit('Mul', [a, b], broadcast(a.shape, b.shape));
  const times = (g: Value, other: Value): Value => graph.emit('Mul', [g, other], broadcast(g.shape, other.shape));
  return graph.derive(product, [a, b], (g, [left, right]) => [
    left ? sumTo(times(g, b), a.shape) : undefined,
    right ? sumTo(times(g, a), b.shape) : undefined,
  ]);
}

/** c x. */
export const scale = (x: Value, factor: number): Value => multiply(x, x.graph.number(factor));
