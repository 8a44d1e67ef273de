import { SlicewiseError } from '../../core/errors.js';
import { bdiaSampler } from './bdia-sampler.js';
import { ancestralSampler, ddim } from './ddim.js';
import { deis } from './deis.js';
import { dpmSolver2, dpmSolver3 } from './dpm-solver.js';
import { edict } from './edict.js';
import { edm, heun } from './heun.js';
import { plms } from './plms.js';
import type { Evaluate, Sampler, SamplerChoice, SamplerRun, SamplerSettings } from './sampler.js';
import { unipc } from './unipc.js';

/** How x may move from a noise level to the next. */
export const samplerNames = ['ddim', 'ancestral', 'heun', 'edm', 'dpm++2m', 'dpm++3m', 'unipc', 'plms', 'deis', 'bdia', 'edict'] as const;
/** One of `samplerNames`. */
export type SamplerName = (typeof samplerNames)[number];

/** Ours, by name. */
const own: { readonly [name in SamplerName]: Sampler } = {
  ddim,
  ancestral: ancestralSampler,
  heun,
  edm,
  'dpm++2m': dpmSolver2,
  'dpm++3m': dpmSolver3,
  unipc,
  plms,
  deis,
  bdia: bdiaSampler,
  edict,
};

/**
 * The sampler of that name, or the one that was handed over.
 * @throws SlicewiseError ARGUMENT naming the samplers there are
 */
export function samplerOf(choice: SamplerChoice): Sampler {
  if (typeof choice !== 'string') return choice;
  if (Object.hasOwn(own, choice)) return own[choice as SamplerName];
  throw new SlicewiseError('ARGUMENT', {
    message: `unknown sampler '${choice}'`,
    expected: `one of ${samplerNames.join(', ')}, or a sampler of your own`,
    got: `'${choice}'`,
  });
}

/** Image-sized fields that a sampler keeps from step to step. */
export const keptFields = (settings: SamplerSettings): number => samplerOf(settings.sampler).kept?.(settings) ?? 0;

/** It wants one more field within a step. */
export const looksAhead = (sampler: SamplerChoice): boolean => samplerOf(sampler).ahead ?? false;

/** It evaluates twice a step. */
export const evaluatesTwice = (sampler: SamplerChoice): boolean => samplerOf(sampler).evaluations === 2;

/** Noise is drawn afresh in a step by these alone; ddim, where none is named, is one of them. */
export const drawsNoise = (sampler: SamplerChoice = 'ddim'): boolean => samplerOf(sampler).drawsNoise;

/**
 * Step i of a run: evaluates and moves x from σ = σ_i to σ' = σ_{i+1}, each sampler as its file says.
 *
 * Where e = x − x̂ they integrate dx/dσ = (x − x̂)/σ; where e = x − d, what the data did, x̂ − d, is done before each step. The last step
 * ends with x̂. Fewer earlier steps, at the start, lower the order.
 *
 * @returns the level that was evaluated
 */
export function samplerStep(run: SamplerRun, i: number, evaluate: Evaluate): number {
  const { sigma, step = i, since = i } = run;
  const level = sigma[i];
  return samplerOf(run.sampler).move({ ...run, i, level, next: sigma[i + 1], step, known: since }, evaluate) ?? level;
}
