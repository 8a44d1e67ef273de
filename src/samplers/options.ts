import * as z from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { count, positive } from '../../core/options.js';
import { drawsNoise, samplerNames, samplerOf, type SamplerName } from './registry.js';
import type { Sampler, SamplerChoice, SamplerSettings } from './sampler.js';

const isSampler = (given: unknown): given is Sampler =>
  typeof given === 'object' && given !== null && typeof (given as Partial<Sampler>).move === 'function' && 'name' in given;

const nameOf = (sampler: SamplerChoice): string => (typeof sampler === 'string' ? sampler : sampler.name);

/** Options of every method whose move to the next noise level may be any. */
export const samplerOptions = {
  sampler: z
    .union([z.enum(samplerNames), z.custom<Sampler>(isSampler)], { error: () => `${samplerNames.join(', ')}, or a sampler of your own` })
    .default('ddim')
    .describe(
      'how x moves to the next noise level: ddim and ancestral, of order 1; dpm++2m, dpm++3m, unipc, plms, deis and bdia, of higher ' +
        'order by earlier steps; heun, edm and edict, which evaluate twice a step',
    ),
  samplerOrder: z
    .int()
    .min(1)
    .max(4)
    .optional()
    .describe('order of the samplers plms (1 to 4, default 4) and unipc (2 or 3, default 2), degree of deis (1 to 3, default 2)'),
  deisVariable: z
    .enum(['log', 'sigma'])
    .default('log')
    .describe('in which slopes are polynomials for the sampler deis: the logarithm of the level (own trials), or the level (published)'),
  bdiaGamma: z.number().min(0).max(1).default(1).describe('γ of the sampler bdia: 1 goes a path back exactly, 0 is ddim'),
  edictMix: z.number().min(0.5).max(1).default(0.93).describe('p of the sampler edict, of its two states in each other (paper .93)'),
  churn: z
    .number()
    .nonnegative()
    .default(40)
    .describe('noise added by the sampler edm over the run, S_churn: a level is raised by min(churn/N, √2 − 1) before its evaluation'),
  churnNoise: positive.default(1.003).describe('standard deviation of that noise, S_noise of the sampler edm'),
  draws: count
    .default(1)
    .describe(
      'samples that a run draws one after the other and averages: after each, noise of drawLevel is added and the levels below are gone ' +
        'down again (DMCMC), which costs their evaluations alone',
    ),
  drawLevel: positive.optional().describe('noise level that draws after the first begin with; default the one in the middle of the run'),
};

/**
 * Options in which a sampler without fresh noise has none where none is given.
 * @param amount of fresh noise that is given
 * @param option that says it
 * @throws SlicewiseError ARGUMENT for one that is given some
 */
export function withoutFreshNoise(method: string, sampler: SamplerChoice | undefined, amount: number | undefined, option = 'eta'): object {
  if (!isKnown(sampler) || drawsNoise(sampler)) return {};
  if (amount === undefined || amount === 0) return { [option]: 0 };
  throw new SlicewiseError('ARGUMENT', {
    message: `the sampler '${nameOf(sampler)}' of ${method} draws no noise in its move`,
    expected: `${option} 0`,
    got: `${option} ${amount}`,
    hint: `leave ${option} out, or use the sampler 'ddim', 'ancestral' or 'dpm++2m'`,
  });
}

/** An unknown name is the schema's to refuse. */
const isKnown = (sampler: SamplerChoice | undefined): sampler is SamplerChoice =>
  sampler !== undefined && (typeof sampler !== 'string' || samplerNames.includes(sampler as SamplerName));

/** @throws SlicewiseError ARGUMENT where samplers that look at earlier steps are given levels that repeat, or an order is another's */
export function requireSampler({ sampler, samplerOrder }: SamplerSettings, sigma: readonly number[]): void {
  const { repeats = false, orders } = samplerOf(sampler);
  const name = nameOf(sampler);
  if (samplerOrder !== undefined && !(orders && samplerOrder >= orders[0] && samplerOrder <= orders[1])) {
    throw new SlicewiseError('ARGUMENT', {
      message: `the sampler '${name}' has no order ${samplerOrder}`,
      expected: orders ? `samplerOrder ${orders[0]} to ${orders[1]}` : 'no samplerOrder',
      got: `samplerOrder ${samplerOrder}`,
      hint: "leave it out, or use the sampler 'plms', 'deis' or 'unipc'",
    });
  }
  if (repeats || sigma.every((level, i) => i === 0 || level < sigma[i - 1])) return;
  throw new SlicewiseError('ARGUMENT', {
    message: `the sampler '${name}' needs noise levels that fall`,
    expected: 'σ_0 > σ_1 > … > 0',
    got: 'levels that repeat',
    hint: "use the sampler 'ddim', or sigmaMax above sigmaMin and no tail",
  });
}
