import {
  add,
  concat,
  convolution,
  filled,
  Graph,
  layerWeights,
  meanPool,
  padReflect,
  reshape,
  silu,
  slice,
  subtract,
  sumOfSquares,
  upsample,
  type FitDefinition,
  type Value,
} from '../../../../models/fit/index.js';

export interface DipShape {
  /** Planes that the network is shown. */
  readonly planes: number;
  /** Which of them it corrects, from 0; without one its answer is the image itself. */
  readonly corrects?: number;
  readonly channels: number;
  /** Halvings; they divide the sides of a patch. */
  readonly scales: number;
  readonly batch: number;
  /** Sides of a patch: traces, samples. */
  readonly patch: readonly [traces: number, samples: number];
}

/**
 * Patches of a section in, patches of the section out, and the loss Σ w (f(x) − y)². A skip network without norms, so that an answer does
 * not depend on what else is in a patch: at each scale two 3 × 3 convolutions, 2 × 2 means down, bilinear doubling up. The last layer is
 * linear in its channels and in what was shown, and begins at 0: a network that corrects an interpolation begins as that interpolation.
 * Inputs `x` [batch, planes, traces, samples], `y` and `w` [batch, 1, traces, samples]; output `image` as `y`.
 */
export function dipNetwork({ planes, corrects, channels, scales, batch, patch }: DipShape): FitDefinition {
  const graph = new Graph('traces of a section');
  const shape = [batch, 1, ...patch];
  const x = graph.input('x', [batch, planes, ...patch]);
  const correction = skipNetwork(graph, x, { channels, scales });
  const image = corrects === undefined ? correction : add(slice(x, 1, corrects, corrects + 1), correction);
  const loss = sumOfSquares(subtract(image, graph.input('y', shape)), graph.input('w', shape));
  return { graph, loss, outputs: { image: reshape(image, [batch, ...patch]) } };
}

function skipNetwork(graph: Graph, x: Value, { channels, scales }: Pick<DipShape, 'channels' | 'scales'>): Value {
  const down: Value[] = [];
  for (let scale = 0; scale <= scales; scale++) {
    const width = channels * (scale === 0 ? 1 : 2);
    down.push(layer(graph, layer(graph, scale === 0 ? x : meanPool(down[scale - 1]), width), width));
  }
  let up = down[scales];
  for (let scale = scales - 1; scale >= 0; scale--) up = layer(graph, concat([down[scale], upsample(up)], 1), down[scale].shape[1]);
  const last = concat([up, x], 1);
  const weights = graph.parameter([1, last.shape[1], 1, 1], filled(0));
  return convolution(last, weights, { bias: graph.parameter([1], filled(0), 'bias') });
}

const layer = (graph: Graph, x: Value, channels: number): Value => {
  const weights = graph.parameter([channels, x.shape[1], 3, 3], layerWeights);
  return silu(convolution(padReflect(x, 1), weights, { bias: graph.parameter([channels], filled(0), 'bias') }));
};
