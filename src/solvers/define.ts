import type { z } from 'zod';
import type { Backend, Field, MemoryPlan, Scalars } from '../../compute/backend.js';
import { Workspace } from '../../compute/workspace.js';
import { parseOptions } from '../../core/options.js';
import type { Prior } from '../../models/prior.js';
import type { LinearOperator } from '../../operators/operator.js';
import {
  allocate,
  fieldItems,
  scratch,
  stateFields,
  type FieldsOf,
  type FieldSpec,
  type FieldSpecs,
  type ProblemSpaces,
} from './fields.js';
import { beginStep, DataMisfit, endStep, requireConsistent, requirePrior, restoreOrStart } from './progress.js';
import type { Problem, Solver, SolverRun } from './solver.js';
import { holdToSupport } from './support.js';

/** A run as the functions of a method see it. */
export interface Run<Options, Fields> {
  readonly problem: Problem;
  readonly backend: Backend;
  readonly operator: LinearOperator;
  /** Measured data, in the operator's range. */
  readonly y: Field;
  readonly options: Options;
  /** The fields declared. */
  readonly fields: Fields;
  /**
   * A data-sized field, free for the use of a step; the residual of a step that tells none is computed in it. Not
   * there for methods with `residual`.
   */
  readonly projection: Field;
  /** ‖Ax − y‖/‖y‖, in several ways. */
  readonly misfit: DataMisfit;
  /** The denoiser. @throws SlicewiseError ARGUMENT where the problem has none */
  readonly prior: Prior;
  /** Steps in all. */
  readonly steps: number;
  /** Fields besides those declared, freed at the end of the run; they belong into `memory`. */
  readonly workspace: Workspace;
  /** Disposes of what it is given at the end of the run. */
  own<T extends { dispose(): void }>(thing: T): T;
}

/** What a step has done. */
export interface StepDone {
  /** ‖Ax − y‖/‖y‖ of this image or the one before; computed where a step does not tell it. */
  readonly residual?: Scalars;
  /** The estimate; `fields.x` without it. */
  readonly image?: Field;
  /** The noise level of the step (diffusion methods). */
  readonly sigma?: number;
}

/**
 * The mathematics of an iterative method. What is the same for all follows from it: allocation, checkpoints, memory
 * plan, the residual of every step, going on from a checkpoint (also at its end), stopping on a signal, an estimate of 0
 * where the problem has no support, and giving everything back however a run ends.
 *
 * The functions are called in the order: `check` `steps` `fields` `prepare` (`start` | from the checkpoint) `begin` `step` `step` …
 */
export interface SolverDefinition<S extends z.ZodObject, F extends FieldSpecs & { readonly x: FieldSpec }, Kept> {
  readonly name: string;
  /** Every option with its type, default and a description of where the default comes from; drives parser, flags and help. */
  readonly schema: S;
  readonly needsPrior?: boolean;
  /** Whether it asks for `Prior.vjp` with these options; networks are opened with their derivative then. */
  readonly needsDerivative?: (options: z.output<S>) => boolean;
  /** Named settings for the option `compat` (published ones). */
  readonly presets?: { readonly [name: string]: Partial<z.output<S>> };
  /** Short runs (six steps) that tests of the registry make. */
  readonly examples?: readonly Partial<z.output<S>>[];
  /** Checks and completes options where the schema alone does not. @throws SlicewiseError ARGUMENT naming the option */
  complete?(given: Partial<z.output<S>>): z.output<S>;
  /** Whether it can serve this problem, before anything is allocated. @throws SlicewiseError */
  check?(problem: Problem, options: z.output<S>): void;
  /** Steps of a run. */
  steps(options: z.output<S>, problem: Problem): number;
  /** Its fields, `x` among them: the image that it iterates on. All zero at first. */
  fields(options: z.output<S>, spaces: ProblemSpaces): F;
  /** What it keeps on the device besides fields. */
  memory?(options: z.output<S>, spaces: ProblemSpaces): MemoryPlan['items'];
  /**
   * Work before the first step that does not depend on the state. What it returns is given to the functions below,
   * which may change it; scalars in it are disposed of when others take their place, and at the end. (Others are made
   * in a `Backend.scope`.)
   */
  prepare?(run: Run<z.output<S>, FieldsOf<F>>): Kept | Promise<Kept>;
  /** Fills the state of a run from the beginning; zeros without it. */
  start?(run: Run<z.output<S>, FieldsOf<F>>, kept: Kept): void;
  /** Work that depends on the state, begun or read back. @param done steps done */
  begin?(run: Run<z.output<S>, FieldsOf<F>>, kept: Kept, done: number): void;
  /** One step, from 0. Queues, and may wait. */
  step(run: Run<z.output<S>, FieldsOf<F>>, kept: Kept, step: number): StepDone | Promise<StepDone>;
  /** The residual where it is not computed as ‖Ax − y‖/‖y‖ by another A x. */
  residual?(run: Run<z.output<S>, FieldsOf<F>>, kept: Kept): Scalars;
  /** The result of a run whose steps are all done, from its state; `fields.x` without it. */
  result?(run: Run<z.output<S>, FieldsOf<F>>, kept: Kept): Field;
}

/**
 * A method by its mathematics. It goes through `reconstruct({ method })`; registered, `solvers.add(method.name, method)`,
 * by its name as well, and its options become flags.
 *
 * @example
 * // gradient descent on ½‖Ax − y‖², ‖A‖ = 1
 * const landweber = defineSolver({
 *   name: 'landweber',
 *   schema: z.strictObject({ iterations: z.int().positive().default(50).describe('gradient steps') }),
 *   steps: ({ iterations }) => iterations,
 *   fields: () => ({ x: state('domain'), gradient: scratch('domain') }),
 *   step({ backend, operator, y, projection, misfit, fields: { x, gradient } }) {
 *     operator.apply(x, projection);
 *     backend.lincomb(projection, [1, y], [-1, projection]);
 *     operator.adjoint(projection, gradient);
 *     backend.lincomb(x, [1, x], [1, gradient]);
 *     return { residual: misfit.ofDifference(projection) };
 *   },
 * });
 */
export function defineSolver<S extends z.ZodObject, F extends FieldSpecs & { readonly x: FieldSpec }, Kept = undefined>(
  method: SolverDefinition<S, F, Kept>,
): Solver<z.output<S>> {
  type Options = z.output<S>;
  const { name, schema, needsPrior = false, needsDerivative, presets, examples = [] } = method;
  const projected = method.residual ? {} : { projection: scratch('range', 'projection') };

  return {
    name,
    needsPrior,
    needsDerivative,
    schema,
    presets,
    examples,

    options: (given) => method.complete?.(given) ?? parseOptions(name, schema, given),

    async *run(problem: Problem, options: Options): SolverRun {
      requireConsistent(problem);
      const prior = needsPrior ? requirePrior(problem, name) : undefined;
      method.check?.(problem, options);
      const { backend, operator, y } = problem;
      const steps = method.steps(options, problem);
      const specs = { ...method.fields(options, operator), ...projected };
      const workspace = new Workspace(backend);
      const misfit = workspace.own(new DataMisfit(problem));
      try {
        const fields = allocate(specs, operator, workspace);
        const state = stateFields(specs, fields);
        const run: Run<Options, FieldsOf<F>> = {
          ...{ problem, backend, operator, y, options, steps, workspace, misfit },
          fields,
          projection: (fields as { projection?: Field }).projection!,
          get prior() {
            return prior ?? requirePrior(problem, name);
          },
          own: (thing) => workspace.own(thing),
        };
        const image = (fields as { readonly x: Field }).x;
        const kept = (await method.prepare?.(run)) as Kept;
        workspace.own({ dispose: () => disposeAll(scalarsIn(kept)) });
        const done = await restoreOrStart(problem, state, () => method.start?.(run, kept));
        const prepared = scalarsIn(kept);
        method.begin?.(run, kept, done);
        disposeAll(prepared, scalarsIn(kept));
        const residualOf = (x: Field): Scalars => method.residual?.(run, kept) ?? misfit.of(x, run.projection);
        if (done >= steps) {
          // the one event of a run resumed at its end, so that its result can still be had
          const begun = beginStep(problem);
          const x = method.result?.(run, kept) ?? image;
          holdToSupport(problem, x);
          yield await endStep(problem, begun, { step: steps, steps, residual: residualOf(x), image: x, state });
        }
        for (let i = done; i < steps; i++) {
          const begun = beginStep(problem);
          const before = scalarsIn(kept);
          const told = await method.step(run, kept, i);
          disposeAll(before, scalarsIn(kept));
          const x = told.image ?? image;
          // an x that the method goes on from is its own, and may hold noise there until the end
          if (x !== image || i === steps - 1) holdToSupport(problem, x);
          const residual = told.residual ?? residualOf(x);
          yield await endStep(problem, begun, { step: i + 1, steps, sigma: told.sigma, residual, image: x, state });
        }
      } finally {
        workspace.dispose();
      }
    },

    memory(domain, range, options) {
      const spaces = { domain, range };
      const items = fieldItems({ ...method.fields(options, spaces), ...projected }, spaces);
      return { items: [...items, ...(method.memory?.(options, spaces) ?? [])] };
    },
  };
}

/** The scalars that a method keeps from step to step. */
const scalarsIn = (kept: unknown): Scalars[] => (typeof kept === 'object' && kept !== null ? Object.values(kept).filter(isScalars) : []);

const isScalars = (value: unknown): value is Scalars =>
  typeof value === 'object' && value !== null && 'per' in value && typeof (value as Scalars).times === 'function';

/** Disposes of scalars but for those in `living`. */
function disposeAll(scalars: readonly Scalars[], living: readonly Scalars[] = []): void {
  for (const each of new Set(scalars)) if (!living.includes(each)) each.dispose();
}
