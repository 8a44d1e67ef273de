import type { z } from 'zod';
import type { Field, MemoryPlan, NoiseKey, Scalars } from '../../../compute/backend.js';
import { requireSampler } from '../../samplers/options.js';
import { keptFields, looksAhead, samplerStep } from '../../samplers/registry.js';
import type { SamplerSettings } from '../../samplers/sampler.js';
import { STREAM } from '../../samplers/streams.js';
import { defineSolver, type Run, type SolverDefinition } from '../define.js';
import { scratch, state, type FieldsOf, type FieldSpecs, type ProblemSpaces } from '../fields.js';
import { visits, type Jumps } from '../jump-schedule.js';
import { drawPlace, drawSteps, firstRedrawn, requireDraws, type Draws } from './draws.js';
import type { Schedule } from '../schedules.js';
import { requirePrior } from '../progress.js';
import type { Problem, Solver } from '../solver.js';
import { startingImage } from '../start.js';
import { noiseLevels, requireLevels, startWidth, type LevelSettings, type UsualLevels } from './levels.js';

/** Where in a loop a step is. */
export interface LoopPlace {
  /** Step of the run, from 0. */
  readonly step: number;
  /** σ at which x is looked at. */
  readonly sigma: number;
  /** σ' that x moves to; 0 in the end. */
  readonly next: number;
  /** Names a draw of noise of this step. */
  key(stream: number): NoiseKey;
}

/**
 * What a solver does with the measurement, an object: the one thing in which the methods of the loop differ. Its functions only queue.
 */
export interface LoopStep {
  /**
   * What the noise in x is taken from: the denoised image d, or the image x̂ that the data made of it.
   */
  readonly noiseOf: 'denoised' | 'consistent';
  /** Before the denoiser is asked: x at this level as the data have it. */
  enter?(x: Field, at: LoopPlace): void;
  /** After it, with x and d as they are. */
  observe?(x: Field, d: Field, at: LoopPlace): void;
  /** d ← x̂ */
  consistent(d: Field, at: LoopPlace): void;
  /** A move of its own in place of a sampler's: x, which holds the noise e (x − d or x − x̂), ← x at the next level. */
  move?(x: Field, image: Field, at: LoopPlace): void;
}

/** The settings of a loop. */
export interface LoopSettings extends LevelSettings, SamplerSettings, Draws, Partial<Jumps> {}

const loopFields = (settings: LoopSettings) => ({
  x: state('domain'),
  d: scratch('domain', 'denoised image'),
  noise: scratch('domain', 'noise'),
  before: Array.from({ length: keptFields(settings) }, () => state('domain', 'image of an earlier step')),
  ahead: looksAhead(settings.sampler) ? scratch('domain', 'image beside that of the sampler') : undefined,
  mean: severalDraws(settings) ? state('domain', 'mean of the draws') : undefined,
});

const severalDraws = ({ draws = 1 }: Draws): boolean => draws > 1;

type LoopFields = ReturnType<typeof loopFields>;

/** A method of the loop: its options, and its data step. */
export interface LoopDefinition<S extends z.ZodObject, F extends FieldSpecs> extends Pick<
  SolverDefinition<S, LoopFields & F, unknown>,
  'name' | 'schema' | 'presets' | 'examples' | 'needsDerivative'
> {
  /** As that of a solver: checks and completes options where the schema alone does not. @throws SlicewiseError ARGUMENT */
  complete?(given: Partial<z.output<S>>): z.output<S>;
  /** As that of a solver: can it serve this problem? @throws SlicewiseError */
  check?(problem: Problem, options: z.output<S>): void;
  /** Levels, sampler, draws and jumps, from the options. */
  settings(options: z.output<S>): LoopSettings;
  /** First and last level where none are given. */
  readonly usual?: UsualLevels;
  /** Fields of the data step. */
  fields(options: z.output<S>, spaces: ProblemSpaces): F;
  /** What it keeps on the device besides. */
  memory?(options: z.output<S>, spaces: ProblemSpaces): MemoryPlan['items'];
  /** The data step of a run. */
  data(run: LoopRun<S, F>): LoopStep | Promise<LoopStep>;
}

/** A run as a data step sees it. */
export type LoopRun<S extends z.ZodObject, F extends FieldSpecs> = Run<z.output<S>, FieldsOf<LoopFields & F>>;

interface Kept {
  readonly sigma: Schedule;
  readonly data: LoopStep;
  readonly [scalars: string]: Scalars | unknown;
}

/**
 * The loop that most diffusion methods are (with σ = σ_i and σ' = σ_{i+1}):
 *
 *     d ← D(x; σ)                        one evaluation
 *     x̂ ← data step(d)                   in which the methods differ
 *     x ← move(x, d, x̂; σ → σ')          in which the samplers differ (src/samplers/sampler.ts)
 *
 * The last move, to σ' = 0, ends with x̂. With jumps (jump-schedule.ts) x is raised again now and then, x ← x + √(σ_a² − σ_b²) n. With
 * several draws (draws.ts) x is raised after its last level, and the result is the mean of what the draws end with.
 */
export function defineLoop<S extends z.ZodObject, F extends FieldSpecs>(method: LoopDefinition<S, F>): Solver<z.output<S>> {
  const { name, schema, needsDerivative, presets, examples, settings } = method;
  type Options = z.output<S>;
  const jumpsOf = ({ jumps = 1, jumpLength = 1 }: LoopSettings): Jumps => ({ jumps, jumpLength });
  return defineSolver<S, LoopFields & F, Kept>({
    ...{ name, needsPrior: true, needsDerivative, schema, presets, examples, complete: method.complete, memory: method.memory },

    check(problem: Problem, options: Options) {
      const given = settings(options);
      requireLevels(name, given);
      const levels = noiseLevels(given, requirePrior(problem, name), method.usual);
      requireSampler(given, levels);
      requireDraws(name, given, jumpsOf(given).jumps > 1 ? 'jumps' : undefined);
      drawSteps(levels, given);
      method.check?.(problem, options);
    },

    steps(options, problem) {
      const given = settings(options);
      const levels = noiseLevels(given, requirePrior(problem, name), method.usual);
      return severalDraws(given) ? drawSteps(levels, given) : visits(levels.length - 1, jumpsOf(given)).length;
    },

    fields: (options, spaces) => ({ ...loopFields(settings(options)), ...method.fields(options, spaces) }),

    async prepare(run) {
      const sigma = noiseLevels(settings(run.options), run.prior, method.usual);
      return { sigma, data: await method.data(run) };
    },

    start({ problem, options, fields }, { sigma }) {
      const { x, noise } = fields as FieldsOf<LoopFields>;
      const given = settings(options);
      startingImage(problem, x, given.start, startWidth(given, sigma), noise);
    },

    step({ problem, backend, options, prior, steps, fields: all }, { sigma: levels, data }, i) {
      const fields = all as FieldsOf<LoopFields>;
      const { x, d, noise } = fields;
      const given = settings(options);
      const { seed, signal } = problem;
      const again = severalDraws(given) ? drawPlace(levels, given, i) : undefined;
      const { t, raisedFrom } = again ? { t: levels.length - 2 - again.k } : visits(levels.length - 1, jumpsOf(given))[i];
      const k = levels.length - 2 - t;
      const key = (stream: number): NoiseKey => ({ seed, step: i, stream });
      if (raisedFrom !== undefined) {
        backend.noise(noise, key(STREAM.jump));
        backend.lincomb(x, [1, x], [Math.sqrt(levels[k] ** 2 - levels[levels.length - 2 - raisedFrom] ** 2), noise]);
      }
      const place = (sigma: number): LoopPlace => ({ step: i, sigma, next: levels[k + 1], key });
      data.enter?.(x, place(levels[k]));
      const evaluate = (at: Field, sigma: number, image: Field, slopeOnly = false): void => {
        const here = place(sigma);
        prior.denoise(at, sigma, image, { step: i, steps, signal });
        data.observe?.(at, image, here);
        const fromDenoised = data.noiseOf === 'denoised';
        if (fromDenoised) backend.lincomb(at, [1, at], [-1, image]);
        if (!fromDenoised || !slopeOnly) data.consistent(image, here);
        if (!fromDenoised) backend.lincomb(at, [1, at], [-1, image]);
      };
      let sigma = levels[k];
      if (data.move) {
        evaluate(x, sigma, d);
        data.move(x, d, place(sigma));
      } else {
        const run = { ...given, backend, seed, sigma: levels, sigmaMax: prior.sigmaMax, fields, step: i, since: again?.since };
        sigma = samplerStep(run, k, evaluate);
      }
      if (!again) return { sigma, image: d };
      const mean = fields.mean!;
      const { draw, ends } = again;
      if (ends) {
        backend.lincomb(mean, [1 - 1 / (draw + 1), mean], [1 / (draw + 1), d]);
        if (i < steps - 1) {
          backend.noise(noise, key(STREAM.jump));
          backend.lincomb(x, [1, x], [levels[firstRedrawn(levels, given)], noise]);
        }
      }
      return { sigma, image: ends || draw > 0 ? mean : d };
    },

    result({ fields }) {
      const { x, mean } = fields as FieldsOf<LoopFields>;
      return mean ?? x;
    },
  });
}
