import type { Backend, Field, NoiseKey } from '../../../compute/backend.js';
import { STREAM } from '../../samplers/streams.js';

interface Perturbed {
  readonly backend: Backend;
  /** Overwritten with y + σ_y n. */
  readonly data: Field;
  /** Data-sized; overwritten. */
  readonly projection: Field;
  /** Image-sized; overwritten. */
  readonly noise: Field;
  readonly y: Field;
  readonly noiseLevel: number;
  key(stream: number): NoiseKey;
}

/**
 * Perturb and optimise (Papandreou & Yuille 2010; Orieux et al. 2012): the solution of a least-squares problem whose data and whose centre
 * are perturbed by their own noise is a sample of the Gaussian whose mean is the solution without. data ← y + σ_y n₁, x ← x + width n₂;
 * then
 *
 *     argmin ‖A· − data‖²/σ_y² + ‖· − x‖²/width²   ~   N(A·, σ_y²)(y) × N(x before, width²)
 */
export function perturb(x: Field, width: number, { backend, data, projection, noise, y, noiseLevel, key }: Perturbed): void {
  backend.noise(noise, key(STREAM.perturbedImage));
  backend.lincomb(x, [1, x], [width, noise]);
  backend.noise(projection, key(STREAM.perturbedData));
  backend.lincomb(data, [1, y], [noiseLevel, projection]);
}
