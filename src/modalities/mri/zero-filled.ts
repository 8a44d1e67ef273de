import { SlicewiseError } from '../../../core/errors.js';
import type { LinearOperator } from '../../../operators/operator.js';

/**
 * x = Aᴴy: missing samples of k-space taken as zero, coils combined by their maps. What was not measured shows as blur and aliasing.
 *
 * @param data measured data in C order, complex interleaved
 * @returns the image, in the data's own units
 * @throws SlicewiseError ARGUMENT for real images (CT), where Aᵀy is an unfiltered backprojection
 */
export async function zeroFilled(operator: LinearOperator, data: Float32Array): Promise<Float32Array> {
  const { backend, domain, range } = operator;
  if (domain.dtype !== 'complex64') {
    throw new SlicewiseError('ARGUMENT', {
      message: 'zero-filled is for MRI',
      expected: 'complex images',
      got: `real images of operator '${operator.name}'`,
      hint: 'use fbp or fdk',
    });
  }
  const [x, y] = [backend.field(domain), backend.field(range)];
  try {
    await backend.write(y, data);
    operator.adjoint(y, x);
    return await backend.read(x);
  } finally {
    x.dispose();
    y.dispose();
  }
}
