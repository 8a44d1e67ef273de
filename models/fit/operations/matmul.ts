import { SlicewiseError } from '../../../core/errors.js';
import type { Value } from '../graph.js';

/** A B of matrices [m, k] and [k, n]. @throws SlicewiseError SHAPE */
export function matmul(a: Value, b: Value): Value {
  if (a.shape.length !== 2 || b.shape.length !== 2 || a.shape[1] !== b.shape[0]) {
    throw new SlicewiseError('SHAPE', {
      message: 'a product of matrices',
      expected: '[m, k] and [k, n]',
      got: `[${a.shape.join(', ')}] and [${b.shape.join(', ')}]`,
    });
  }
  const { graph } = a;
  return graph.derive(product(a, b), [a, b], (g, [left, right]) => [
    left ? product(g, b, false, true) : undefined,
    right ? product(a, g, true, false) : undefined,
  ]);
}

/** A B, either transposed first; without a gradient. */
export function product(a: Value, b: Value, transposeA = false, transposeB = false): Value {
  const shape = [a.shape[transposeA ? 1 : 0], b.shape[transposeB ? 0 : 1]];
  return a.graph.emit('Gemm', [a, b], shape, { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 });
}
