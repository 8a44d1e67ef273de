import type { Backend, Field } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { bytesOf, componentsOf, sliceSize, slicesOf, type Space } from '../../core/space.js';
import type { Prior } from '../prior.js';

/** An orthonormal (unitary) basis of the slices; every matrix operator with orthonormal columns is one. */
export interface Basis {
  readonly backend: Backend;
  /** The coefficients, as many as an image has elements. */
  readonly domain: Space;
  /** The images. */
  readonly range: Space;
  /** image ← U coefficients */
  apply(coefficients: Field, image: Field): void;
  /** coefficients ← Uᴴ image */
  adjoint(image: Field, coefficients: Field): void;
}

/**
 * The prior x₀ ~ N(μ, C), slices independent, C = U diag(λ) Uᴴ. Its ideal denoiser is linear and exact,
 *
 *     D(x; σ) = μ + C (C + σ²I)⁻¹ (x − μ) = μ + U diag(λ/(λ + σ²)) Uᴴ (x − μ),
 *
 * which makes what a solver does a closed form: it is the exact test of all of them. For complex images λ is the variance of
 * the real and of the imaginary part each, as white noise here has variance 1 in both.
 *
 * @param eigenvalues one per coefficient of a slice, ≥ 0
 * @param mean one slice in C order (complex interleaved), the same for all slices
 * @throws SlicewiseError SHAPE when they do not fit the basis
 */
export async function gaussianPrior(basis: Basis, eigenvalues: ArrayLike<number>, mean: Float32Array): Promise<Prior> {
  const { backend, domain, range: images } = basis;
  requireLength('eigenvalues', eigenvalues.length, sliceSize(domain));
  requireLength('mean', mean.length, sliceSize(images) * componentsOf(images));

  const realCoefficients: Space = { ...domain, dtype: 'float32' };
  const mu = backend.field(images);
  const coefficients = backend.field(domain);
  const lambda = backend.field(realCoefficients);
  const ones = backend.field(realCoefficients);
  const shrinkage = backend.field(realCoefficients);
  const weighed = backend.field(domain);
  const difference = backend.field(images);
  const fields = [mu, coefficients, lambda, ones, shrinkage, weighed, difference];
  const variances = Float64Array.from(eigenvalues);
  await backend.write(mu, repeat(mean, slicesOf(images)));
  await backend.write(lambda, repeat(Float32Array.from(eigenvalues), slicesOf(domain)));
  backend.fill(ones, 1);

  /** out ← C (C + σ²I)⁻¹ out */
  const shrink = (sigma: number, out: Field): void => {
    backend.lincomb(shrinkage, [1, lambda], [sigma ** 2, ones]);
    backend.divide(lambda, shrinkage, shrinkage); // λ/(λ + σ²)
    basis.adjoint(out, coefficients);
    backend.multiply(coefficients, shrinkage, coefficients);
    basis.apply(coefficients, out);
  };
  return {
    name: 'gaussian',
    sigmaMin: 0,
    sigmaMax: Infinity,
    range: { unit: 'arbitrary', low: 0, high: 1 },
    denoise(x, sigma, out) {
      backend.lincomb(out, [1, x], [-1, mu]);
      shrink(sigma, out);
      backend.lincomb(out, [1, out], [1, mu]);
    },
    vjp(_, sigma, v, out) {
      if (v !== out) backend.lincomb(out, [1, v]);
      shrink(sigma, out);
    },
    logDensity(x, sigma) {
      backend.lincomb(difference, [1, x], [-1, mu]);
      basis.adjoint(difference, coefficients);
      backend.lincomb(shrinkage, [1, lambda], [sigma ** 2, ones]);
      backend.divide(ones, shrinkage, shrinkage); // 1/(λ + σ²)
      backend.multiply(coefficients, shrinkage, weighed);
      const logs = variances.reduce((sum, variance) => sum + Math.log(2 * Math.PI * (variance + sigma ** 2)), 0);
      return backend.scope(() =>
        backend
          .dot(coefficients, weighed, 'slice')
          .plus(componentsOf(domain) * logs)
          .times(-0.5),
      );
    },
    bytes: () => ({ items: fields.map((f) => ({ what: 'Gaussian prior', bytes: bytesOf(f.space) })) }),
    describe: () => ({ name: 'gaussian', elements: sliceSize(images) }),
    dispose: async () => {
      for (const field of fields) field.dispose();
    },
  };
}

function repeat(slice: Float32Array, slices: number): Float32Array {
  const out = new Float32Array(slice.length * slices);
  for (let k = 0; k < slices; k++) out.set(slice, k * slice.length);
  return out;
}

function requireLength(what: string, got: number, expected: number): void {
  if (got === expected) return;
  throw new SlicewiseError('SHAPE', {
    message: `the ${what} of a Gaussian prior must fit its basis`,
    expected: `${expected} values`,
    got: `${got}`,
  });
}
