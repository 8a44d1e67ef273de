import {
  concat,
  convolution,
  filled,
  instanceNorm,
  layerWeights,
  leakyRelu,
  meanPool,
  padReflect,
  upsample,
  type Graph,
  type Value,
} from '../../../../models/fit/index.js';

export interface SkipShape {
  readonly channels: number;
  /** Halvings of the image; 0 keeps its resolution. */
  readonly scales: number;
}

/**
 * A shallow network with skips at every resolution, the full one among them: at each scale a block, then 2 × 2 means; on the way up
 * bilinear doubling beside what the scale had, and a block. The output is a linear map of the last block's channels and the input itself.
 * Sides are multiples of 2^scales.
 */
export function skipNetwork(graph: Graph, input: Value, outputs: number, { channels, scales }: SkipShape): Value {
  const down: Value[] = [];
  for (let scale = 0; scale <= scales; scale++) {
    down.push(block(graph, scale === 0 ? input : meanPool(down[scale - 1]), channels));
  }
  let x = down[scales];
  for (let scale = scales - 1; scale >= 0; scale--) x = block(graph, concat([down[scale], upsample(x)], 1), channels);
  const last = concat([x, input], 1);
  const bias = graph.parameter([outputs], filled(0), 'bias');
  return convolution(last, graph.parameter([outputs, last.shape[1], 1, 1], layerWeights), { bias });
}

/** A 3 × 3 convolution (edges mirrored, no bias: the norm would take it away), each channel's norm with scale and shift, LeakyReLU. */
function block(graph: Graph, x: Value, channels: number): Value {
  const weights = graph.parameter([channels, x.shape[1], 3, 3], layerWeights);
  const [factor, shift] = [1, 0].map((value) => graph.parameter([1, channels, 1, 1], filled(value), 'norm'));
  return leakyRelu(instanceNorm(convolution(padReflect(x, 1), weights), { factor, shift }), 0.2);
}
