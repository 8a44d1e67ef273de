import type { Target, Value } from '../graph.js';
import { part } from './slice.js';

/** How a kernel goes over an image; the same along rows and columns. */
export interface Stepping {
  readonly stride: number;
  /** Zeros beyond every edge. */
  readonly padding: number;
  readonly groups: number;
}

/** ONNX's Conv and its transposes, without gradients. Images [batch, channel, row, column], kernels [out, in / groups, rows, columns]. */

/** y = w ∗ x (+ bias). */
export function convolve(x: Value, w: Value, { stride, padding, groups }: Stepping, bias?: Value, dilation = 1): Value {
  const [images, kernels] = groups === 1 ? withWholeQuads(x, w) : [x, w];
  const [batch, , ...sides] = x.shape;
  const [out, , ...kernel] = w.shape;
  const shape = [batch, out, ...sides.map((side, n) => outputSide(side, kernel[n], stride, padding, dilation))];
  return x.graph.emit('Conv', [images, kernels, ...(bias ? [bias] : [])], shape, {
    kernel_shape: kernel,
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
    dilations: [dilation, dilation],
    group: groups,
  });
}

export const outputSide = (side: number, kernel: number, stride: number, padding: number, dilation = 1): number =>
  Math.floor((side + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;

/**
 * ONNX Runtime's WebGPU (1.30) computes convolutions wrongly whose number of input channels is a multiple of 3 above 3 and none of 4
 * (microsoft/onnxruntime issue 29651): these get further channels of zeros.
 */
function withWholeQuads(x: Value, w: Value): [Value, Value] {
  const channels = x.shape[1];
  if (channels <= 3 || channels % 3 > 0 || channels % 4 === 0) return [x, w];
  const more = 4 - (channels % 4);
  const padded = (value: Value): Value => {
    const shape = value.shape.map((side, n) => (n === 1 ? side + more : side));
    return value.graph.emit('Pad', [value, { integers: [0, 0, 0, 0, 0, more, 0, 0] }], shape, { mode: 'constant' });
  };
  return [padded(x), padded(w)];
}

/**
 * dX of y = w ∗ x: with stride 1 and one group a convolution with the kernel turned and its channels exchanged, else ONNX's
 * ConvTranspose.
 * @param shape of x
 */
export function convolveTransposed(g: Value, w: Value, { stride, padding, groups }: Stepping, shape: readonly number[]): Value {
  const { graph } = g;
  const kernel = w.shape.slice(2);
  if (stride === 1 && groups === 1 && kernel.every((side) => side === kernel[0] && padding < side)) {
    return convolve(g, turned(swapped(w)), { stride: 1, padding: kernel[0] - 1 - padding, groups: 1 });
  }
  const more = kernel.map((side, n) => shape[n + 2] - ((g.shape[n + 2] - 1) * stride - 2 * padding + side));
  return graph.emit('ConvTranspose', [g, w], shape, {
    kernel_shape: kernel,
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
    output_padding: more,
    group: groups,
  });
}

/** Kernels of more entries than this are not made entry by entry, nor are those of fewer channels. */
const [MOST_PRODUCTS, LEAST_CHANNELS] = [81, 8];

/**
 * dW of y = w ∗ x: x as a batch of its channels, convolved with g as the kernel; strides become dilations.
 * @param kernel sides of w
 * @param target where it will run: one core is up to three times faster with a product for every entry of the kernel
 */
export function kernelGradient(
  x: Value,
  g: Value,
  { stride, padding, groups }: Stepping,
  kernel: readonly number[],
  target: Target,
): Value {
  const { graph } = x;
  const [batch, channels, ...sides] = x.shape;
  const [, out] = g.shape;
  const each = channels / groups;
  if (batch === 1 && groups === 1 && stride === 1 && padding === 0 && kernel.every((side) => side === 1)) {
    const matrix = (value: Value, rows: number, columns: number): Value =>
      graph.emit('Reshape', [value, { integers: [rows, columns] }], [rows, columns]);
    const pixels = sides[0] * sides[1];
    const product = graph.emit('Gemm', [matrix(g, out, pixels), matrix(x, channels, pixels)], [out, channels], { transB: 1 });
    return graph.emit('Reshape', [product, { integers: [out, channels, 1, 1] }], [out, channels, 1, 1]);
  }
  const plain = batch === 1 && groups === 1 && stride === 1;
  if (target === 'cpu' && plain && channels >= LEAST_CHANNELS && kernel[0] * kernel[1] <= MOST_PRODUCTS) {
    return kernelProducts(x, g, padding, kernel);
  }
  const images = regrouped(x, batch, groups, each);
  const kernels = channelsAsBatch(g);
  // sides that the stride does not reach to the end of give more than the kernel has
  const found = convolve(images, kernels, { stride: 1, padding, groups }, undefined, stride);
  const cut = found.shape.slice(2).some((side, n) => side !== kernel[n])
    ? graph.emit('Slice', [found, { integers: [0, 0] }, { integers: kernel }, { integers: [2, 3] }], [each, out, ...kernel])
    : found;
  return graph.emit('Transpose', [cut], [out, each, ...kernel], { perm: [1, 0, 2, 3] });
}

/**
 * dW(o, i, u) = Σ_p g(o, p) x(i, p + u): for every u the product of two matrices, [out, pixel] and [pixel, in]. With the rows of g as long
 * as those of x, zeros at their ends, a shift of x is one of its flat pixels.
 */
function kernelProducts(x: Value, g: Value, padding: number, [rows, columns]: readonly number[]): Value {
  const { graph } = x;
  const [, channels, height, width] = x.shape.map((side, n) => (n < 2 ? side : side + 2 * padding));
  const [, out, h] = g.shape;
  const edges = [0, 0, padding, padding];
  const padded =
    padding > 0 ? graph.emit('Pad', [x, { integers: [...edges, ...edges] }], [1, channels, height, width], { mode: 'constant' }) : x;
  const matrix = (value: Value, of: number, pixels: number): Value =>
    graph.emit('Reshape', [value, { integers: [of, pixels] }], [of, pixels]);
  const images = matrix(padded, channels, height * width);
  const ends = { integers: [0, 0, 0, 0, 0, 0, 0, columns - 1] };
  const kept = h * width - (columns - 1);
  const long = matrix(graph.emit('Pad', [g, ends], [1, out, h, width], { mode: 'constant' }), out, h * width);
  const left = part(long, 1, 0, kept);
  const products = Array.from({ length: rows * columns }, (_, n) => {
    const shift = Math.floor(n / columns) * width + (n % columns);
    return graph.emit('Gemm', [left, part(images, 1, shift, shift + kept)], [out, channels], { transB: 1 });
  });
  const count = products.length;
  const stacked = graph.emit('Concat', products, [count * out, channels], { axis: 0 });
  const each = graph.emit('Reshape', [stacked, { integers: [count, out, channels] }], [count, out, channels]);
  const last = graph.emit('Transpose', [each], [out, channels, count], { perm: [1, 2, 0] });
  const shape = [out, channels, rows, columns];
  return graph.emit('Reshape', [last, { integers: shape }], shape);
}

/** Rows and columns from their ends to their beginnings. */
function turned(w: Value): Value {
  const { graph, shape } = w;
  const [out, into, rows, columns] = shape;
  if (rows * columns === 1) return w;
  const flat = [out, into, rows * columns];
  const lines = graph.emit('Reshape', [w, { integers: flat }], flat);
  const [end, beyond, axis, step] = [[rows * columns - 1], [-rows * columns - 1], [2], [-1]].map((integers) => ({ integers }));
  return graph.emit('Reshape', [graph.emit('Slice', [lines, end, beyond, axis, step], flat), { integers: shape }], shape);
}

/** [batch, channel, …] as [channel, batch, …]. */
function channelsAsBatch(x: Value): Value {
  const [batch, channels, ...sides] = x.shape;
  const shape = [channels, 1, ...sides];
  return batch === 1 ? x.graph.emit('Reshape', [x, { integers: shape }], shape) : swapped(x);
}

const swapped = (x: Value): Value => {
  const [a, b, ...sides] = x.shape;
  return x.graph.emit('Transpose', [x], [b, a, ...sides], { perm: [1, 0, 2, 3] });
};

/** [batch, groups · each, …] as [each, groups · batch, …]. */
function regrouped(x: Value, batch: number, groups: number, each: number): Value {
  const { graph } = x;
  const sides = x.shape.slice(2);
  const wanted = [each, groups * batch, ...sides];
  if (batch === 1 && groups === 1) return graph.emit('Reshape', [x, { integers: wanted }], wanted);
  const split = graph.emit('Reshape', [x, { integers: [batch, groups, each, ...sides] }], [batch, groups, each, ...sides]);
  const turned = graph.emit('Transpose', [split], [each, groups, batch, ...sides], { perm: [2, 1, 0, 3, 4] });
  return graph.emit('Reshape', [turned, { integers: wanted }], wanted);
}
