import { SlicewiseError } from '../../../core/errors.js';
import type { Prior } from '../../../models/prior.js';
import { requireSampler } from '../../samplers/options.js';
import { samplerOf } from '../../samplers/registry.js';
import { ddsSchedule, geometricSchedule, requireInRange, withTail, type Schedule } from '../schedules.js';
import type { DdsOptions } from './options.js';

/** By a sampler that is none of the two that `order` says. */
export const movesOtherwise = ({ sampler, eta }: Pick<DdsOptions, 'sampler' | 'eta'>): boolean =>
  sampler !== 'ddim' && !(sampler === 'dpm++2m' && eta > 0);

/** Evaluations at σ_min, at least the last one. */
export const tailOf = ({ steps, tail, sigmas: levels }: DdsOptions): number => {
  if (!levels) return Math.max(1, Math.round(tail * steps));
  return tail > 0 ? levels.filter((level) => level === levels[levels.length - 1]).length : 1;
};

/**
 * Levels that are given say how many steps there are, and which are the first and the last one.
 * @param said the options that were given
 * @throws SlicewiseError ARGUMENT for levels that rise, other steps, and a first or last level beside them
 */
export function ofLevels(options: DdsOptions, said: Partial<DdsOptions>): DdsOptions {
  const { sigmas: levels, start } = options;
  if (!levels) return options;
  const twice = (['sigmaMax', 'sigmaMin'] as const).find((name) => said[name] !== undefined);
  if (twice) {
    throw new SlicewiseError('ARGUMENT', {
      message: `sigmas and ${twice} of dds both say noise levels`,
      expected: 'one of them',
      got: `sigmas ${levels.join(', ')}, ${twice} ${said[twice]}`,
      hint: `leave ${twice} out`,
    });
  }
  if (levels.some((level, i) => level > (levels[i - 1] ?? level))) {
    throw new SlicewiseError('ARGUMENT', { message: 'sigmas of dds', expected: 'σ_0 ≥ σ_1 ≥ … > 0', got: levels.join(', ') });
  }
  const steps = levels.length + (start === 'estimate' ? 1 : 0);
  if (said.steps !== undefined && said.steps !== steps) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'sigmas and steps of dds',
      expected: `steps ${steps}: one a level${start === 'estimate' ? ', and that of the estimate' : ''}`,
      got: `steps ${said.steps}`,
      hint: 'leave steps out',
    });
  }
  return { ...options, steps };
}

/** The run begins with a plane of the guide itself, without noise. */
export const isShown = ({ start }: DdsOptions, { guide }: Prior): boolean => start === 'guide' && guide?.start?.noise === false;

/** Noise levels of a run, 0 the last. @throws SlicewiseError ARGUMENT, SIGMA_RANGE */
export function noiseLevels(options: DdsOptions, prior: Prior): Schedule {
  if (options.schedule === 'vp' && (options.sigmaMax ?? options.sigmaMin) !== undefined) {
    throw new SlicewiseError('ARGUMENT', {
      message: "sigmaMax and sigmaMin belong to the 'geometric' schedule; 'vp' has its own levels",
      got: `schedule 'vp'`,
    });
  }
  const estimate = options.start === 'estimate';
  if (estimate && !prior.guide) {
    throw new SlicewiseError('ARGUMENT', {
      message: "start 'estimate' needs a guided prior: without a guide nothing is known at the greatest noise level",
      got: `the prior '${prior.name}'`,
      hint: "use start 'noise' or 'classical'",
    });
  }
  if (estimate && options.steps === 1) return [prior.sigmaMax, 0];
  const top = isShown(options, prior) || (prior.guide !== undefined && options.steps === 1);
  const usual = Math.min(options.start === 'noise' ? 0.5 : 0.3, prior.sigmaMax);
  const high = options.sigmaMax ?? (top ? prior.sigmaMax : usual);
  const tail = tailOf(options);
  const low = options.sigmaMin ?? Math.min(high, Math.max(tail > 1 ? 0.03 : 0.02, prior.sigmaMin));
  const falling = options.steps - tail + 1 - (estimate ? 1 : 0);
  const found = () => (options.schedule === 'vp' ? ddsSchedule(falling) : geometricSchedule(falling, high, low));
  const levels = options.sigmas ? [...options.sigmas, 0] : withTail(found(), tail);
  const schedule = estimate ? [prior.sigmaMax, ...levels] : levels;
  requireInRange(schedule, prior);
  if (movesOtherwise(options) || options.samplerOrder !== undefined) requireSampler(options, schedule);
  if (isShown(options, prior) && movesOtherwise(options)) {
    throw new SlicewiseError('ARGUMENT', {
      message: `the prior '${prior.name}' starts from its guide as it is, and the first move then draws noise`,
      expected: "the sampler 'ddim', or start 'noise'",
      got: `sampler '${samplerOf(options.sampler).name}'`,
    });
  }
  if (isShown(options, prior) && schedule[0] < prior.sigmaMax) {
    throw new SlicewiseError('ARGUMENT', {
      message: `the prior '${prior.name}' is shown its guide as it is, which it knows at its greatest noise level only`,
      expected: `a first noise level of ${prior.sigmaMax}`,
      got: `${schedule[0]}`,
      hint: "leave sigmaMax out, or use start 'noise'",
    });
  }
  return schedule;
}
