import type { Backend, Field } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import type { AffineMap } from '../../core/units.js';
import { networkPrior, type NetworkPrior } from '../../models/network/network-prior.js';
import type { Provider } from '../../models/network/provider.js';
import { loadModel, modelDigest, type ModelSources, type ZooEntry } from '../../models/sources/zoo.js';
import type { Grid, Measurement } from '../../volumes/measurement.js';
import { magnitudeOf, makeComplexVolume, makeVolume, type Volume } from '../../volumes/volume.js';
import {
  readCheckpoint,
  writeCheckpoint,
  type Checkpoint,
  type CheckpointStore,
  type RunIdentity,
} from './checkpoint.js';
import { requireDeviceMemory } from './device-memory.js';
import { directMethods } from './direct.js';
import { requireOptions, requirePrior, requireProvider } from './fit.js';
import { priorWarnings } from './prior-warnings.js';
import type { RunPlan } from './memory/memory-parts.js';
import { memoryPlan } from './memory/memory-plan.js';
import { optionsFor, physicsOf } from '../modalities/index.js';
import type { CompleteOptions, NormalisedProblem } from '../modalities/modality.js';
import type { Manifest } from '../report/manifest.js';
import type { StepRecord } from '../report/types.js';
import { runIdentity, runManifest, type RunRecord } from './run-record.js';
import { SampleStatistics } from './samples.js';
import type { PenaltyWeight, Problem, Solver, SolverState, StepEvent } from '../solvers/solver.js';
import { solvers } from '../solvers/registry.js';
import { weightWarning } from './weight-warning.js';

export interface ReconstructOptions extends CompleteOptions {
  /** fbp, fdk, zero-filled, grappa, or a name of the solver registry: sirt, cgls, admm-tv, sense, cs-wavelet, cs-tv, dds, diffusion-mbir. */
  readonly method: string;
  /** Options of the method; its schema names and checks them. */
  readonly methodOptions?: { readonly [name: string]: unknown };
  /** A model of the zoo by name, or a card with its weights. */
  readonly prior?: string | ZooEntry;
  readonly seed?: number;
  /** Keep real and imaginary part of a complex image (MR); default: its magnitude. */
  readonly complex?: boolean;
  /** The image wanted; default: the measurement's own. */
  readonly grid?: Grid;
  /** Statistical weights of the data term: none, or the photon counts. */
  readonly weights?: 'none' | 'counts';
  /** mm⁻¹ of water; default: the measurement's. Gives line integrals in mm without one an image in HU. */
  readonly muWater?: number;
  /** Least and greatest value of the image in output units (HU, or the data's own), for methods with bounds. */
  readonly bounds?: { readonly low?: number; readonly high?: number };
  /** Independent samples whose mean (and std) is wanted; diffusion methods. */
  readonly samples?: number;
  /** Slices the network takes at once. Default 1 on the CPU, what the memory plan says on a GPU. */
  readonly batch?: number;
  /** Where ONNX Runtime runs the network of a CPU backend. Default cpu. */
  readonly provider?: Provider;
  /** Where the run computes: the CPU's (createBackend) or a GPU's (createGpuBackend). */
  readonly backend: Backend;
  /** Where a prior is looked for by name. */
  readonly zoo?: ModelSources;
  readonly checkpoint?: CheckpointStore;
  /** Least seconds between two checkpoints. Default 60; 0 writes one every step. */
  readonly checkpointSeconds?: number;
  readonly resume?: boolean;
}

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

export interface ReconstructionResult {
  readonly volume: Volume;
  /** Standard deviation over the samples, when there are two or more. */
  readonly std?: Volume;
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
  #steps?: AsyncGenerator<ReconstructionStep, ReconstructionResult>;
  #result?: ReconstructionResult;
  #failure?: { readonly error: unknown };
  private readonly scan: Measurement;

  constructor(
    scan: Measurement,
    private readonly options: ReconstructOptions,
    /** Dispose the backend when the run has ended. */
    private readonly ownsBackend = false,
  ) {
    const { muWater } = options;
    this.scan = muWater === undefined ? scan : { ...scan, meta: { ...scan.meta, muWater } };
    this.ready = this.#prepare();
    this.ready.catch(() => undefined); // reported by whoever awaits it
  }

  /** Runs to the end (or to the failure) and gives the result. */
  async result(): Promise<ReconstructionResult> {
    for await (const step of this) void step;
    if (!this.#result) throw this.#failure?.error;
    return this.#result;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ReconstructionStep, void> {
    if (this.#failure) throw this.#failure.error;
    if (this.#result) return;
    try {
      await this.ready;
      this.#steps ??= this.#run();
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

  get #record(): RunRecord {
    return { scan: this.scan, grid: this.#grid, options: this.options, warnings: this.warnings };
  }

  get #grid(): Grid {
    return this.options.grid ?? this.scan.grid;
  }

  async #prepare(): Promise<void> {
    const { method, samples = 1, prior, muWater, checkpoint, resume } = this.options;
    requireOptions(this.scan, this.options);
    requireProvider(this.options);
    physicsOf(this.scan.kind).check?.(this.scan, this.#grid);
    if (muWater !== undefined && this.#grid.units === 'arbitrary') {
      throw new SlicewiseError('ARGUMENT', {
        message: 'the attenuation of water relates lengths in mm to HU, and the lengths of this scan are not known',
        hint: 'give the detector pitch in mm (--pitch), or leave --mu-water out',
      });
    }
    if (checkpoint && !resume && (await checkpoint.latest())) {
      throw new SlicewiseError('CHECKPOINT', {
        message: `${checkpoint.location} holds the checkpoints of an earlier run`,
        hint: 'go on with --resume, remove that folder, or name another with --checkpoint',
      });
    }
    if (!Number.isInteger(samples) || samples < 1) {
      throw new SlicewiseError('ARGUMENT', { message: 'samples', expected: 'a positive integer', got: `${samples}` });
    }
    if (directMethods.has(method)) {
      requireKnown(method, this.scan);
      directMethods.get(method).check?.(this.scan, this.options);
      if (samples > 1) throw deterministic(method);
      await this.#planned();
      return;
    }
    const solver = solvers.get(method);
    solver.options(optionsFor(this.scan, method, this.options.methodOptions));
    if (this.options.bounds && !('low' in solver.schema.shape)) {
      throw new SlicewiseError('ARGUMENT', { message: `${method} takes no bounds`, hint: 'use sirt or admm-tv' });
    }
    if (!solver.needsPrior && samples > 1) throw deterministic(method);
    if (solver.needsPrior && prior === undefined) {
      throw new SlicewiseError('ARGUMENT', {
        message: `${method} needs a prior`,
        hint: 'name one with --prior (`slicewise models` lists them), or use admm-tv, sirt, cgls or fbp',
      });
    }
    const entry = solver.needsPrior ? await this.#entry() : undefined;
    if (entry) requirePrior(entry.card, this.scan);
    if (entry) this.warnings.push(...priorWarnings(entry.card, this.scan, this.#grid));
    await this.#planned({
      solver,
      settings: optionsFor(this.scan, method, this.options.methodOptions),
      batch: this.options.batch,
      card: entry?.card,
    });
  }

  async #planned(iterative?: Parameters<typeof memoryPlan>[4]): Promise<void> {
    const { backend } = this.options;
    this.plan = await memoryPlan(this.scan, this.#grid, backend, this.options, iterative);
    await requireDeviceMemory(backend, this.plan);
  }

  /** The prior asked for; checked against the weights' hash. */
  async #entry(): Promise<ZooEntry> {
    const { prior, zoo } = this.options;
    if (typeof prior !== 'string') return prior!;
    if (!zoo) throw new SlicewiseError('MODEL', { message: `no zoo was given to look up the prior '${prior}'` });
    return loadModel(zoo, prior);
  }

  async *#run(): AsyncGenerator<ReconstructionStep, ReconstructionResult> {
    const started = performance.now();
    const { method, backend, seed = 0, samples = 1 } = this.options;
    const grid = this.#grid;
    const physics = physicsOf(this.scan.kind);
    const complex = physics.domain(grid).dtype === 'complex64';
    if (directMethods.has(method)) {
      const image = await directMethods.get(method).run(await this.#completed(), grid, this.options);
      const volume = this.#volume(image.data, grid, image.units, complex);
      const seconds = (performance.now() - started) / 1000;
      const manifest = await runManifest(this.#record, {
        settings: this.options.methodOptions ?? {},
        map: image.map,
        source: 'direct',
        seconds,
      });
      return { volume, events: [], manifest };
    }

    const solver = solvers.get(method);
    const entry = solver.needsPrior ? await this.#entry() : undefined;
    let prior: NetworkPrior | undefined;
    const events: StepRecord[] = [];
    try {
      if (entry) {
        const { provider } = this.options;
        const { batch } = this.plan;
        prior = await networkPrior(entry.card, entry.weights, backend, { batch, provider });
      }
      const normalised = await physics.normalise(await this.#completed(), grid, backend, {
        prior,
        muWater: this.options.muWater,
        weights: this.options.weights ?? 'none',
      });
      const { map, units } = normalised;
      const settings = solver.options({
        ...optionsFor(this.scan, method, this.options.methodOptions),
        ...inSolverUnits(this.options.bounds, map),
      });
      const toVolume = (p: Float32Array): Volume =>
        this.#volume(affine(p, map.scale, map.offset), grid, units, complex);
      // another runtime rounds otherwise
      const runtime = backend.name === 'cpu' ? (this.options.provider ?? 'cpu') : 'the GPU of the backend';
      const identity = await runIdentity(this.#record, settings, entry && `${await modelDigest(entry)} on ${runtime}`);
      const restored = await this.#restore(identity);
      const initial = yield* this.#initial(normalised, settings, toVolume);

      const statistics = new SampleStatistics(restored?.sums);
      let weight: PenaltyWeight | undefined;
      const tellWeight = (told: PenaltyWeight): void => {
        weight = told;
        const warning = weightWarning(told);
        if (warning) this.warnings.push(warning);
      };
      let last: Float32Array | undefined;
      for (let sample = restored?.sample ?? 0; sample < samples; sample++) {
        const resume: SolverState | undefined = sample === restored?.sample ? restored.solver : undefined;
        const { operator, y, noiseLevel } = normalised;
        const { signal } = this.options;
        const problem: Problem = {
          backend,
          operator,
          y,
          prior,
          initial,
          noiseLevel,
          units: { norm: normalised.norm, scale: normalised.scale },
          seed: seed + sample,
          tellWeight,
          signal,
          resume,
        };
        let written = performance.now();
        for await (const step of solver.run(problem, settings as never)) {
          events.push(record(step));
          if (step.step === step.steps) last = await step.estimate();
          const due = (performance.now() - written) / 1000 >= (this.options.checkpointSeconds ?? 60);
          if (this.options.checkpoint && (due || signal?.aborted)) {
            await this.#checkpoint({ identity, sample, solver: await step.state(), sums: statistics.sums() });
            written = performance.now();
          }
          yield {
            ...record(step),
            phase: 'main',
            sample: sample + 1,
            samples,
            estimate: async () => toVolume(await step.estimate()),
          };
        }
        if (!last) throw new SlicewiseError('BACKEND', { message: `${method} ended without a result` });
        if (samples > 1) statistics.add(last);
      }
      initial?.dispose();
      const networkSeconds = prior ? await prior.runtimeSeconds() : undefined;
      const seconds = (performance.now() - started) / 1000;
      const mean = samples > 1 ? statistics.mean() : last!;
      const std = samples > 1 ? statistics.std() : undefined;
      return {
        volume: toVolume(mean),
        // of a complex image: √(var re + var im)
        std: std && this.#volume(affine(std, map.scale, 0), grid, units, complex, 'magnitude'),
        events,
        manifest: await runManifest(this.#record, {
          settings: { ...(weight && { lambda: weight.lambda }), ...settings }, // a λ that was given as it was given
          norm: normalised.norm,
          noiseLevel: normalised.noiseLevel,
          prior,
          map,
          source: normalised.source,
          seconds,
          networkSeconds,
          memory: backend.memory().peak,
        }),
      };
    } finally {
      await prior?.dispose().catch(() => undefined);
    }
  }

  /** Nobody keeps it: once its numbers are on the backend it is garbage. */
  async #completed(): Promise<Measurement> {
    const scan = (await physicsOf(this.scan.kind).complete?.(this.scan, this.options)) ?? this.scan;
    this.warnings.push(...(scan.meta.warnings ?? []).filter((text) => !this.scan.meta.warnings?.includes(text)));
    return scan;
  }

  /** The classical image that a diffusion run starts from, where its options ask for one. */
  async *#initial(
    { operator, y }: NormalisedProblem,
    settings: unknown,
    toVolume: (p: Float32Array) => Volume,
  ): AsyncGenerator<ReconstructionStep, Field | undefined> {
    if ((settings as { start?: string }).start !== 'classical') return undefined;
    const { backend, signal } = this.options;
    const tv = solvers.get('admm-tv') as Solver<{ iterations: number }>;
    const field = backend.field(operator.domain);
    const run = tv.run({ backend, operator, y, seed: 0, signal }, tv.options({ iterations: START_ITERATIONS }));
    for await (const step of run) {
      if (step.step === step.steps) await backend.write(field, await step.estimate());
      const estimate = async () => toVolume(await step.estimate());
      yield { ...record(step), phase: 'start', sample: 1, samples: this.options.samples ?? 1, estimate };
    }
    return field;
  }

  async #restore(identity: RunIdentity): Promise<Checkpoint | undefined> {
    const { resume, checkpoint } = this.options;
    if (!resume) return undefined;
    if (!checkpoint) throw new SlicewiseError('ARGUMENT', { message: 'resume needs the folder of the checkpoints' });
    const found = await readCheckpoint(checkpoint, identity);
    if (!found) this.warnings.push(`no checkpoint in ${checkpoint.location} yet: the run starts from the beginning`);
    return found;
  }

  async #checkpoint(checkpoint: Checkpoint): Promise<void> {
    await writeCheckpoint(this.options.checkpoint!, checkpoint);
  }

  /** Complex images, interleaved, become their magnitude unless `complex` asks for both parts. */
  #volume(data: Float32Array, grid: Grid, units: Volume['units'], complex: boolean, as?: 'magnitude'): Volume {
    const rest = {
      axes: grid.axes,
      placement: grid.placement,
      units,
      modality: grid.modality,
      meta: { source: this.scan.meta.source, format: 'reconstruction' },
    };
    if (!complex) return makeVolume(data, grid.shape, rest);
    const volume = makeComplexVolume(data, grid.shape, rest);
    return this.options.complex && as !== 'magnitude' ? volume : magnitudeOf(volume);
  }
}

function requireKnown(method: string, { kind }: Measurement): void {
  const { direct } = physicsOf(kind);
  if (direct.includes(method)) return;
  throw new SlicewiseError('ARGUMENT', {
    message: `${method} is not for this kind of data`,
    expected: `${direct.join(', ')}, or an iterative method: ${solvers.names().join(', ')}`,
    got: kind,
  });
}

/** Outer iterations of the classical image to start from: near enough, since noise is added to it. */
const START_ITERATIONS = 30;

const record = ({ step, steps, sigma, residual, seconds }: StepEvent): StepRecord => ({
  step,
  steps,
  sigma,
  residual,
  seconds,
});

/** scale · data + offset, in place: an estimate is read for this alone, and a copy would be a second volume. */
function affine(data: Float32Array, scale: number, offset: number): Float32Array {
  for (let i = 0; i < data.length; i++) data[i] = scale * data[i] + offset;
  return data;
}

/** Bounds in output units as the solver's own numbers. */
function inSolverUnits(bounds: ReconstructOptions['bounds'], map: AffineMap): { low?: number; high?: number } {
  const inside = (value: number) => (value - map.offset) / map.scale;
  return {
    ...(bounds?.low === undefined ? {} : { low: inside(bounds.low) }),
    ...(bounds?.high === undefined ? {} : { high: inside(bounds.high) }),
  };
}

const deterministic = (method: string): SlicewiseError =>
  new SlicewiseError('ARGUMENT', {
    message: `${method} gives the same image for every seed`,
    expected: 'samples = 1',
    hint: 'use dds or diffusion-mbir for several samples',
  });
