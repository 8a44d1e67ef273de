import type { Backend, Field, Per, Scalars } from '../../compute/backend.js';

/** One solution by conjugate gradients. */
export interface ConjugateGradientSettings {
  readonly iterations: number;
  /** 'slice': a step length for each slice (systems that do not mix slices); 'volume': one for all. */
  readonly per: Per;
  /** Stop at ‖r‖ ≤ tolerance · ‖b‖ (default 1e-6: float32 has no more to give, and iterating past convergence ends in NaN). */
  readonly tolerance?: number;
}

/** Three image-sized fields; `residual` holds b on entry and r = b − Hx on return. */
export interface ConjugateGradientFields {
  readonly residual: Field;
  readonly direction: Field;
  readonly image: Field;
}

/**
 * x ← CG_M(H; b; x) for Hermitian positive semi-definite H, starting at x (Hestenes & Stiefel 1952):
 *
 *     r = b − Hx, p = r;  a = rᴴr / Re(pᴴHp);  x += ap;  r' = r − aHp;  p = r' + (r'ᴴr'/rᴴr) p
 *
 * A slice (or the volume) that has met the tolerance, or where Re pᴴHp ≤ 0, takes no more steps; that is decided on the device,
 * so nothing is read and the call only queues.
 */
export function conjugateGradients(
  backend: Backend,
  hessian: (p: Field, out: Field) => void,
  x: Field,
  fields: ConjugateGradientFields,
  settings: ConjugateGradientSettings,
): void {
  const { residual, image } = fields;
  const scale = backend.dot(residual, residual, settings.per); // ‖b‖²
  hessian(x, image);
  backend.lincomb(residual, [1, residual], [-1, image]);
  descend(backend, hessian, x, fields, scale, settings);
  scale.dispose();
}

/** x = x₀ + Mδ, where the system is that of δ: MᵀHM + c. */
export interface Change {
  /** M p, in a field that `gather` may overwrite. */
  spread(p: Field): Field;
  /** p ← Mᵀp. */
  gather(p: Field): void;
  readonly pull: number;
}

/**
 * The same when `residual` holds r = b − Hx already; `scale` is what ‖r‖² is compared with (‖b‖²).
 * @param change H is then that of x, r = Mᵀ(b − Hx), and x is moved by M of each step: no field holds δ
 */
export function descend(
  backend: Backend,
  hessian: (p: Field, out: Field) => void,
  x: Field,
  { residual: r, direction: p, image: hp }: ConjugateGradientFields,
  scale: Scalars,
  { iterations, per, tolerance = 1e-6 }: ConjugateGradientSettings,
  change?: Change,
): void {
  backend.scope(() => {
    const goal = scale.times(tolerance ** 2);
    backend.lincomb(p, [1, r]);
    let rr = backend.dot(r, r, per);
    let going = backend.scalars(1, r, per);
    for (let k = 0; k < iterations; k++) {
      const last = k === iterations - 1;
      [rr, going] = backend.scope(() => {
        const moved = change?.spread(p) ?? p;
        hessian(moved, hp);
        const of = backend.dot(moved, hp, per);
        const php = change && change.pull > 0 ? of.plus(backend.dot(p, p, per).times(change.pull)) : of;
        const on = rr.minus(goal).select(php.select(going, 0), 0);
        const a = on.select(rr.over(php), 0);
        backend.lincomb(x, [1, x], [a, moved]);
        if (last) return [rr, on];
        if (change) {
          change.gather(hp);
          if (change.pull > 0) backend.lincomb(hp, [1, hp], [change.pull, p]);
        }
        backend.lincomb(r, [1, r], [a.times(-1), hp]);
        const next = backend.dot(r, r, per);
        backend.lincomb(p, [next.over(rr), p], [1, r]);
        return [next, on];
      });
    }
  });
}
