import type { WebGpuBackend } from '../../compute/webgpu/backend.js';
import { complex, own, same } from '../../compute/webgpu/field.js';
import { kernel } from '../../compute/webgpu/kernel.js';
import { sliceSize } from '../../core/space.js';
import { phasePowerWgsl } from './phase-power.wgsl.generated.js';
import type { PhaseProducts } from './phase-products.js';
import { phaseWeighWgsl } from './phase-weigh.wgsl.generated.js';

const power = kernel({
  name: 'phase power',
  code: phasePowerWgsl,
  fields: { x: 'read f32', g: 'read f32', out: 'write f32' },
  params: { elements: 'u32', along: 'f32', across: 'f32' },
  flexible: true,
});

const weigh = kernel({
  name: 'phase weigh',
  code: phaseWeighWgsl,
  fields: { x: 'read f32', g: 'read f32', k: 'read f32', out: 'write f32' },
  params: { elements: 'u32', base: 'f32', along: 'f32', across: 'f32', whole: 'f32', localAcross: 'f32' },
  flexible: true,
});

/** Products in WGSL. */
export const phaseProductsWebGpu = (gpu: WebGpuBackend): PhaseProducts => ({
  power(x, g, weights, out) {
    const o = complex(own(out, gpu));
    const elements = sliceSize(o.space);
    gpu.run(power, {
      fields: { x: same(o, x), g: same(o, g), out: o },
      params: { elements, ...weights },
      workgroups: Math.ceil(elements / 256),
    });
  },
  weigh(x, g, k, { local, ...weights }, out) {
    const o = complex(own(out, gpu));
    const elements = sliceSize(o.space);
    gpu.run(weigh, {
      fields: { x: same(o, x), g: same(o, g), k: same(o, k), out: o },
      params: { elements, ...weights, whole: local.whole, localAcross: local.across },
      workgroups: Math.ceil(elements / 256),
    });
  },
});
