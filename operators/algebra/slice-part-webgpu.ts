import type { WebGpuBackend } from '../../compute/webgpu/backend.js';
import { own } from '../../compute/webgpu/field.js';
import { kernel } from '../../compute/webgpu/kernel.js';
import { componentsOf } from '../../core/space.js';
import type { CopySlicePart } from './slice-part.js';
import { slicePartWgsl } from './slice-part.wgsl.generated.js';

const copy = kernel({
  name: 'part of slices',
  code: slicePartWgsl,
  fields: { x: 'read f32', out: 'update f32' },
  params: { from_float: 'u32', to_float: 'u32', floats: 'u32' },
});

export const slicePartWebGpu =
  (gpu: WebGpuBackend): CopySlicePart =>
  (x, out, { from, to, count }) => {
    const parts = componentsOf(out.space);
    gpu.run(copy, {
      fields: { x: own(x, gpu), out: own(out, gpu) },
      params: { from_float: from * parts, to_float: to * parts, floats: count * parts },
      workgroups: Math.ceil((count * parts) / 256),
    });
  };
