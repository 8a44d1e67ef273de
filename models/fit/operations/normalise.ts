import type { Value } from '../graph.js';

const EPSILON = 1e-5;

/**
 * Each channel with mean 0 and variance 1 over the batch and its pixels (batch normalisation in batch mode, biased variance): x̂ = (x −
 * μ)/√(v + ε). With n numbers a channel, dx = (g − Σg/n − x̂ Σ(g x̂)/n)/√(v + ε). Scale and shift are `multiply` and `add`.
 */
export const batchNorm = (x: Value): Value => normalised(x, [0, 2, 3]);

/** As `batchNorm`, each image of the batch by itself. */
export const instanceNorm = (x: Value): Value => normalised(x, [2, 3]);

function normalised(x: Value, axes: readonly number[]): Value {
  const { graph, shape } = x;
  const few = shape.map((side, n) => (axes.includes(n) ? 1 : side));
  const over = { integers: axes };
  const meanOf = (value: Value): Value => graph.emit('ReduceMean', [value, over], few, { keepdims: 1 });
  const centred = graph.emit('Sub', [x, meanOf(x)], shape);
  const variance = meanOf(graph.emit('Mul', [centred, centred], shape));
  const deviation = graph.emit('Sqrt', [graph.emit('Add', [variance, graph.number(EPSILON)], few)], few);
  const inverse = graph.emit('Div', [graph.number(1), deviation], few);
  const y = graph.emit('Mul', [centred, inverse], shape);
  return graph.derive(y, [x], (g) => {
    const along = meanOf(graph.emit('Mul', [g, y], shape));
    const rest = graph.emit('Sub', [g, graph.emit('Mul', [y, along], shape)], shape);
    // Σ x̂ = 0, so the mean of the rest is that of g
    return [graph.emit('Mul', [graph.emit('Sub', [rest, meanOf(g)], shape), inverse], shape)];
  });
}
