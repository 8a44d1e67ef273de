import type { Field } from '../../compute/backend.js';
import type { Prior } from '../../models/prior.js';
import type { Problem } from './solver.js';

/** x ← x where A sees something, 0 elsewhere; nothing is done where A sees everything. Queues. */
export function holdToSupport({ backend, support }: Pick<Problem, 'backend' | 'support'>, x: Field): void {
  if (support) backend.multiply(x, support, x);
}

/** The prior of images that are 0 where A sees nothing: D(x; σ) there is 0, whatever it would draw. */
export function heldPrior(prior: Prior, problem: Pick<Problem, 'backend' | 'support'>): Prior {
  if (!problem.support) return prior;
  return new Proxy(prior, {
    get(target, name) {
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== 'function') return value;
      if (name === 'vjp') {
        return (x: Field, sigma: number, v: Field, out: Field, ...rest: unknown[]): void => {
          problem.backend.multiply(v, problem.support!, out); // of S D it is Jᴴ S
          (value as (...args: unknown[]) => void).call(target, x, sigma, out, out, ...rest);
        };
      }
      if (name !== 'denoise' && name !== 'denoiseWithVariance') return (value as () => unknown).bind(target);
      return (x: Field, sigma: number, out: Field, ...rest: unknown[]): void => {
        (value as (...args: unknown[]) => void).call(target, x, sigma, out, ...rest);
        holdToSupport(problem, out);
      };
    },
  });
}
