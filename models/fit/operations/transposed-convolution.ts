import { SlicewiseError } from '../../../core/errors.js';
import type { Value } from '../graph.js';
import { convolve, convolveTransposed, kernelGradient, type Stepping } from './convolve.js';

/**
 * The transpose of `convolution` in x: x [batch, in, rows, columns], w [in, out / groups, rows, columns], sides (n − 1) stride − 2
 * padding + kernel. dx is a convolution of g, dw that of g with x as the kernel.
 * @throws SlicewiseError SHAPE where channels do not fit
 */
export function transposedConvolution(x: Value, w: Value, { stride = 1, padding = 0, groups = 1 }: Partial<Stepping> = {}): Value {
  if (x.shape[1] !== w.shape[0] || w.shape[0] % groups > 0) {
    throw new SlicewiseError('SHAPE', {
      message: `a transposed convolution in ${groups} ${groups === 1 ? 'group' : 'groups'}`,
      expected: `${w.shape[0]} channels, as the kernel [${w.shape.join(', ')}]`,
      got: `${x.shape[1]}`,
    });
  }
  const { graph } = x;
  const stepping = { stride, padding, groups };
  const [batch, , ...sides] = x.shape;
  const [, out, ...kernel] = w.shape;
  const shape = [batch, out * groups, ...sides.map((side, n) => (side - 1) * stride - 2 * padding + kernel[n])];
  return graph.derive(convolveTransposed(x, w, stepping, shape), [x, w], (g, [image, weights], target) => [
    image ? convolve(g, w, stepping) : undefined,
    weights ? kernelGradient(g, x, stepping, kernel, target) : undefined,
  ]);
}
