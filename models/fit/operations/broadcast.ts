import { SlicewiseError } from '../../../core/errors.js';
import type { Value } from '../graph.js';

/** The shape that two arrays have together: sides from the last, each equal or 1 in one of them. @throws SlicewiseError SHAPE */
export function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, n) => {
    const [p, q] = [a[a.length - rank + n] ?? 1, b[b.length - rank + n] ?? 1];
    if (p === q || q === 1) return p;
    if (p === 1) return q;
    throw new SlicewiseError('SHAPE', { message: 'arrays do not fit each other', got: `[${a.join(', ')}] and [${b.join(', ')}]` });
  });
}

/** The transpose of broadcasting: sums over the sides that were repeated. */
export function sumTo(gradient: Value, shape: readonly number[]): Value {
  const { graph } = gradient;
  const lead = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((side, n) => (n < lead || (shape[n - lead] === 1 && side > 1) ? [n] : []));
  if (axes.length === 0) return gradient;
  const kept = gradient.shape.map((side, n) => (axes.includes(n) ? 1 : side));
  const summed = graph.emit('ReduceSum', [gradient, { integers: axes }], kept, { keepdims: 1 });
  return lead === 0 ? summed : graph.emit('Reshape', [summed, { integers: shape }], shape);
}

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((side, n) => side === b[n]);
