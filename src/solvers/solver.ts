import type { z } from 'zod';
import type { Backend, Field, MemoryPlan } from '../../compute/backend.js';
import type { Space } from '../../core/space.js';
import type { Prior } from '../../models/prior.js';
import type { LinearOperator } from '../../operators/operator.js';

/**
 * What every solver gets: a normalised problem. `operator` has ‖A‖₂ = 1 (weights included), `y` is scaled alike, and x is in
 * the prior's range (or in the data's own for classical methods). No solver ever sees the ground truth.
 */
export interface Problem {
  readonly backend: Backend;
  readonly operator: LinearOperator;
  /** Measured data in the operator's range. */
  readonly y: Field;
  readonly prior?: Prior;
  /** For a guided prior (models/guide.ts): its planes, in the operator's domain. */
  readonly guide?: readonly Field[];
  /** Starting image for `start: 'classical'` and `'guide'`, and for classical methods; zeros when absent. */
  readonly initial?: Field;
  /**
   * 1 where A sees something of the image, 0 where its columns are 0 and data say nothing: real, of the domain's shape. x is 0 there in
   * every estimate (support.ts). Absent where A sees everything, or what it does not see is to be filled in (missing traces).
   */
  readonly support?: Field;
  /** σ_y in unit-norm units, when the noise is known. */
  readonly noiseLevel?: number;
  /** How the problem follows from the measured one, for weights said in the data's own units; absent: it is the measured one. */
  readonly units?: ProblemUnits;
  /** Told the weight of the penalty once it is known, by methods that have one with a default that hangs on the data. */
  readonly tellWeight?: (weight: PenaltyWeight) => void;
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** State of an interrupted run, as `StepEvent.state` gave it. A run resumed at its end yields its last step once more. */
  readonly resume?: SolverState;
}

/** λ of a classical method, in the units in which it is given. */
export interface PenaltyWeight {
  readonly lambda: number;
  /** What it is where none is given. */
  readonly usual: number;
}

/** A′ = A/norm and y′ = y/(norm · scale) for images x = scale · x′ (+ an offset). */
export interface ProblemUnits {
  /** ‖A‖₂ of the operator as measured. */
  readonly norm: number;
  /** What 1 of x′ is in the data's own units. */
  readonly scale: number;
}

/** All that a run needs to go on: the next step and every state field by name (C order). */
export interface SolverState {
  readonly step: number;
  readonly fields: { readonly [name: string]: Float32Array };
}

/** One step done. */
export interface StepEvent {
  /** Steps done so far, 1-based, and in all. */
  readonly step: number;
  readonly steps: number;
  /** Noise level of the step just done (diffusion methods). */
  readonly sigma?: number;
  /** ‖Ax − y‖ / ‖y‖, of this or the step before; undefined until known. */
  readonly residual?: number;
  /** Seconds of this step. */
  readonly seconds: number;
  /** The current estimate of the image, read from the device when asked; valid until the next step. C order. */
  estimate(): Promise<Float32Array>;
  /** The state to write into a checkpoint; valid until the next step. */
  state(): Promise<SolverState>;
}

/** The steps of a method, one after another. */
export type SolverRun = AsyncGenerator<StepEvent, void, void>;

/** A method: one file each, made by `defineSolver` (define.ts), ours registered in solvers/registry.ts. */
export interface Solver<Options> {
  readonly name: string;
  readonly needsPrior: boolean;
  /** It asks for products with the derivative of the denoiser (`Prior.vjp`): a network is opened with it. */
  readonly needsDerivative?: (options: Options) => boolean;
  /** Every option with its type, default and a description of where the default comes from; drives parser and help. */
  readonly schema: z.ZodObject;
  /** Named settings for the option `compat` (published ones), where the method has them. */
  readonly presets?: { readonly [name: string]: Partial<Options> };
  /** Short runs that tests of the registry make. */
  readonly examples?: readonly Partial<Options>[];
  /** Checks and completes options; throws ARGUMENT naming the option. */
  options(given: Partial<Options>): Options;
  /**
   * Begins, or goes on where `problem.resume` says.
   * @throws (from its steps) SlicewiseError ABORTED, NOT_FINITE, BACKEND, ARGUMENT
   */
  run(problem: Problem, options: Options): SolverRun;
  /** Fields it keeps at its peak besides x, y and operator scratch. */
  memory(domain: Space, range: Space, options: Options): MemoryPlan;
}

/** The options of a solver, as its schema completes them. */
export type OptionsOf<S> = S extends Solver<infer Options> ? Options : never;
