import type { Field } from '../../compute/backend.js';
import type { NormalisedProblem } from '../modalities/modality.js';
import { solvers } from '../solvers/registry.js';
import type { Solver, StepEvent } from '../solvers/solver.js';
import type { RunRequest } from './request.js';

/** Outer iterations of the classical image to start from: near enough, since noise is added to it. */
const START_ITERATIONS = 30;

/**
 * The image that a diffusion run starts from, where its options ask for one: a classical one, or (`guide`) what a guided prior is shown.
 */
export async function* startingImage(
  { options: { backend, signal } }: RunRequest,
  { operator, y }: NormalisedProblem,
  settings: unknown,
  guide?: Field,
  support?: Field,
): AsyncGenerator<StepEvent, Field | undefined> {
  const { start } = settings as { start?: string };
  if (start === 'guide') return guide;
  if (start !== 'classical') return undefined;
  const tv = solvers.get('admm-tv') as Solver<{ iterations: number }>;
  const field = backend.field(operator.domain);
  const run = tv.run({ backend, operator, y, support, seed: 0, signal }, tv.options({ iterations: START_ITERATIONS }));
  for await (const step of run) {
    if (step.step === step.steps) await backend.write(field, await step.estimate());
    yield step;
  }
  return field;
}
