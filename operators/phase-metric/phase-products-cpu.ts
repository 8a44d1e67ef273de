import type { CpuBackend } from '../../compute/cpu/backend.js';
import { complex, own, same } from '../../compute/cpu/field.js';
import { phaseKernel } from './phase.generated.js';
import type { PhaseProducts } from './phase-products.js';

/** Products by phase.as.ts. */
export const phaseProductsCpu = (cpu: CpuBackend): PhaseProducts => ({
  power(x, g, { along, across }, out) {
    const o = complex(own(out));
    const args = [same(o, x).address, same(o, g).address, along, across, o.address, o.floats / 2];
    cpu.call(o.space, phaseKernel, 'phasePower', args);
  },
  weigh(x, g, k, { base, along, across, local }, out) {
    const o = complex(own(out));
    const fields = [x, g, k].map((f) => same(o, f).address);
    const args = [...fields, base, along, across, local.whole, local.across, o.address, o.floats / 2];
    cpu.call(o.space, phaseKernel, 'weighPhase', args);
  },
});
