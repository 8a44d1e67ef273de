import * as z from 'zod';
import { SlicewiseError } from '../../../core/errors.js';
import { count, positive } from '../../../core/options.js';
import type { Prior } from '../../../models/prior.js';
import {
  ddsSchedule,
  edmSchedule,
  flowSchedule,
  geometricSchedule,
  quadraticSchedule,
  requireInRange,
  type Schedule,
} from '../schedules.js';

/** Options of the noise levels of a loop. Defaults of σ are those of DDS, whose trials they are. */
export const levelOptions = {
  steps: count.default(40).describe('noise levels N, each one denoiser evaluation (two with the samplers heun, edm and edict)'),
  start: z.enum(['noise', 'classical']).default('noise').describe('pure noise, or a classical reconstruction noised to the first level'),
  schedule: z
    .enum(['geometric', 'edm', 'vp', 'quadratic', 'flow'])
    .default('geometric')
    .describe(
      'noise levels: geometric, edm (ρ = 7), vp: the DDPM grid at equal steps, quadratic: that grid as DiffPIR takes it, flow: ' +
        'equidistant in the time σ/(1 + σ) of a rectified flow',
    ),
  sigmaMax: positive
    .optional()
    .describe('first noise level; default 0.5 from noise and 0.3 from a classical start, or what the prior allows'),
  sigmaMin: positive.optional().describe('last noise level before 0; default 0.02, or what the prior allows'),
};

/** Noise levels of a run. */
export interface LevelSettings {
  readonly steps: number;
  readonly start: 'noise' | 'classical';
  readonly schedule: 'geometric' | 'edm' | 'vp' | 'quadratic' | 'flow';
  readonly sigmaMax?: number;
  readonly sigmaMin?: number;
}

/** First level from noise and last level where a method's own differ from 0.5 and 0.02. */
export interface UsualLevels {
  readonly fromNoise?: number;
  readonly last?: number;
}

/** @throws SlicewiseError ARGUMENT for levels given to a schedule that has its own */
export function requireLevels(method: string, { schedule, sigmaMax, sigmaMin }: Omit<LevelSettings, 'start'>): void {
  if (schedule === 'geometric' || schedule === 'edm' || (sigmaMax ?? sigmaMin) === undefined) return;
  if (schedule === 'flow') {
    if (sigmaMin === undefined) return;
    throw new SlicewiseError('ARGUMENT', {
      message: `the last level of the schedule 'flow' of ${method} follows from steps and sigmaMax`,
      expected: 'no sigmaMin',
      got: `sigmaMin ${sigmaMin}`,
    });
  }
  throw new SlicewiseError('ARGUMENT', {
    message: `sigmaMax and sigmaMin of ${method} belong to the schedules 'geometric' and 'edm'; '${schedule}' has its own levels`,
    got: `schedule '${schedule}'`,
  });
}

/**
 * As many levels as `steps` (of the schedule vp at least as many, where 1000 is no multiple of it), then 0.
 * @throws SlicewiseError SIGMA_RANGE, ARGUMENT
 */
export function noiseLevels(settings: LevelSettings, prior: Prior, { fromNoise = 0.5, last = 0.02 }: UsualLevels = {}): Schedule {
  const { steps, start, schedule } = settings;
  const high = settings.sigmaMax ?? Math.min(start === 'noise' ? fromNoise : 0.3, prior.sigmaMax);
  const low = settings.sigmaMin ?? Math.min(high, Math.max(last, prior.sigmaMin));
  const sigma = {
    geometric: () => geometricSchedule(steps, high, low),
    edm: () => edmSchedule(steps, high, low),
    flow: () => flowSchedule(steps, high),
    vp: () => ddsSchedule(steps),
    quadratic: () => quadraticSchedule(steps),
  }[schedule]();
  requireInRange(sigma, prior);
  return sigma;
}

/** Standard deviation of the noise that a run starts with. */
export function startWidth({ start, schedule }: LevelSettings, sigma: Schedule): number {
  // a variance-preserving chain starts at n, that is √ᾱ(x₀ + σn) with variance 1: √(1 + σ²) n in our notation
  const preserving = (schedule === 'vp' || schedule === 'quadratic') && start === 'noise';
  return preserving ? Math.sqrt(1 + sigma[0] ** 2) : sigma[0];
}
