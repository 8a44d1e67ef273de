import type { Backend, Field } from '../../../compute/backend.js';
import { forBackend } from '../../../compute/for-backend.js';
import { SlicewiseError } from '../../../core/errors.js';
import { sizeOf } from '../../../core/space.js';
import { multiplyMapsCpu } from './sensitivities-cpu.js';
import { multiplyMapsWebGpu } from './sensitivities-webgpu.js';
import { coilSpace } from '../spaces.js';

/**
 * Coil sensitivities on the backend.
 * @param maps complex64 `[slice, coil, y, x]`, interleaved
 * @param options `empty`: they may be zero everywhere (a second set)
 * @throws SlicewiseError SHAPE, NOT_FINITE, GEOMETRY when they are zero everywhere
 */
export async function coilMaps(
  maps: { readonly data: Float32Array; readonly shape: readonly number[] },
  shape: readonly [number, number, number],
  backend: Backend,
  { empty = false }: { readonly empty?: boolean } = {},
): Promise<Field> {
  const [slices, coils, rows, columns] = maps.shape;
  const wanted = [slices, rows, columns].every((n, i) => n === shape[i]) && maps.shape.length === 4;
  if (!wanted || maps.data.length !== 2 * sizeOf(coilSpace(shape, coils))) {
    throw new SlicewiseError('SHAPE', {
      message: 'the coil maps do not fit the image',
      expected: `complex64 [slice ${shape[0]}, coil, y ${shape[1]}, x ${shape[2]}]`,
      got: `[${maps.shape.join(', ')}] with ${maps.data.length} floats`,
    });
  }
  if (!maps.data.every(Number.isFinite)) {
    throw new SlicewiseError('NOT_FINITE', { message: 'the coil maps hold NaN or infinity' });
  }
  if (!empty && maps.data.every((v) => v === 0)) {
    throw new SlicewiseError('GEOMETRY', {
      message: 'the coil maps are zero everywhere',
      hint: 'estimate them from a calibration region that has signal',
    });
  }
  const field = backend.field(coilSpace(shape, coils));
  await backend.write(field, maps.data);
  return field;
}

/** out ← maps ⊙ x: the image as every coil sees it. x `[slice, y, x]`, maps and out `[slice, coil, y, x]`. */
export function multiplyMaps(x: Field, maps: Field, out: Field): void {
  forBackend(x.backend, 'coil sensitivities', {
    cpu: (b) => multiplyMapsCpu(b, x, maps, out),
    webgpu: (b) => multiplyMapsWebGpu(b, x, maps, out),
  });
}
