import type { Value } from '../graph.js';
import { sumTo } from './broadcast.js';

const EPSILON = 1e-5;

/** Of a norm's output, y = factor · x̂ + shift: one number a channel each, [1, channel, 1, 1]. */
export interface Affine {
  readonly factor: Value;
  readonly shift: Value;
}

/**
 * Each channel with mean 0 and variance 1 over the batch and its pixels (batch normalisation in batch mode, biased variance): x̂ = (x −
 * μ)/√(v + ε). With means over n numbers a channel, dx = (g − ⟨g⟩ − x̂ ⟨g x̂⟩)/√(v + ε). Scale and shift cost nothing where they are given
 * here.
 */
export const batchNorm = (x: Value, affine?: Affine): Value => normalised(x, [0, 2, 3], affine);

/** As `batchNorm`, each image of the batch by itself. */
export const instanceNorm = (x: Value, affine?: Affine): Value => normalised(x, [2, 3], affine);

function normalised(x: Value, axes: readonly number[], affine?: Affine): Value {
  const { graph, shape } = x;
  const few = shape.map((side, n) => (axes.includes(n) ? 1 : side));
  const count = axes.reduce((product, axis) => product * shape[axis], 1);
  const meanOf = (value: Value): Value => graph.emit('ReduceMean', [value, { integers: axes }], few, { keepdims: 1 });
  // of numbers a channel, and of such with all pixels
  const small = (type: string, a: Value, b: Value): Value => graph.emit(type, [a, b], few);
  const large = (type: string, a: Value, b: Value): Value => graph.emit(type, [a, b], shape);
  const centred = large('Sub', x, meanOf(x));
  const variance = meanOf(large('Mul', centred, centred));
  const deviation = graph.emit('Sqrt', [small('Add', variance, graph.number(EPSILON))], few);
  const inverse = small('Div', graph.number(1), deviation);
  const factor = affine ? small('Mul', affine.factor, inverse) : inverse;
  const scaled = large('Mul', centred, factor);
  const y = affine ? large('Add', scaled, affine.shift) : scaled;
  return graph.derive(y, [x, ...(affine ? [affine.factor, affine.shift] : [])], (g, [image]) => {
    const mean = meanOf(g);
    const along = small('Mul', meanOf(large('Mul', g, centred)), inverse);
    const part = small('Mul', small('Mul', along, inverse), factor);
    const dx = image ? large('Sub', large('Mul', large('Sub', g, mean), factor), large('Mul', centred, part)) : undefined;
    if (!affine) return [dx];
    const total = (value: Value): Value => sumTo(small('Mul', value, graph.number(count)), affine.factor.shape);
    return [dx, total(along), total(mean)];
  });
}
