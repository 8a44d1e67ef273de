import { SlicewiseError } from '../../../core/errors.js';
import type { Value } from '../graph.js';
import { convolve, convolveTransposed, kernelGradient, type Stepping } from './convolve.js';

/** Strides, padding and groups, and a bias. */
export interface ConvolutionOptions extends Partial<Stepping> {
  /** One number for each channel of the output. */
  readonly bias?: Value;
}

/**
 * y = w ∗ x + b (cross-correlation, as all networks have it): x [batch, in, rows, columns], w [out, in / groups, rows, columns].
 * dx is the transposed convolution of g, dw the convolution of x with g as the kernel, db the sums of g.
 * @throws SlicewiseError SHAPE where channels do not fit
 */
export function convolution(x: Value, w: Value, { stride = 1, padding = 0, groups = 1, bias }: ConvolutionOptions = {}): Value {
  if (x.shape[1] !== w.shape[1] * groups || w.shape[0] % groups > 0) {
    throw new SlicewiseError('SHAPE', {
      message: `a convolution in ${groups} ${groups === 1 ? 'group' : 'groups'}`,
      expected: `${w.shape[1] * groups} channels, as the kernel [${w.shape.join(', ')}]`,
      got: `${x.shape[1]}`,
    });
  }
  const { graph } = x;
  const stepping = { stride, padding, groups };
  const y = convolve(x, w, stepping, bias);
  return graph.derive(y, [x, w, ...(bias ? [bias] : [])], (g, [image, kernel, offset], target) => [
    image ? convolveTransposed(g, w, stepping, x.shape) : undefined,
    kernel ? kernelGradient(x, g, stepping, w.shape.slice(2), target) : undefined,
    offset ? graph.emit('ReduceSum', [g, { integers: [0, 2, 3] }], [w.shape[0]], { keepdims: 0 }) : undefined,
  ]);
}
