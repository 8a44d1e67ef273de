import { SlicewiseError } from '../../core/errors.js';
import { componentsOf, sliceSize, type Space } from '../../core/space.js';
import type { Prior } from '../prior.js';

/** One Gaussian of a mixture, N(mean, U diag(variances) Uᵀ), of the numbers of a slice: real and imaginary part of a pixel are two. */
export interface MixtureComponent {
  /** Its share π_k, relative to those of the others. */
  readonly weight: number;
  readonly mean: ArrayLike<number>;
  /** λ ≥ 0, as many as numbers. */
  readonly variances: ArrayLike<number>;
  /** U with orthonormal columns, row by row (n × n). Without it the numbers are independent. */
  readonly basis?: ArrayLike<number>;
}

/**
 * The prior Σ_k π_k N(m_k, C_k) of slices, independent of each other: the analytic prior whose denoiser is not linear. With the weights
 * w_k ∝ π_k N(x; m_k, C_k + σ²), the components' own denoisers d_k = m_k + C_k(C_k + σ²)⁻¹(x − m_k) and P_k = σ²C_k(C_k + σ²)⁻¹,
 *
 *     D(x; σ) = Σ w_k d_k ,   σ² J = Σ w_k (P_k + (d_k − D)(d_k − D)ᵀ) ,   log q(x; σ) = log Σ π_k N(x; m_k, C_k + σ²)
 *
 * A measurement of it, y = Ax + noise, has a posterior that is a mixture again: a test of samplers and solvers beyond the Gaussian case. A
 * step on the host in float64; n² operations a component and slice, so for small images.
 *
 * @param images what it denoises
 * @throws SlicewiseError ARGUMENT, SHAPE for components that do not fit
 */
export function mixturePrior(components: readonly MixtureComponent[], images: Space): Prior {
  const n = sliceSize(images) * componentsOf(images);
  const parts = components.map((component) => checked(component, n));
  if (parts.length === 0) throw new SlicewiseError('ARGUMENT', { message: 'a mixture of no components', expected: 'at least one' });
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  const at = (x: Float64Array, sigma: number): Moments => moments(parts, total, x, sigma);

  return {
    name: 'mixture',
    sigmaMin: 0,
    sigmaMax: Infinity,
    range: { unit: 'arbitrary', low: 0, high: 1 },
    denoise(x, sigma, out) {
      x.backend.host({
        name: 'the mixture prior',
        inputs: [x],
        outputs: [out],
        batch: BATCH,
        run: ([values], { count }) => [bySlice(count, n, (k) => at(Float64Array.from(values.subarray(k * n, (k + 1) * n)), sigma).mean)],
      });
    },
    vjp(x, sigma, v, out) {
      x.backend.host({
        name: 'the derivative of the mixture prior',
        inputs: [x, v],
        outputs: [out],
        batch: BATCH,
        run: ([values, vectors], { count }) => [
          bySlice(count, n, (k) => {
            const vector = Float64Array.from(vectors.subarray(k * n, (k + 1) * n));
            return derivative(parts, at(Float64Array.from(values.subarray(k * n, (k + 1) * n)), sigma), sigma, vector);
          }),
        ],
      });
    },
    bytes: () => ({ items: [{ what: 'mixture prior', bytes: parts.length * (n * n + 2 * n) * 8, where: 'host' }] }),
    describe: () => ({
      name: 'mixture',
      kind: 'analytic/mixture',
      components: parts.length,
      weights: parts.map(({ weight }) => weight / total),
    }),
    dispose: async () => {},
  };
}

/** Slices of a call. */
const BATCH = 16;

function bySlice(count: number, n: number, of: (slice: number) => Float64Array): Float32Array {
  const out = new Float32Array(count * n);
  for (let k = 0; k < count; k++) out.set(of(k), k * n);
  return out;
}

type Part = Required<Omit<MixtureComponent, 'basis'>> & { readonly basis?: ArrayLike<number> };

interface Moments {
  /** D. */
  readonly mean: Float64Array;
  /** w_k. */
  readonly weights: readonly number[];
  /** d_k. */
  readonly means: readonly Float64Array[];
}

function moments(parts: readonly Part[], total: number, x: Float64Array, sigma: number): Moments {
  const logs: number[] = [];
  const means = parts.map(({ weight, mean, variances, basis }) => {
    const c = intoBasis(
      basis,
      x.map((v, i) => v - mean[i]),
    );
    let log = Math.log(weight / total);
    const shrunk = c.map((v, i) => {
      const variance = variances[i] + sigma ** 2;
      if (variance === 0) return 0; // σ 0 and λ 0: the component holds this number at its mean
      log -= 0.5 * (Math.log(variance) + v ** 2 / variance);
      return (v * variances[i]) / variance;
    });
    logs.push(log);
    return outOfBasis(basis, shrunk).map((v, i) => v + mean[i]);
  });
  const most = Math.max(...logs);
  const raw = logs.map((log) => Math.exp(log - most));
  const sum = raw.reduce((a, b) => a + b, 0);
  const weights = raw.map((w) => w / sum);
  // at σ = 0 what comes in is what goes out, whatever the components say
  const mean = sigma === 0 ? x : x.map((_, i) => means.reduce((d, own, k) => d + weights[k] * own[i], 0));
  return { mean, weights, means };
}

/** J v, which is Jᵀ v: the covariance of x₀ given x is symmetric. */
function derivative(parts: readonly Part[], { mean, weights, means }: Moments, sigma: number, v: Float64Array): Float64Array {
  if (sigma === 0) return v;
  const out = new Float64Array(v.length);
  parts.forEach(({ variances, basis }, k) => {
    const within = outOfBasis(
      basis,
      intoBasis(basis, v).map((c, i) => (c * variances[i]) / (variances[i] + sigma ** 2)),
    );
    const apart = means[k].map((d, i) => d - mean[i]);
    const along = apart.reduce((sum, d, i) => sum + d * v[i], 0) / sigma ** 2;
    for (let i = 0; i < out.length; i++) out[i] += weights[k] * (within[i] + along * apart[i]);
  });
  return out;
}

/** Uᵀ x */
function intoBasis(basis: ArrayLike<number> | undefined, x: Float64Array): Float64Array {
  if (!basis) return x;
  const n = x.length;
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[j] += basis[i * n + j] * x[i];
  return out;
}

/** U c */
function outOfBasis(basis: ArrayLike<number> | undefined, c: Float64Array): Float64Array {
  if (!basis) return c;
  const n = c.length;
  return c.map((_, i) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += basis[i * n + j] * c[j];
    return sum;
  });
}

/** @throws SlicewiseError ARGUMENT, SHAPE */
function checked(component: MixtureComponent, n: number): Part {
  const { weight, mean, variances, basis } = component;
  if (!(weight > 0 && Number.isFinite(weight)) || Array.from(variances).some((v) => !(v >= 0))) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'a component of a mixture',
      expected: 'a weight above 0, and variances of 0 and more',
      got: `weight ${weight}`,
    });
  }
  for (const [what, got, expected] of [
    ['mean', mean.length, n],
    ['variances', variances.length, n],
    ['basis', basis?.length ?? n * n, n * n],
  ] as const) {
    if (got === expected) continue;
    throw new SlicewiseError('SHAPE', { message: `the ${what} of a mixture's component`, expected: `${expected} numbers`, got: `${got}` });
  }
  return { weight, mean, variances, basis };
}
