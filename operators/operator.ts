import type { Backend, Field, MemoryPlan } from '../compute/backend.js';
import type { Watch } from '../core/phases.js';
import type { Space } from '../core/space.js';
import type { Decomposition } from './decomposition.js';

/**
 * A linear forward model. `adjoint` is the exact transpose of `apply` (to float32 rounding) on every backend.
 * `apply`, `adjoint` and `normal` only queue on the fields' backend; outputs are overwritten.
 */
export interface LinearOperator {
  readonly name: string;
  readonly domain: Space;
  readonly range: Space;
  readonly backend: Backend;
  /** 'slice': slices do not mix, so per-slice scalars make sense; 'volume': they do (cone beam). */
  readonly coupling: 'slice' | 'volume';
  /** y ← A x */
  apply(x: Field, y: Field): void;
  /** x ← Aᴴ y */
  adjoint(y: Field, x: Field): void;
  /** out ← AᴴA x */
  normal(x: Field, out: Field): void;
  /** ‖A‖₂ to better than 1 % (norm.ts), cached. An operator may tell the phase 'norm', and end it. */
  norm(watch?: Watch): Promise<number>;
  /** Its singular value decomposition, where one is at hand. (Operators whose singular values are all one number need none.) */
  decomposition?(): Decomposition;
  /** What the operator itself keeps on the device (tables, scratch). */
  bytes(): MemoryPlan;
  /** Gives back what it keeps; must not be used after. */
  dispose(): void;
}
