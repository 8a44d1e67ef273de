import type { WebGpuBackend } from '../../../compute/webgpu/backend.js';
import type { WebGpuField } from '../../../compute/webgpu/field.js';
import { kernel } from '../../../compute/webgpu/kernel.js';
import { transposeWgsl } from './transpose.wgsl.generated.js';

const transpose = kernel({
  name: 'transpose',
  code: transposeWgsl,
  fields: { x: 'read f32', out: 'write f32' },
  params: { rows: 'u32', columns: 'u32' },
});

/** out[slice, x, y] ← image[slice, y, x]. */
export function transposeInto(gpu: WebGpuBackend, image: WebGpuField, out: WebGpuField): void {
  const [, rows, columns] = image.space.shape;
  gpu.run(transpose, {
    fields: { x: image, out },
    params: { rows, columns },
    workgroups: [Math.ceil(columns / 16), Math.ceil(rows / 16)],
  });
}
