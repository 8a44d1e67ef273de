import { SlicewiseError } from '../../../core/errors.js';
import type { Prior } from '../../../models/prior.js';

/** A prior that tells products with the derivative of its denoiser. */
export type DifferentiablePrior = Prior & Required<Pick<Prior, 'vjp'>>;

/** @throws SlicewiseError MODEL for a prior without them */
export function requireDerivative(prior: Prior, method: string): asserts prior is DifferentiablePrior {
  if (prior.vjp) return;
  throw new SlicewiseError('MODEL', {
    message: `${method} is guided through the derivative of the denoiser, which the prior '${prior.name}' does not have`,
    expected: 'a prior with vjp: a network that was opened with its derivative, an analytic one (Gaussian, identity), or one of your own',
    got: `'${prior.name}'`,
    hint: 'open a network with { derivative: true } (by name or card, reconstruct does), or use dds, diffpir or ddnm, which need none',
  });
}
