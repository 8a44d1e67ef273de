import type { Value } from '../graph.js';
import { broadcast, sumTo } from './broadcast.js';

/** Σ w r², w of the shape of r or repeated along sides of 1; of squares alone without w. */
export function sumOfSquares(r: Value, w?: Value): Value {
  const { graph } = r;
  const weighed = w ? graph.emit('Mul', [r, w], broadcast(r.shape, w.shape)) : r;
  const squares = graph.emit('Mul', [weighed, r], weighed.shape);
  const axes = weighed.shape.map((_, n) => n);
  const total = graph.emit('ReduceSum', [squares, { integers: axes }], [], { keepdims: 0 });
  return graph.derive(total, w ? [r, w] : [r], (g, [, ofWeights]) => {
    const twice = graph.emit('Mul', [g, graph.number(2)], []);
    const dr = sumTo(graph.emit('Mul', [weighed, twice], weighed.shape), r.shape);
    if (!w) return [dr];
    const plain = (): Value => graph.emit('Mul', [graph.emit('Mul', [r, r], r.shape), g], r.shape);
    return [dr, ofWeights ? sumTo(plain(), w.shape) : undefined];
  });
}
