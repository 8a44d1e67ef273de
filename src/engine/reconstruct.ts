import { inPhase } from '../../core/phases.js';
import type { Measurement } from '../../volumes/measurement.js';
import type { Volume } from '../../volumes/volume.js';
import { runWarnings } from '../modalities/facts.js';
import type { Manifest } from '../report/manifest.js';
import type { StepRecord } from '../report/types.js';
import type { StepEvent } from '../solvers/solver.js';
import { denoisedImages } from './denoised-images.js';
import { requireDeviceMemory } from './device-memory.js';
import type { RunPlan } from './memory/memory-parts.js';
import { memoryPlan } from './memory/memory-plan.js';
import type { ReconstructOptions } from './options.js';
import { plannedGuide, withGuideOptions, type PlannedGuide } from './guide.js';
import { fitOf, priorSource, requireDerivative, type PriorSource } from './prior-source.js';
import { chooseMethod, judgeMethod, trialsOf, type AutoOptions, type Choice } from './judge/auto.js';
import { chooseGuarded, guardedBy, partOptions } from './judge/guard.js';
import { isRefusal, type Runner } from './judge/judge.js';
import { heldOutChoice, type HeldOutRecord } from './judge/record.js';
import { blendOfResults, withRecord } from './judge/result.js';
import { settleNoise, type SettledNoise } from './judge/noise.js';
import { tuneOptions } from './judge/tune.js';
import { keepsState, needsDerivative, needsPrior, requestOf, type RunRequest } from './request.js';
import { requirePossible } from './requirements.js';
import { runDirect } from './run-direct.js';
import { runIterative } from './run-iterative.js';
import type { Decomposition } from './trust/decompose.js';

export type { ReconstructOptions } from './options.js';

/** A step of a run: what the solver says, and the estimate as a volume. */
export interface ReconstructionStep extends Omit<StepEvent, 'estimate' | 'state'> {
  /** 'start' while a classical reconstruction is made to start from. */
  readonly phase: 'start' | 'main';
  /** Which sample, from 1. */
  readonly sample: number;
  readonly samples: number;
  /** The current estimate in output units; valid until the next step. */
  estimate(): Promise<Volume>;
}

/** What a run ends with. */
export interface ReconstructionResult {
  readonly volume: Volume;
  /** Standard deviation over the samples, when there are two or more. */
  readonly std?: Volume;
  /** Half of the calibrated interval, where `uncertainty` asked for it and the scan is of a calibrated kind. */
  readonly halfWidth?: Volume;
  /** The middle slice of every sample that this run made, when there are two or more, in output units. */
  readonly samples?: readonly Volume[];
  /** 1 where data say something of the image, 0 where nothing was measured; only where there is such a part (iterative methods). */
  readonly support?: Volume;
  /** What the data say of the image and what was added, where `decompose` asked for it. */
  readonly decomposition?: Decomposition;
  readonly events: readonly StepRecord[];
  readonly manifest: Manifest;
}

/** A reconstruction under way: iterate it for its steps, or just ask for the result. */
export class Reconstruction implements AsyncIterable<ReconstructionStep> {
  /** Resolved when the plan is known; rejected when the run cannot start. */
  readonly ready: Promise<void>;
  /** Memory the run will take; after `ready`. */
  plan: RunPlan = { items: [] };
  readonly warnings: string[] = [];
  #request?: RunRequest;
  #source?: PriorSource;
  #guide?: PlannedGuide;
  #steps?: AsyncGenerator<ReconstructionStep, ReconstructionResult>;
  #result?: ReconstructionResult;
  #failure?: { readonly error: unknown };

  constructor(
    scan: Measurement,
    private readonly options: ReconstructOptions,
    /** Dispose the backend when the run has ended. */
    private readonly ownsBackend = false,
  ) {
    this.ready = this.#prepare(scan);
    this.ready.catch(() => undefined); // reported by whoever awaits it
  }

  /** Runs to the end (or to the failure) and gives the result. */
  async result(): Promise<ReconstructionResult> {
    for await (const step of this) void step;
    if (!this.#result) throw this.#failure?.error;
    return this.#result;
  }

  /** Step by step; `result()` is what it ends with. @throws SlicewiseError as `result()` */
  async *[Symbol.asyncIterator](): AsyncGenerator<ReconstructionStep, void> {
    if (this.#failure) throw this.#failure.error;
    if (this.#result) return;
    try {
      await this.ready;
      this.#steps ??= this.#run(this.#request!);
      for (;;) {
        const { done, value } = await this.#steps.next();
        if (done) {
          this.#result = value;
          await this.#close();
          return;
        }
        yield value;
      }
    } catch (error) {
      this.#failure = { error };
      await this.#close();
      throw error;
    }
  }

  async #close(): Promise<void> {
    if (this.ownsBackend) await this.options.backend.dispose();
  }

  /** Everything that may fail before any work: options, geometry, prior, memory. */
  async #prepare(scan: Measurement): Promise<void> {
    const request = requestOf(scan, this.options);
    await inPhase(this.options, 'plan', () => this.#plan(request));
  }

  async #plan(request: RunRequest): Promise<void> {
    await requirePossible(request);
    const { scan: adjusted, method, grid } = request;
    const known = adjusted.meta.warnings ?? [];
    this.warnings.push(...runWarnings(adjusted, grid).filter((text) => !known.includes(text)));
    if (this.options.checkpoint && !keepsState(request)) {
      this.warnings.push(`${method.name} keeps no checkpoints: a run that is stopped begins anew`);
    }
    if (needsPrior(method)) {
      this.#source = await priorSource(this.options);
      if (this.#source) requireDerivative(this.#source, needsDerivative(request));
      if (this.#source) this.warnings.push(...fitOf(this.#source, denoisedImages(request)));
      this.#guide = plannedGuide(request, this.#source);
    }
    this.#request = withGuideOptions(request, this.#guide?.spec);
    this.plan = await memoryPlan(this.#request, this.#source, this.#guide);
    await requireDeviceMemory(this.options.backend, this.plan);
  }

  async *#run(request: RunRequest): AsyncGenerator<ReconstructionStep, ReconstructionResult> {
    const { method, options } = request;
    const { warnings } = this;
    const seconds = stopwatch();
    const settled = await settleNoise('auto' in method ? priorCandidate(request) : request, runToEnd);
    warnings.push(...(settled?.told ?? []));
    if (settled?.record) return yield* this.#runSettled(settled, seconds());
    if ('auto' in method) return yield* this.#runChosen(request, method.auto);
    if (options.tune) return yield* this.#runTuned(request, options.tune);
    if (options.holdOut ?? request.physics.holdOut?.always ?? false) return yield* this.#runJudged(request);
    if ('direct' in method) return runDirect(request, { direct: method.direct, source: this.#source, batch: this.plan.batch, warnings });
    const passes = request.physics.passes?.(request.own);
    if (passes) return yield* this.#runPasses(request, passes);
    const run = { solver: method.solver, source: this.#source, guide: this.#guide, batch: this.plan.batch, warnings };
    return yield* runIterative(request, run);
  }

  /** The same run with a noise level that hidden measurements chose. */
  async *#runSettled({ scan, record }: SettledNoise, seconds: number): AsyncGenerator<ReconstructionStep, ReconstructionResult> {
    const run = new Reconstruction(scan, this.options);
    for await (const step of run) yield step;
    const result = await run.result();
    this.warnings.push(...run.warnings.filter((text) => !this.warnings.includes(text)));
    return withRecord(result, result.manifest.heldOut ?? record, this.warnings, seconds);
  }

  /**
   * The same run after the method was judged by measurements that it did not see; of priors that are shown images of other methods, what
   * predicts better with those (judge/guard.ts).
   */
  async *#runJudged(request: RunRequest): AsyncGenerator<ReconstructionStep, ReconstructionResult> {
    const { holdOut } = this.options;
    let heldOut: HeldOutRecord | undefined;
    let choice: Choice | undefined;
    const seconds = stopwatch();
    try {
      const share = typeof holdOut === 'number' ? holdOut : undefined;
      const trials = trialsOf(request, this.options.seed ?? 0, share);
      const candidates = guardedBy(request, this.#guide);
      if (candidates) {
        const { told, ...chosen } = await chooseGuarded(request, candidates, runToEnd, trials);
        choice = chosen;
        this.warnings.push(...told);
      } else heldOut = await judgeMethod(request, runToEnd, trials);
    } catch (error) {
      // who did not ask for it need not hear of it as an error
      if (holdOut !== undefined || !isRefusal(error)) throw error;
      this.warnings.push(`not judged by hidden measurements: ${error.message}`);
    }
    if (choice) return yield* this.#runParts(request, choice, seconds());
    const trialSeconds = seconds();
    const run = new Reconstruction(request.scan, { ...this.options, holdOut: false });
    for await (const step of run) yield step;
    return withRecord(await run.result(), heldOut, this.warnings, trialSeconds);
  }

  /** The run on all data with options that predict hidden measurements best. */
  async *#runTuned(
    request: RunRequest,
    { options: names, budget = 600 }: NonNullable<ReconstructOptions['tune']>,
  ): AsyncGenerator<ReconstructionStep, ReconstructionResult> {
    const seconds = stopwatch();
    const { methodOptions, record } = await tuneOptions(request, names, budget, runToEnd);
    const trialSeconds = seconds();
    const run = new Reconstruction(request.scan, { ...this.options, tune: undefined, holdOut: false, methodOptions });
    for await (const step of run) yield step;
    return withRecord(await run.result(), record, this.warnings, trialSeconds);
  }

  /** The mean of runs that differ in options of the modality. Checkpoints are of one run: these have none. */
  async *#runPasses(request: RunRequest, passes: readonly object[]): AsyncGenerator<ReconstructionStep, ReconstructionResult> {
    const results: ReconstructionResult[] = [];
    for (const own of passes) {
      const run = new Reconstruction(request.scan, { ...this.options, ...own, checkpoint: undefined, resume: undefined, holdOut: false });
      for await (const step of run) yield step;
      results.push(await run.result());
    }
    const weights = passes.map(() => 1 / passes.length);
    const { manifest, ...mean } = blendOfResults(request, results, weights);
    const method = { name: request.method.name, options: { ...results[0].manifest.method.options, ...request.own } };
    return { ...mean, manifest: { ...manifest, method } };
  }

  /** The method that predicts hidden measurements best, or a blend of several. */
  async *#runChosen(request: RunRequest, settings: AutoOptions): AsyncGenerator<ReconstructionStep, ReconstructionResult> {
    const seconds = stopwatch();
    const choice = await chooseMethod(request, settings, runToEnd);
    return yield* this.#runParts(request, choice, seconds());
  }

  /** The whole scan by what was chosen. */
  async *#runParts(
    request: RunRequest,
    { parts, record }: Choice,
    trialSeconds: number,
  ): AsyncGenerator<ReconstructionStep, ReconstructionResult> {
    const results: ReconstructionResult[] = [];
    const [first] = parts.map((part) => partOptions(this.options, part));
    const kept = parts.length === 1 && keepsState(requestOf(request.scan, first));
    if (this.options.resume && !kept) {
      this.warnings.push(`nothing is kept of ${heldOutChoice(record)}: the run began anew`);
    }
    for (const [n, part] of parts.entries()) {
      const run = new Reconstruction(request.scan, partOptions(this.options, part, kept));
      this.options.progress?.('auto: the whole scan', n, parts.length);
      for await (const step of run) yield step;
      results.push(await run.result());
    }
    const weights = parts.map(({ weight }) => weight);
    return withRecord(blendOfResults(request, results, weights), record, this.warnings, trialSeconds);
  }
}

/** Seconds since it was made. */
function stopwatch(): () => number {
  const begun = performance.now();
  return () => (performance.now() - begun) / 1e3;
}

/** The candidate with a prior, by which an uncertain noise level is chosen before methods are; the request itself where there is none. */
function priorCandidate(request: RunRequest): RunRequest {
  const { physics, scan, options } = request;
  const candidate = physics.uncertainNoise && physics.candidates?.(scan).find(({ prior, onRequest }) => prior !== undefined && !onRequest);
  if (!candidate) return request;
  const { method, methodOptions, prior } = candidate;
  return requestOf(scan, { ...options, method, methodOptions, prior: options.prior ?? prior });
}

/** A run from its beginning to its end. */
export const runToEnd: Runner = (scan, options) => new Reconstruction(scan, options).result();
