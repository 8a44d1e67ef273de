import { SlicewiseError } from '../../../core/errors.js';
import { samplerOf } from '../../samplers/registry.js';
import type { SamplerChoice } from '../../samplers/sampler.js';
import type { Jumps } from '../jump-schedule.js';

/** @throws SlicewiseError ARGUMENT for jumps that are longer than the chain, or with a sampler that looks back along it */
export function requireJumps(
  method: string,
  { jumps, jumpLength, steps, sampler = 'ddim' }: Jumps & { readonly steps: number; readonly sampler?: SamplerChoice },
): void {
  if (jumps === 1) return;
  if (jumpLength >= steps) {
    throw new SlicewiseError('ARGUMENT', {
      message: `a jump of ${method} is longer than the chain`,
      expected: `jumpLength < steps, ${steps}`,
      got: `jumpLength ${jumpLength}`,
    });
  }
  if (sampler === 'ddim') return;
  throw new SlicewiseError('ARGUMENT', { message: `${method} jumps with the sampler 'ddim' alone`, got: `'${samplerOf(sampler).name}'` });
}
