import type { Backend, Field, MemoryPlan } from '../compute/backend.js';
import type { Space } from '../core/space.js';
import { operatorNorm } from './norm.js';
import type { LinearOperator } from './operator.js';

/** A step u ← u − 0.2 ∇ᵀ∇u; n of them are about a Gaussian of √(0.4 n) pixels. */
const DIFFUSION = 0.2;

/**
 * How a denoiser errs in images, as a self-adjoint operator that follows an image: the covariance of the error is taken as its square. What
 * the phase metric (complex images) and the place metric (real ones) share.
 */
export abstract class Metric implements LinearOperator {
  abstract readonly name: string;
  readonly coupling = 'slice';
  readonly range: Space;

  /** @param domain images [slice, y, x] */
  constructor(
    readonly domain: Space,
    readonly backend: Backend,
  ) {
    this.range = domain;
  }

  /** out ← this operator on p; out may be p. */
  abstract apply(p: Field, out: Field): void;
  abstract bytes(): MemoryPlan;
  abstract dispose(): void;

  adjoint(p: Field, out: Field): void {
    this.apply(p, out);
  }

  normal(p: Field, out: Field): void {
    this.apply(p, out);
    this.apply(out, out);
  }

  /** Not cached: the operator changes with the image. */
  norm(): Promise<number> {
    return operatorNorm(this);
  }

  /** u, blurred in place by so many steps; `scratch` is overwritten. */
  protected blur(u: Field, steps: number, scratch: Field): void {
    for (let k = 0; k < steps; k++) {
      this.backend.lincomb(scratch, [1, u]);
      this.backend.addGradientNormal(-DIFFUSION, scratch, u);
    }
  }
}
