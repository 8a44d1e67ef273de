import type { Field, Scalars } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { componentsOf, describeSpace, sameSpace, sizeOf, type Space } from '../../core/space.js';
import { beginPrior, checkedPrior, priorState, type Prior } from '../../models/prior.js';
import type { Problem, SolverState, StepEvent } from './solver.js';
import { heldPrior } from './support.js';

/** State fields by name. */
export type StateFields = { readonly [name: string]: Field };

/** @throws SlicewiseError SHAPE when y, the operator and the starting image do not belong together */
export function requireConsistent(problem: Problem): void {
  const { operator, y, initial, support, guide = [] } = problem;
  requireSpace('measured data', y, operator.range);
  if (initial) requireSpace('starting image', initial, operator.domain);
  if (support) requireSpace('support of the image', support, { ...operator.domain, dtype: 'float32' });
  for (const plane of guide) requireSpace('guide', plane, operator.domain);
}

/** The problem's prior, held to 0 where A sees nothing. @throws SlicewiseError ARGUMENT when there is none */
export function requirePrior(problem: Problem, method: string): Prior {
  if (problem.prior) return heldPrior(checkedPrior(problem.prior, problem.guide), problem);
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

/** ‖Ax − y‖ / ‖y‖, queued; 0 when y is 0. */
export class DataMisfit {
  readonly #norm: Scalars;

  constructor(private readonly problem: Problem) {
    this.#norm = problem.backend.scope(() => this.#size(problem.y));
  }

  /** Of an image; `projection`, a data-sized field, is overwritten by Ax − y. */
  of(x: Field, projection: Field): Scalars {
    this.problem.operator.apply(x, projection);
    return this.ofProjection(projection);
  }

  /** The same when Ax is known; `ax` is overwritten by Ax − y. */
  ofProjection(ax: Field): Scalars {
    const { backend, y } = this.problem;
    backend.lincomb(ax, [1, ax], [-1, y]);
    return this.ofDifference(ax);
  }

  /** The same when ±(Ax − y) is known. */
  ofDifference(difference: Field): Scalars {
    return this.problem.backend.scope(() => this.#size(difference).over(this.#norm));
  }

  #size(field: Field): Scalars {
    return this.problem.backend.dot(field, field, 'volume').sqrt();
  }

  /** Frees its scalars. */
  dispose(): void {
    this.#norm.dispose();
  }
}
