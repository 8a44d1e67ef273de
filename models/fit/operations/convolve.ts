import type { Value } from '../graph.js';
import { reversed } from './slice.js';

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
  const [out, into, ...kernel] = w.shape;
  if (stride === 1 && groups === 1 && kernel.every((side) => side === kernel[0] && padding < side)) {
    const exchanged = graph.emit('Transpose', [w], [into, out, ...kernel], { perm: [1, 0, 2, 3] });
    const turned = reversed(reversed(exchanged, 2), 3);
    return convolve(g, turned, { stride: 1, padding: kernel[0] - 1 - padding, groups: 1 });
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

/**
 * dW of y = w ∗ x: x as a batch of its channels, convolved with g as the kernel; strides become dilations.
 * @param kernel sides of w
 */
export function kernelGradient(x: Value, g: Value, { stride, padding, groups }: Stepping, kernel: readonly number[]): Value {
  const { graph } = x;
  const [batch, channels, ...sides] = x.shape;
  const [, out, ...outSides] = g.shape;
  const each = channels / groups;
  if (batch === 1 && groups === 1 && stride === 1 && padding === 0 && kernel.every((side) => side === 1)) {
    const matrix = (value: Value, rows: number, columns: number): Value =>
      graph.emit('Reshape', [value, { integers: [rows, columns] }], [rows, columns]);
    const pixels = sides[0] * sides[1];
    const product = graph.emit('Gemm', [matrix(g, out, pixels), matrix(x, channels, pixels)], [out, channels], { transB: 1 });
    return graph.emit('Reshape', [product, { integers: [out, channels, 1, 1] }], [out, channels, 1, 1]);
  }
  const images = regrouped(x, batch, groups, each);
  const kernels = batch === 1 ? graph.emit('Reshape', [g, { integers: [out, 1, ...outSides] }], [out, 1, ...outSides]) : swapped(g);
  // sides that the stride does not reach to the end of give more than the kernel has
  const found = convolve(images, kernels, { stride: 1, padding, groups }, undefined, stride);
  const cut = found.shape.slice(2).some((side, n) => side !== kernel[n])
    ? graph.emit('Slice', [found, { integers: [0, 0] }, { integers: kernel }, { integers: [2, 3] }], [each, out, ...kernel])
    : found;
  return graph.emit('Transpose', [cut], [out, each, ...kernel], { perm: [1, 0, 2, 3] });
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
