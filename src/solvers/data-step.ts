import type { Backend, Field, Neighbours, Per, Scalars } from '../../compute/backend.js';
import { sameSpace, type Space } from '../../core/space.js';
import { checkedRegulariser, type BoundRegulariser, type Regulariser } from '../regularisers/regulariser.js';
import { descend } from './conjugate-gradients.js';
import type { ErrorMetric } from './error-metric.js';
import { scratch, state, type FieldsOf, type FieldSpec } from './fields.js';
import type { Problem } from './solver.js';
import { holdToSupport } from './support.js';

/** A regulariser in a sweep, with the name that its w has in checkpoints. */
export interface SplitTerm {
  readonly name: string;
  readonly regulariser: Regulariser;
}

/**
 * In which order a sweep adds up. The sums are the same, their rounding is not, and results are to stay the same bit for bit:
 * 'joint' forms z − u before Kᴴ (DDS, DiffusionMBIR: one exchange of edge slices less), 'apart' takes Kᴴ of z and of
 * w (the classical ADMM: one field less).
 */
export type SweepOrder = 'joint' | 'apart';

/** An ADMM sweep: its regularisers and weights. */
export interface DataStepSettings {
  readonly terms: readonly SplitTerm[];
  /** Weight λ of every term. */
  readonly lambda: number;
  /** ADMM penalty ρ of every term. */
  readonly rho: number;
  /** CG iterations M of one sweep. */
  readonly innerIterations: number;
  /** At which CG stops before that, ‖r‖ ≤ tolerance · ‖b‖; default 1e-6. */
  readonly tolerance?: number;
  /** One CG step length for the volume, or one for each slice where nothing couples them. */
  readonly per: Per;
  readonly order: SweepOrder;
}

/** What one sweep may be told. */
export interface SweepOptions {
  /** c = 1/γ: towards the image that comes in; 0 without it. */
  readonly pull?: number;
  /** In which the pull is measured. */
  readonly metric?: ErrorMetric;
  /** ‖·‖² that CG's residual is small against; that of the right-hand side without it, which takes the order 'joint'. */
  readonly scale?: Scalars;
  /** Told y − Ax of the x that comes in, which is overwritten after the call. */
  readonly difference?: (field: Field) => void;
}

/** The fields of a data step, for the declaration of a solver. */
export function dataStepFields(terms: readonly SplitTerm[], domain: Space, order: SweepOrder) {
  const named = ({ name, regulariser }: SplitTerm): FieldSpec[] => {
    const spaces = regulariser.components(domain);
    const what = `ADMM state of ${regulariser.name}`;
    return spaces.map((space, i) => ({ ...state(space, what), name: spaces.length === 1 ? name : `${name}${i}` }));
  };
  return {
    residual: scratch('domain', 'CG residual'),
    direction: scratch('domain', 'CG direction'),
    cgImage: scratch('domain', 'CG image'),
    backprojection: order === 'joint' ? scratch('domain', 'back-projection Aᴴy') : undefined,
    split: terms.flatMap(named),
    shrunk: shrunkSpaces(terms, domain, order).map((space) => scratch(space, 'shrunk component')),
    regularisers: terms.flatMap(({ name, regulariser }) =>
      Object.entries(regulariser.fields?.(domain) ?? {}).map(([own, spec]) => ({ ...spec, name: `${name}-${own}` })),
    ),
  };
}

/** The fields that it works on; `dataStepFields` declares them. */
export type DataStepFields = FieldsOf<ReturnType<typeof dataStepFields>>;

/**
 * z of a sweep lies in fields that CG does not use at that time, its direction and (where no right-hand side is kept)
 * its image, and in these. In the order 'apart' the terms come one after the other and share them.
 */
function shrunkSpaces(terms: readonly SplitTerm[], domain: Space, order: SweepOrder): Space[] {
  const parts = terms.map(({ regulariser }) => regulariser.components(domain));
  const together = order === 'joint' ? [parts.flat()] : parts;
  const like = (list: readonly Space[]): number => list.filter((space) => sameSpace(space, domain)).length;
  const images = Math.max(0, ...together.map((list) => like(list) - (order === 'joint' ? 1 : 2)));
  const others = parts.flat().filter((space) => !sameSpace(space, domain));
  return [...Array.from({ length: images }, () => domain), ...others];
}

interface Term {
  readonly bound: BoundRegulariser;
  readonly w: readonly Field[];
  /** Where z lies. */
  readonly z: readonly Field[];
}

/**
 * The step that knows the measurement, of every method: a sweep of ADMM (Boyd et al. 2011, §6.4) on (z, u) that **persist over all steps**,
 *
 *     minimise ½‖Ax − y‖² + λ Σ φ(Kx)
 *
 *     x ← CG_M( AᴴA + ρ KᴴK + c ;  Aᴴy + ρ Kᴴ(z − u) + c d ;  start at x = d )
 *     z ← prox(Kx + u, λ/ρ) ;  u ← u + Kx − z
 *
 * over any regularisers (src/regularisers). In a diffusion method d is the image that the denoiser gave, and one
 * sweep is done per noise level (Chung et al. 2023, algorithm 2; Chung et al. 2024, eq. 20-22); classical methods
 * call it until it converges. c = 1/γ pulls towards the image d that comes in (0: published 3D method; without
 * regulariser the proximal step I + γAᴴA of DDS, whose CG iterates are those of AᴴA + 1/γ, a multiple of the same
 * system). With a metric M (error-metric.ts) x = d + Mδ, and the system is that of δ, Mᵀ(AᴴA + ρ KᴴK)M + c, started
 * at 0.
 *
 * With a support S (`Problem.support`) the system is S(…)S: steps along x are 0 where A sees nothing, whatever is coupled to it there.
 *
 * Instead of z and u one field is kept for each component, w = Kx + u, from which both follow: z = prox(w, λ/ρ), u =
 * w − z, so z − u = 2 prox(w) − w, and the next w is Kx + w − prox(w). w = 0 is exactly z = u = 0 where prox(0) = 0.
 */
export class DataStep {
  readonly #backend: Backend;
  readonly #terms: readonly Term[];

  /** @param projection a data-sized field, overwritten by every sweep */
  constructor(
    private readonly problem: Problem,
    private readonly settings: DataStepSettings,
    private readonly fields: DataStepFields,
    private readonly projection: Field,
  ) {
    const { backend, operator, y } = problem;
    const { domain } = operator;
    this.#backend = backend;
    if (fields.backprojection) operator.adjoint(y, fields.backprojection);

    const { direction, cgImage, shrunk } = fields;
    const joint = settings.order === 'joint';
    let free = joint ? [direction, ...shrunk] : [direction, cgImage, ...shrunk];
    const own = [...fields.regularisers];
    const w = [...fields.split];
    this.#terms = settings.terms.map(({ regulariser }) => {
      const spaces = regulariser.components(domain);
      const names = Object.keys(regulariser.fields?.(domain) ?? {});
      const given = Object.fromEntries(names.map((name) => [name, own.shift()!]));
      const z = fitting(free, spaces);
      if (joint) free = free.filter((field) => !z.includes(field));
      return {
        bound: checkedRegulariser(regulariser.name, regulariser.bind(domain, backend, given)),
        w: w.splice(0, spaces.length),
        z,
      };
    });
  }

  /** One sweep on x. */
  sweep(x: Field, { pull = 0, metric, scale, difference }: SweepOptions = {}): void {
    const { order, rho, per, innerIterations, tolerance } = this.settings;
    const { operator, y } = this.problem;
    const { residual: r, direction, cgImage, backprojection } = this.fields;
    const backend = this.#backend;
    const joint = order === 'joint';

    const ofX = joint ? this.#terms.map(({ bound }) => bound.imageNeighbours?.(x)) : [];
    const ofZ = joint ? this.#terms.map((term) => this.#target(term)) : [];
    let size = scale;
    if (!size) {
      // b = Aᴴy + ρKᴴ(z − u) + cd, for its norm
      backend.lincomb(cgImage, [1, backprojection!], ...(pull > 0 ? [[pull, x] as [number, Field]] : []));
      this.#terms.forEach(({ bound, z }, t) => bound.addAdjoint(rho, z, cgImage, ofZ[t]));
      size = backend.dot(cgImage, cgImage, per);
    }
    // r = b − Hx as Aᴴ(y − Ax) + ρKᴴ(z − u − Kx), which loses far fewer digits than the difference of the two
    operator.apply(x, this.projection);
    backend.lincomb(this.projection, [1, y], [-1, this.projection]);
    difference?.(this.projection);
    operator.adjoint(this.projection, r);
    this.#terms.forEach((term, t) => {
      const { bound, w, z } = term;
      if (joint) bound.addAdjoint(rho, z, r, ofZ[t]);
      else {
        bound.prox(w, this.#threshold, z);
        bound.addAdjoint(2 * rho, z, r);
        bound.addAdjoint(-rho, w, r);
      }
      bound.addNormal(-rho, x, r, ofX[t]);
    });
    for (const sent of [...ofX, ...ofZ]) sent?.dispose();
    holdToSupport(this.problem, r);

    // with a support S and a metric M the system is Mᵀ S(…)S M: M may spread what S holds
    const change = metric && {
      spread: (p: Field): Field => {
        metric.apply(p, metric.weighed);
        holdToSupport(this.problem, metric.weighed);
        return metric.weighed;
      },
      gather: (p: Field): void => metric.transpose(p),
      pull,
    };
    const hessian = (p: Field, out: Field): void => {
      this.#normal(p, out);
      if (pull > 0 && !metric) backend.lincomb(out, [1, out], [pull, p]);
      holdToSupport(this.problem, out);
    };
    metric?.transpose(r);
    descend(backend, hessian, x, { residual: r, direction, image: cgImage }, size, { iterations: innerIterations, per, tolerance }, change);
    if (!scale) size.dispose();
    for (const term of this.#terms) this.#advance(term, x);
  }

  /** (AᴴA + ρKᴴK) p */
  #normal(p: Field, out: Field): void {
    const ofP = this.#terms.map(({ bound }) => bound.imageNeighbours?.(p));
    this.problem.operator.normal(p, out);
    this.#terms.forEach(({ bound }, t) => bound.addNormal(this.settings.rho, p, out, ofP[t]));
    for (const sent of ofP) sent?.dispose();
  }

  /** z − u, where z lies; what its Kᴴ waits for is on its way. */
  #target({ bound, w, z }: Term): Neighbours | undefined {
    bound.prox(w, this.#threshold, z);
    z.forEach((field, i) => this.#backend.lincomb(field, [2, field], [-1, w[i]]));
    return z.length > 0 ? bound.splitNeighbours?.(z) : undefined;
  }

  /** w ← Kx + u, u = w − z */
  #advance({ bound, w, z }: Term, x: Field): void {
    const backend = this.#backend;
    const { cgImage } = this.fields;
    bound.prox(w, this.#threshold, z);
    if (this.settings.order === 'joint' && w.length === 1 && sameSpace(w[0].space, cgImage.space)) {
      bound.apply(x, [cgImage]);
      return backend.lincomb(w[0], [1, cgImage], [1, w[0]], [-1, z[0]]);
    }
    w.forEach((field, i) => backend.lincomb(field, [1, field], [-1, z[i]]));
    bound.apply(x, z);
    w.forEach((field, i) => backend.lincomb(field, [1, field], [1, z[i]]));
  }

  /** w ← Kx: z = Kx and u = 0 where the penalty lets Kx be, for an x that the run starts from. */
  startFrom(x: Field): void {
    for (const { bound, w } of this.#terms) bound.apply(x, w);
  }

  get #threshold(): number {
    return this.settings.lambda / this.settings.rho;
  }

  /** Image-sized fields that are free between sweeps. */
  get scratch(): readonly [Field, Field, Field] {
    return [this.fields.residual, this.fields.direction, this.fields.cgImage];
  }

  /** Frees what its regularisers keep besides fields. */
  dispose(): void {
    for (const { bound } of this.#terms) bound.dispose?.();
  }
}

/** A field for each space, in order. */
function fitting(free: readonly Field[], spaces: readonly Space[]): Field[] {
  const left = [...free];
  return spaces.map(
    (space) =>
      left.splice(
        left.findIndex((field) => sameSpace(field.space, space)),
        1,
      )[0],
  );
}
