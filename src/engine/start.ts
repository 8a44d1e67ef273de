import type { Field } from '../../compute/backend.js';
import type { NormalisedProblem } from '../modalities/modality.js';
import { solvers } from '../solvers/registry.js';
import type { Solver, StepEvent } from '../solvers/solver.js';
import type { RunRequest } from './request.js';

/** The classical image to start from, where the kind of scan names none: near enough, since noise is added to it. */
const USUAL_START = { method: 'admm-tv', options: { iterations: 30 } };

/**
 * The image that a diffusion run starts from, where its options ask for one: a classical one, or (`guide`) what a guided prior is shown.
 */
export async function* startingImage(
  { physics, options: { backend, signal } }: RunRequest,
  { operator, y }: NormalisedProblem,
  settings: unknown,
  guide?: Field,
  support?: Field,
): AsyncGenerator<StepEvent, Field | undefined> {
  const { start } = settings as { start?: string };
  if (start === 'guide') return guide;
  if (start !== 'classical') return undefined;
  const { method, options } = physics.start ?? USUAL_START;
  const solver = solvers.get(method) as Solver<object>;
  const field = backend.field(operator.domain);
  const run = solver.run({ backend, operator, y, support, seed: 0, signal }, solver.options(options));
  for await (const step of run) {
    if (step.step === step.steps) await backend.write(field, await step.estimate());
    yield step;
  }
  return field;
}
