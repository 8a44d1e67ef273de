import type { Backend, Field, MemoryPlan, Neighbours, Queued } from '../../compute/backend.js';
import { requireQueued } from '../../compute/queued.js';
import type { Space } from '../../core/space.js';
import type { FieldSpec } from '../solvers/fields.js';

/**
 * What ties slices (or pixels) together: a penalty R(x) = φ(Kx) with a linear K, whose result is a list of
 * components, and a φ with a known proximal map. Methods split z = Kx off and use nothing but this (data-step.ts), so
 * any regulariser goes into any method:
 *
 *     minimise ½‖Ax − y‖² + λ φ(z)   subject to z = Kx
 *
 * This is the description; `bind` makes what works on fields. A plain one is made by `defineRegulariser`.
 */
export interface Regulariser {
  readonly name: string;
  /** What makes it another one: goes into manifest and checkpoints. Plain JSON. */
  readonly parameters?: { readonly [name: string]: unknown };
  /** 'slice': every slice for itself, so that step lengths per slice make sense; 'volume': slices are coupled. */
  readonly coupling: 'slice' | 'volume';
  /** The space of each component of Kx, for images of this space. None: no regulariser. */
  components(domain: Space): readonly Space[];
  /** Fields of its own besides the components: scratch, and state that lasts from step to step and goes into checkpoints. */
  fields?(domain: Space): { readonly [name: string]: FieldSpec };
  /** What it takes besides fields: tables and scratch of operators on the device, and (`where: 'host'`) arrays of its steps on the host. */
  memory?(domain: Space): MemoryPlan['items'];
  /**
   * For images of one space on one backend.
   * @param fields those of `fields`, by name
   * @throws SlicewiseError where it cannot serve such images
   */
  bind(domain: Space, backend: Backend, fields: { readonly [name: string]: Field }): BoundRegulariser;
  /** φ(z) of components on the host (C order, complex numbers interleaved): what `prox` is checked against. Infinity outside a set. */
  penalty?(components: readonly Float32Array[], domain: Space): number;
}

/** A regulariser at work. Everything only queues on the backend and returns nothing: what has to wait is a step of `Backend.host`. */
export interface BoundRegulariser {
  /** out ← K x */
  apply(x: Field, out: readonly Field[]): Queued;
  /** x ← x + weight · Kᴴ d; `neighbours` of d (splitNeighbours). */
  addAdjoint(weight: number, d: readonly Field[], x: Field, neighbours?: Neighbours): Queued;
  /** out ← out + weight · KᴴK x, fused where K can; x and out differ. `neighbours` of x (imageNeighbours). */
  addNormal(weight: number, x: Field, out: Field, neighbours?: Neighbours): Queued;
  /** out ← argmin_z ½‖z − v‖² + threshold · φ(z); out may be v. */
  prox(v: readonly Field[], threshold: number, out: readonly Field[]): Queued;
  /** Begins what `addNormal` of x has to wait for, so that it goes on beside the operator; x must not change before that. */
  imageNeighbours?(x: Field): Neighbours | undefined;
  /** Begins what `addAdjoint` of d has to wait for. */
  splitNeighbours?(d: readonly Field[]): Neighbours | undefined;
  /** Frees what is no field of `fields`. */
  dispose?(): void;
}

/** Is it a regulariser, and not the name of one? */
export const isRegulariser = (value: unknown): value is Regulariser =>
  typeof value === 'object' && value !== null && typeof (value as Regulariser).bind === 'function';

/**
 * A bound regulariser as methods call it.
 * @throws (from its functions) SlicewiseError ARGUMENT where one returns a promise
 */
export function checkedRegulariser(name: string, bound: BoundRegulariser): BoundRegulariser {
  const checked = <A extends unknown[]>(what: string, call: (...args: A) => Queued) => {
    return (...args: A): void =>
      requireQueued(call(...args), `${what} of the regulariser '${name}'`, 'do what has to wait in a step of backend.host');
  };
  return {
    apply: checked('apply', (...args) => bound.apply(...args)),
    addAdjoint: checked('addAdjoint', (...args) => bound.addAdjoint(...args)),
    addNormal: checked('addNormal', (...args) => bound.addNormal(...args)),
    prox: checked('prox', (...args) => bound.prox(...args)),
    imageNeighbours: (x) => bound.imageNeighbours?.(x),
    splitNeighbours: (d) => bound.splitNeighbours?.(d),
    dispose: () => bound.dispose?.(),
  };
}
