import {
  add,
  batchNorm,
  concat,
  convolution,
  filled,
  largest,
  layerWeights,
  leakyRelu,
  matmul,
  mean,
  meanPool,
  multiply,
  padReflect,
  relu,
  relu6,
  reshape,
  sigmoid,
  slice,
  uniform,
  upsample,
  type Graph,
  type Value,
} from '../../../../../models/fit/index.js';

/** Sizes of the two kinds of networks; every list has one number a scale, from full resolution down. */
export interface PublishedShape {
  /** R: maps, each with its own pair of networks. */
  readonly rank: number;
  readonly channels: readonly number[];
  readonly kernels: readonly number[];
  /** Channels that go past a scale; 0 where nothing does. */
  readonly skips: readonly number[];
  /** Scales whose way up has attention. */
  readonly attention: readonly number[];
  /** Side of the kernel of attention to pixels. */
  readonly attentionKernel: number;
  /** Layers of the networks of spectra. */
  readonly hidden: readonly number[];
}

/** Those of the released code (skip.py, fcn.py, VS2M.py). */
export const PUBLISHED_SHAPE: PublishedShape = {
  rank: 10,
  channels: [16, 32, 64, 128, 128, 128],
  kernels: [7, 7, 5, 5, 3, 3],
  skips: [0, 0, 4, 4, 4, 4],
  attention: [2, 3],
  attentionKernel: 49,
  hidden: [128, 256, 256, 128],
};

/** Channels of attention are mixed through a sixteenth of them. */
const REDUCTION = 16;

/**
 * Sides that the networks work on: multiples of 2^scales, and so large that every padding by reflection has pixels to mirror. The maps are
 * their first rows and columns.
 */
export function networkSides(sides: readonly number[], { channels, kernels }: PublishedShape): number[] {
  const unit = 2 ** channels.length;
  // the second convolution of scale n pads an image of 2^(n + 1) times fewer pixels
  const least = Math.max(...kernels.map((kernel, n) => 2 ** (n + 1) * (Math.floor(kernel / 2) + 1)));
  return sides.map((side) => unit * Math.ceil(Math.max(side, least) / unit));
}

/**
 * S E [band, pixel], row r of E [R, pixel] from an hourglass network of its own on one map of noise, column r of S [band, R] from a
 * perceptron of its own on one spectrum of noise.
 * @param map [1, 1, row, column], of `networkSides`
 * @param spectrum [band, 1]
 */
export function publishedCube(
  graph: Graph,
  { map, spectrum }: { readonly map: Value; readonly spectrum: Value },
  [lines, samples]: readonly [number, number],
  shape: PublishedShape,
): Value {
  const each = Array.from({ length: shape.rank });
  const maps = each.map(() => {
    const image = hourglass(graph, map, shape);
    return reshape(slice(slice(image, 2, 0, lines), 3, 0, samples), [1, lines * samples]);
  });
  const spectra = each.map(() => perceptron(graph, spectrum, shape.hidden));
  return matmul(concat(spectra, 1), concat(maps, 0));
}

/**
 * Six halvings and as many doublings; at each scale [skip, scale below] → norm → (attention) → convolution → 1 × 1 convolution.
 * Convolutions
 * before a norm have no bias here: the norm takes it away, and so does its gradient of 0 (the published count of parameters has them).
 */
function hourglass(graph: Graph, input: Value, shape: PublishedShape): Value {
  const { channels } = shape;
  const [first] = channels;
  const kernel = graph.parameter([1, first, 1, 1], layerWeights);
  return convolution(atScale(graph, input, 0, shape), kernel, {
    bias: graph.parameter([1], uniform(1 / Math.sqrt(first)), 'bias'),
  });
}

/** The scale and all below it. */
function atScale(graph: Graph, x: Value, n: number, shape: PublishedShape): Value {
  const { channels, kernels, skips, attention, attentionKernel } = shape;
  const block = (value: Value, out: number, kernel: number): Value => active(convolved(graph, value, out, kernel), graph);
  const beside = skips[n] > 0 ? [block(x, skips[n], 1)] : [];
  const halved = active(meanPool(convolved(graph, x, channels[n], kernels[n])), graph);
  const same = block(halved, channels[n], kernels[n]);
  const below = n + 1 < channels.length ? atScale(graph, same, n + 1, shape) : same;
  const joined = normed(concat([...beside, upsample(below)], 1), graph);
  const seen = attention.includes(n) ? attended(graph, joined, attentionKernel) : joined;
  return block(block(seen, channels[n], kernels[n]), channels[n], 1);
}

/** Edges mirrored. */
const convolved = (graph: Graph, x: Value, out: number, kernel: number): Value =>
  convolution(padReflect(x, Math.floor(kernel / 2)), graph.parameter([out, x.shape[1], kernel, kernel], layerWeights));

/** Batch norm with scale and shift. */
function normed(x: Value, graph: Graph): Value {
  const [factor, shift] = [1, 0].map((value) => graph.parameter([1, x.shape[1], 1, 1], filled(value), 'norm'));
  return batchNorm(x, { factor, shift });
}

const active = (x: Value, graph: Graph): Value => leakyRelu(normed(x, graph), 0.2);

/** x + x · c · p: c of the channels by their largest and mean, p of the pixels by theirs (Woo et al., "CBAM", ECCV 2018). */
function attended(graph: Graph, x: Value, kernel: number): Value {
  const channels = x.shape[1];
  const few = Math.max(1, Math.floor(channels / REDUCTION));
  const [inner, outer] = [[few, channels] as const, [channels, few] as const].map(([out, into]) =>
    graph.parameter([out, into, 1, 1], layerWeights),
  );
  const through = (value: Value): Value => convolution(relu(convolution(value, inner)), outer);
  const ofChannels = sigmoid(add(through(largest(x, [2, 3], true)), through(mean(x, [2, 3], true))));
  const weighed = multiply(x, ofChannels);
  const pixels = concat([largest(weighed, [1], true), mean(weighed, [1], true)], 1);
  const bias = graph.parameter([1], uniform(1 / Math.sqrt(2 * kernel * kernel)), 'bias');
  const weights = graph.parameter([1, 2, kernel, kernel], layerWeights);
  const ofPixels = sigmoid(convolution(pixels, weights, { padding: Math.floor(kernel / 2), bias }));
  return add(multiply(weighed, ofPixels), x);
}

/** [band, 1] → [band, 1]: ReLU6 after the first layer, ReLU after the others but the last. */
function perceptron(graph: Graph, spectrum: Value, hidden: readonly number[]): Value {
  const [bands] = spectrum.shape;
  return [...hidden, bands].reduce((x, out, n) => {
    const into = x.shape[0];
    const weights = graph.parameter([out, into], layerWeights);
    const y = add(matmul(weights, x), graph.parameter([out, 1], uniform(1 / Math.sqrt(into)), 'bias'));
    if (n === hidden.length) return y;
    return n === 0 ? relu6(y) : relu(y);
  }, spectrum);
}
