import type { Backend, Boundary, Field } from '../../compute/backend.js';
import { descend, type ConjugateGradientFields } from './conjugate-gradients.js';
import type { ErrorMetric } from './error-metric.js';
import type { Problem } from './solver.js';
import type { Workspace } from '../../compute/workspace.js';

export interface ConsistencySettings {
  /** '3d': slices coupled by the z prior, one CG step length for the volume; '2d': every slice for itself. */
  readonly mode: '3d' | '2d';
  /** ADMM penalty ρ of the z prior; 0 switches the coupling off. */
  readonly rho: number;
  /** Weight λ of ‖D_z x‖₁. */
  readonly lambda: number;
  /** CG iterations M of one sweep. */
  readonly innerIterations: number;
  readonly boundary: Boundary;
}

/**
 * Data consistency with the z prior, the half of DiffusionMBIR and DDS that knows the measurement. The objective is
 * ½‖Ax − y‖² + λ‖D_z x‖₁, and one ADMM sweep is done per diffusion step on (z, u) that **persist over all steps**
 * (Chung et al. 2023, algorithm 2; Chung et al. 2024, eq. 20-22):
 *
 *     x ← CG_M( AᴴA + ρ D_zᵀD_z + c ;  Aᴴy + ρ D_zᵀ(z − u) + c d ;  start at x = d )
 *     z ← shrink(D_z x + u, λ/ρ) ;  u ← u + D_z x − z
 *
 * c = 1/γ pulls towards the image d that comes in (0: published 3D method; with ρ = 0 the proximal step I + γAᴴA of DDS, whose CG
 * iterates are those of AᴴA + 1/γ, a multiple of the same system). With a metric B (error-metric.ts) x = d + Bδ, and the system is that of δ,
 * B(AᴴA + ρ D_zᵀD_z)B + c, started at 0.
 *
 * Instead of z and u one field is kept, w = D_z x + u, from which both follow: z = shrink(w, λ/ρ), u = w − z, so
 * z − u = 2 shrink(w) − w, and the next w is D_z x + w − shrink(w). w = 0 is exactly z = u = 0.
 */
export class Consistency {
  /** The ADMM state; absent when slices are not coupled. It belongs into a checkpoint. */
  readonly w?: Field;
  readonly #fields: ConjugateGradientFields;
  readonly #backprojection: Field;
  readonly #backend: Backend;

  /** @param projection a data-sized field, overwritten by every sweep */
  constructor(
    private readonly problem: Problem,
    private readonly settings: ConsistencySettings,
    workspace: Workspace,
    private readonly projection: Field,
  ) {
    const { backend, operator, y } = problem;
    this.#backend = backend;
    const image = () => workspace.field(operator.domain);
    this.#fields = { residual: image(), direction: image(), image: image() };
    this.#backprojection = image();
    operator.adjoint(y, this.#backprojection);
    if (isCoupled(settings)) this.w = image();
  }

  /** One sweep on x; `pull` is c = 1/γ, `metric` that of the pull. */
  sweep(x: Field, pull = 0, metric?: ErrorMetric): void {
    const { rho, lambda, boundary, mode, innerIterations } = this.settings;
    const { operator, y } = this.problem;
    const backend = this.#backend;
    const w = this.w;
    const per = mode === '2d' && operator.coupling === 'slice' ? 'slice' : 'volume';
    const { residual: r, direction: z, image: b } = this.#fields; // each named by its use here

    const ofX = w && backend.neighbours(x, boundary);
    if (w) {
      backend.shrink(w, lambda / rho, z);
      backend.lincomb(z, [2, z], [-1, w]); // z − u
    }
    const ofZ = w && backend.neighbours(z, boundary);
    // b = Aᴴy + ρD_zᵀ(z − u) + cd, for its norm
    backend.lincomb(b, [1, this.#backprojection], ...(pull > 0 ? [[pull, x] as [number, Field]] : []));
    if (w) backend.addDzAdjoint(rho, z, b, boundary, ofZ);
    const scale = backend.dot(b, b, per);
    // r = b − Hx as Aᴴ(y − Ax) + ρD_zᵀ(z − u − D_z x), which loses far fewer digits than the difference of the two
    operator.apply(x, this.projection);
    backend.lincomb(this.projection, [1, y], [-1, this.projection]);
    operator.adjoint(this.projection, r);
    if (w) {
      backend.addDzAdjoint(rho, z, r, boundary, ofZ);
      backend.addDzNormal(-rho, x, r, boundary, ofX);
    }
    ofX?.dispose();
    ofZ?.dispose();

    const normal = (p: Field, out: Field): void => {
      const ofP = w && backend.neighbours(p, boundary);
      operator.normal(p, out);
      if (w) backend.addDzNormal(rho, p, out, boundary, ofP);
      ofP?.dispose();
    };
    const hessian = (p: Field, out: Field): void => {
      if (metric) {
        metric.apply(p, metric.weighed);
        normal(metric.weighed, out);
        metric.apply(out, out);
      } else normal(p, out);
      if (pull > 0) backend.lincomb(out, [1, out], [pull, p]);
    };
    if (metric) {
      metric.apply(r, r);
      backend.lincomb(metric.correction); // 0
    }
    descend(backend, hessian, metric?.correction ?? x, this.#fields, scale, { iterations: innerIterations, per });
    if (metric) {
      metric.apply(metric.correction, metric.correction);
      backend.lincomb(x, [1, x], [1, metric.correction]);
    }
    scale.dispose();

    if (w) {
      backend.shrink(w, lambda / rho, z);
      backend.dz(x, b, boundary);
      backend.lincomb(w, [1, b], [1, w], [-1, z]); // D_z x + u
    }
  }

  /** Three image-sized fields that are free between sweeps. */
  get scratch(): readonly [Field, Field, Field] {
    return [this.#fields.residual, this.#fields.direction, this.#fields.image];
  }

  /** What a checkpoint must hold. */
  get state(): { readonly w?: Field } {
    return this.w ? { w: this.w } : {};
  }
}

const isCoupled = (settings: ConsistencySettings): boolean => settings.mode === '3d' && settings.rho > 0;

/** Image-sized fields that Consistency keeps. */
export function consistencyFields(settings: ConsistencySettings): string[] {
  const shared = ['CG residual', 'CG direction', 'CG image', 'back-projection Aᴴy'];
  return isCoupled(settings) ? [...shared, 'ADMM state w'] : shared;
}
