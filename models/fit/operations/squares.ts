import type { Value } from '../graph.js';
import { broadcast, sumTo } from './broadcast.js';

/** Σ w r², w of the shape of r or repeated along sides of 1; of squares alone without w. w has no gradient. */
export function sumOfSquares(r: Value, w?: Value): Value {
  const { graph } = r;
  const weighed = w ? graph.emit('Mul', [r, w], broadcast(r.shape, w.shape)) : r;
  const squares = graph.emit('Mul', [weighed, r], weighed.shape);
  const axes = weighed.shape.map((_, n) => n);
  const total = graph.emit('ReduceSum', [squares, { integers: axes }], [], { keepdims: 0 });
  return graph.derive(total, [r], (g) => {
    const twice = graph.emit('Mul', [g, graph.number(2)], []);
    return [sumTo(graph.emit('Mul', [weighed, twice], weighed.shape), r.shape)];
  });
}
