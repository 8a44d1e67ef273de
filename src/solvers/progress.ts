import type { Field, MemoryPlan, Scalars } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { bytesOf, componentsOf, describeSpace, sameSpace, sizeOf, type Space } from '../../core/space.js';
import { beginPrior, checkedPrior, priorState, type Prior } from '../../models/prior.js';
import type { Problem, SolverState, StepEvent } from './solver.js';
import type { Workspace } from '../../compute/workspace.js';

/** State fields by name. */
export type StateFields = { readonly [name: string]: Field };

/** @throws SlicewiseError SHAPE when y, the operator and the starting image do not belong together */
export function requireConsistent(problem: Problem): void {
  const { operator, y, initial } = problem;
  requireSpace('measured data', y, operator.range);
  if (initial) requireSpace('starting image', initial, operator.domain);
}

/** The problem's prior. @throws SlicewiseError ARGUMENT when there is none */
export function requirePrior(problem: Problem, method: string): Prior {
  if (problem.prior) return checkedPrior(problem.prior);
  throw new SlicewiseError('ARGUMENT', { message: `${method} needs a prior`, expected: 'a denoiser', got: 'none' });
}

function requireSpace(what: string, field: Field, wanted: Space): void {
  if (sameSpace(field.space, wanted)) return;
  throw new SlicewiseError('SHAPE', {
    message: `the ${what} and the operator differ`,
    expected: describeSpace(wanted),
    got: describeSpace(field.space),
  });
}

/** A step may begin: the moment it does, or ABORTED. */
export function beginStep(problem: Problem): number {
  if (problem.signal?.aborted) {
    throw new SlicewiseError('ABORTED', { message: 'the run was stopped', cause: problem.signal.reason });
  }
  return performance.now();
}

/**
 * Ends a step: waits for the queue, reads the residual, and describes what was done. `image` is the estimate, `state` what a
 * checkpoint needs; both are read only when asked.
 */
export async function endStep(
  problem: Problem,
  begun: number,
  done: { step: number; steps: number; sigma?: number; residual: Scalars; image: Field; state: StateFields },
): Promise<StepEvent> {
  const { backend } = problem;
  const { step, steps, sigma, image, state } = done;
  const [residual] = await backend.readScalars(done.residual);
  done.residual.dispose();
  if (!Number.isFinite(residual)) {
    throw new SlicewiseError('NOT_FINITE', {
      message: `the iteration diverged at step ${step} of ${steps}`,
      expected: 'a finite residual',
      got: `${residual}`,
      hint: 'check the data for NaN or Inf; otherwise lower the step or raise the regularisation',
    });
  }
  return {
    step,
    steps,
    sigma,
    residual,
    seconds: (performance.now() - begun) / 1000,
    estimate: () => backend.read(image),
    state: async (): Promise<SolverState> => {
      const fields: Record<string, Float32Array> = {};
      for (const [name, field] of Object.entries(state)) fields[name] = await backend.read(field);
      return { step, fields: { ...fields, ...(await priorState(problem.prior)) } };
    },
  };
}

/**
 * Fills the state fields: from a checkpoint when there is one, else by `start`. Returns the number of steps already done.
 * @throws SlicewiseError CHECKPOINT when the checkpoint's fields are not those of this run
 */
export async function restoreOrStart(problem: Problem, state: StateFields, start: () => void): Promise<number> {
  const { resume, backend } = problem;
  await beginPrior(problem.prior, resume?.fields);
  if (!resume) {
    start();
    return 0;
  }
  for (const [name, field] of Object.entries(state)) {
    const values = resume.fields[name];
    const wanted = sizeOf(field.space) * componentsOf(field.space);
    if (values?.length !== wanted) {
      throw new SlicewiseError('CHECKPOINT', {
        message: `the checkpoint does not fit this run: field '${name}'`,
        expected: `${wanted} values`,
        got: values ? `${values.length}` : 'none',
        hint: 'resume with the options, the scan and the method of the interrupted run',
      });
    }
    await backend.write(field, values);
  }
  return resume.step;
}

/** The one event of a run resumed at its end, so that its result can still be had. */
export function endReached(
  problem: Problem,
  misfit: DataMisfit,
  done: { steps: number; image: Field; state: StateFields },
): Promise<StepEvent> {
  return endStep(problem, beginStep(problem), { ...done, step: done.steps, residual: misfit.of(done.image) });
}

/** ‖Ax − y‖ / ‖y‖, queued; 0 when y is 0. */
export class DataMisfit {
  readonly #ax: Field;
  readonly #norm: Scalars;

  constructor(
    private readonly problem: Problem,
    workspace: Workspace,
  ) {
    const { backend, operator, y } = problem;
    this.#ax = workspace.field(operator.range);
    const squared = backend.dot(y, y, 'volume');
    this.#norm = squared.sqrt();
    squared.dispose();
  }

  of(x: Field): Scalars {
    const { operator } = this.problem;
    operator.apply(x, this.#ax);
    return this.ofProjection(this.#ax);
  }

  /** The same when Ax is known; `ax` is overwritten by Ax − y. */
  ofProjection(ax: Field): Scalars {
    const { backend, y } = this.problem;
    backend.lincomb(ax, [1, ax], [-1, y]);
    return this.ofDifference(ax);
  }

  /** The same when ±(Ax − y) is known. */
  ofDifference(difference: Field): Scalars {
    const squared = this.problem.backend.dot(difference, difference, 'volume');
    const norm = squared.sqrt();
    const relative = norm.over(this.#norm);
    squared.dispose();
    norm.dispose();
    return relative;
  }

  /** A range-sized field that is free between calls. */
  get scratch(): Field {
    return this.#ax;
  }

  dispose(): void {
    this.#norm.dispose();
  }
}

/** A memory plan of so many image-sized and data-sized fields. */
export function fieldPlan(domain: Space, images: readonly string[], range: Space, data: readonly string[]): MemoryPlan {
  const item = (space: Space) => (what: string) => ({ what, bytes: bytesOf(space) });
  return { items: [...images.map(item(domain)), ...data.map(item(range))] };
}
