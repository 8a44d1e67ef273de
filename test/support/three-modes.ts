import type { MixtureComponent } from '../../models/index.js';
import { add, apply, build, combine, eigen, identity, transpose, type Matrix, type Vector } from './dense.js';
import { posteriorFor, quadratic } from './gaussian-recursions.js';

/** A mixture of Gaussians, once as the prior is given it and once as dense matrices. */
export interface Mixture {
  readonly components: readonly MixtureComponent[];
  readonly weights: readonly number[];
  readonly means: readonly Vector[];
  readonly covariances: readonly Matrix[];
}

/**
 * Three modes about an image: two that differ from it where nothing was measured, so that data cannot tell them apart, and one that data
 * speak against a little.
 * @param measured 1 where a pixel was measured
 */
export function threeModes(image: Vector, measured: readonly number[]): Mixture {
  const n = image.length;
  const shape = (i: number): number => 0.15 * (1 - measured[i]) * Math.cos(i / 2);
  const means = [
    image.map((v, i) => v + shape(i)),
    image.map((v, i) => v - shape(i)),
    image.map((v, i) => v + 0.12 * measured[i] - 0.1 * Math.sin(i)),
  ];
  const weights = [0.4, 0.35, 0.25];
  const covariances = [3, 5, 2].map((length) => build(n, n, (i, j) => 0.15 ** 2 * Math.exp(-Math.abs(i - j) / length)));
  const components = weights.map((weight, k) => {
    const { values, vectors } = eigen(covariances[k]);
    return { weight, mean: means[k], variances: values, basis: Float64Array.from(vectors.flatMap((row) => [...row])) };
  });
  return { components, weights, means, covariances };
}

/** The posterior of y = Ax + noise of deviation σ_y: a mixture again; its weights, mean and covariance. */
export function posteriorOfMixture({ weights, means, covariances }: Mixture, A: Matrix, y: Vector, noise: number) {
  const N = combine([noise ** 2, identity(A.length)]);
  const laws = means.map((mean, k) => posteriorFor({ A, C: covariances[k], mean }, y, N));
  const logs = weights.map((weight, k) => {
    const { values, vectors } = eigen(combine([1, quadratic(A, covariances[k])], [1, N]));
    const c = apply(transpose(vectors), add([1, y], [-1, apply(A, means[k])]));
    return c.reduce((sum, v, i) => sum - 0.5 * (Math.log(values[i]) + v ** 2 / values[i]), Math.log(weight));
  });
  const raw = logs.map((log) => Math.exp(log - Math.max(...logs)));
  const shares = raw.map((w) => w / raw.reduce((a, b) => a + b, 0));
  const mean = add(...laws.map((law, k): [number, Vector] => [shares[k], law.mean]));
  const P = laws.reduce<Matrix>(
    (sum, law, k) => {
      const apart = add([1, law.mean], [-1, mean]);
      const outer = build(mean.length, mean.length, (i, j) => apart[i] * apart[j]);
      return combine([1, sum], [shares[k], law.P], [shares[k], outer]);
    },
    build(mean.length, mean.length, () => 0),
  );
  return { shares, mean, P, laws };
}
