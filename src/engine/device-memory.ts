import type { Backend } from '../../compute/backend.js';
import { WebGpuBackend } from '../../compute/webgpu/backend.js';
import { tryMemory } from '../../compute/webgpu/free-memory.js';
import { mib } from '../../compute/webgpu/pool.js';
import { SlicewiseError } from '../../core/errors.js';
import { planned, type RunPlan } from './memory/memory-parts.js';

/**
 * Asks the GPU for the memory of the plan, and gives it back: a run that cannot fit ends here instead of in its middle. A software adapter,
 * which works in the memory of the machine, is not asked.
 * @param trial how many of these bytes the device gives
 * @throws SlicewiseError MEMORY
 */
export async function requireDeviceMemory(
  backend: Backend,
  plan: RunPlan,
  trial: (device: GPUDevice, bytes: number) => Promise<number> = tryMemory,
): Promise<void> {
  if (!(backend instanceof WebGpuBackend) || backend.software) return;
  const bytes = planned(plan, 'gpu');
  const given = await trial(backend.device, bytes);
  if (given >= bytes) return;
  throw new SlicewiseError('MEMORY', {
    message: `this run does not fit into the memory of the GPU (${backend.adapter})`,
    expected: `a plan of at most ${mib(given)}, which is what it gives now`,
    got: `a plan of ${mib(bytes)}`,
    hint:
      'reconstruct fewer slices at a time, take a smaller --batch or --size, close other programs that use the GPU, or use ' +
      '--backend cpu',
  });
}
