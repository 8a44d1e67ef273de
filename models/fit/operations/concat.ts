import { SlicewiseError } from '../../../core/errors.js';
import type { Value } from '../graph.js';
import { part } from './slice.js';

/** Arrays one after the other along an axis. @throws SlicewiseError SHAPE where their other sides differ */
export function concat(parts: readonly Value[], axis: number): Value {
  if (parts.length === 1) return parts[0];
  const [{ graph, shape: first }] = parts;
  const fits = ({ shape }: Value): boolean => shape.length === first.length && shape.every((side, n) => n === axis || side === first[n]);
  if (!parts.every(fits)) {
    throw new SlicewiseError('SHAPE', {
      message: `arrays that are joined along axis ${axis}`,
      expected: 'the same other sides',
      got: parts.map(({ shape }) => `[${shape.join(', ')}]`).join(' '),
    });
  }
  const total = parts.reduce((sum, { shape }) => sum + shape[axis], 0);
  const joined = graph.emit(
    'Concat',
    parts,
    first.map((side, n) => (n === axis ? total : side)),
    { axis },
  );
  return graph.derive(joined, parts, (g, needed) => {
    let from = 0;
    return parts.map(({ shape }, n) => {
      const start = from;
      from += shape[axis];
      return needed[n] ? part(g, axis, start, from) : undefined;
    });
  });
}
