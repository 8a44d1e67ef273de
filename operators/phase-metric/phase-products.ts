import type { Backend, Field } from '../../compute/backend.js';
import { forBackend } from '../../compute/for-backend.js';
import { phaseProductsCpu } from './phase-products-cpu.js';
import { phaseProductsWebGpu } from './phase-products-webgpu.js';

/** Factors of what is in phase with g, and of its quadrature. */
export interface PhaseParts {
  readonly along: number;
  readonly across: number;
}

/** Factors of `weigh`. With |g| = 1 and k = 0: base + along of what is in phase, base + across of the quadrature. */
export interface PhaseWeights extends PhaseParts {
  readonly base: number;
  /** What k adds where its parts are 1: to the whole (of 1), by its real part, and to `across`, by its imaginary part. */
  readonly local: { readonly whole: number; readonly across: number };
}

/** Pointwise operations that take a complex image apart by the phase of another, g. Complex fields of one space; out may be x. */
export interface PhaseProducts {
  /** out ← along · Re(ḡ x)² + i · across · Im(ḡ x)² */
  power(x: Field, g: Field, weights: PhaseParts, out: Field): void;
  /**
   * out ← (1 + local.whole · a²) (base · x + along · g Re(ḡ x) + (across + local.across · b²) · i g Im(ḡ x)), a = min(1, Re k), b = min(1,
   * Im k)
   */
  weigh(x: Field, g: Field, k: Field, weights: PhaseWeights, out: Field): void;
}

/** @throws (from its methods) SlicewiseError SHAPE for real fields, or fields that differ */
export function phaseProducts(backend: Backend): PhaseProducts {
  return forBackend(backend, 'products by phase', { cpu: phaseProductsCpu, webgpu: phaseProductsWebGpu });
}
