import type { Backend, Field, Per, Scalars } from '../../compute/backend.js';

/** Fields of the size of b; `residual` holds b on entry and what is left of it on return. */
export interface MinimalResidualFields {
  readonly residual: Field;
  /** As many as there are iterations, and their images under H. */
  readonly directions: readonly Field[];
  readonly images: readonly Field[];
}

/**
 * x ← x + the combination of b, Hb, H²b … that leaves the least ‖b − Hx‖: conjugate residuals for H that are not symmetric (GCR; Eisenstat,
 * Elman & Schultz 1983, SIAM J. Numer. Anal. 20:345), with all directions kept,
 *
 *     p = r, q = Hp, both less their share along earlier q;  a = qᴴr/qᴴq;  x += ap;  r −= aq
 *
 * The residual never rises, where conjugate gradients on such an H may diverge. A slice (or the volume) whose residual is down to 1e-6 of
 * b takes no more steps; that is decided on the device, so nothing is read and the call only queues.
 */
export function minimalResidual(
  backend: Backend,
  system: (p: Field, out: Field) => void,
  x: Field,
  { residual: r, directions, images }: MinimalResidualFields,
  per: Per,
): void {
  backend.scope(() => {
    const goal = backend.dot(r, r, per).times(1e-12);
    const sizes: Scalars[] = [];
    directions.forEach((p, k) => {
      const q = images[k];
      backend.lincomb(p, [1, r]);
      system(p, q);
      const going = backend.dot(r, r, per).minus(goal);
      for (let j = 0; j < k; j++) {
        const share = sizes[j].select(backend.dot(q, images[j], per).over(sizes[j]), 0).times(-1);
        backend.lincomb(q, [1, q], [share, images[j]]);
        backend.lincomb(p, [1, p], [share, directions[j]]);
      }
      sizes.push(backend.dot(q, q, per));
      const a = going.select(sizes[k].select(backend.dot(q, r, per).over(sizes[k]), 0), 0);
      backend.lincomb(x, [1, x], [a, p]);
      backend.lincomb(r, [1, r], [a.times(-1), q]);
    });
  });
}
