import type { Backend, Field, MemoryPlan } from '../../compute/backend.js';
import { bytesOf, type Space } from '../../core/space.js';
import { Metric } from '../metric.js';
import { phaseProducts, type PhaseProducts, type PhaseWeights } from './phase-products.js';

/** Images brighter than this (of bright tissue) are tissue, and have a phase. */
const TISSUE = 0.15;
/** Where an image differs by as much (of bright tissue) from its blurred self, in phase with itself, it has an edge. */
const EDGE = 0.03;
/** Where it differs by as much in quadrature, its phase is not smooth. */
const ROUGH = 0.01;
/** Steps of blur for the local phase (1.3 pixels), for what an edge stands out from (0.9), and for the reach of an edge (0.6). */
const STEPS = { phase: 4, edge: 2, reach: 1 };

/** The standard deviation of a denoiser's error, against 1 along the phase of tissue. */
export interface ErrorShape {
  /** Across the phase of tissue, where that is smooth. */
  readonly quadrature: number;
  /** Where the image is dark, in any phase. */
  readonly air: number;
  /** At an edge over that away from edges; the one is its square root, the other one over it. */
  readonly edges: number;
}

/**
 * How a denoiser errs in complex images, as an operator B on them that is self-adjoint (in Re⟨·,·⟩; it is linear over the reals). Coils put
 * together have a phase that varies slowly, which the denoiser knows from many pixels: its error lies along the local phase of the denoised
 * image more than across it; it knows air; and it errs at edges more than between them. The covariance of the error is taken as BBᵀ. With
 * g = e^{iφ}, φ the phase of the image blurred by 1.3 pixels,
 *
 *     B p = v (g Re(ḡ p) + q' · i g Im(ḡ p))   in tissue,
 *     B p = a p                                where there is none,
 *
 * between them (|g| < 1: the blurred image is dim, or cancels since its phase turns fast) in shares of |g|². With h what the image has and
 * the image blurred by 0.9 pixels has not,
 *
 *     v = (1 + (E − 1) k²)/√E,                 k = min(1, Re(ḡh)²/0.03²),
 *     q' = q + (1 − q) r²,                     r = min(1, Im(ḡh)²/0.01²),
 *
 * both squares blurred by 0.6 pixels: at an edge of the magnitude v rises from 1/√E to √E; and where the phase turns out to be rough (fat,
 * vessels, iron), the quadrature is as free as the rest.
 *
 * Data consistency then puts a correction where the error is likely to be. q = 0 on a fixed phase is the real-valued reconstruction of
 * partial Fourier imaging (Bydder and Robson, Magn. Reson. Med. 53 (2005) 1393); here the phase is that of the running estimate, and only a
 * correction has to follow it.
 */
export class PhaseMetric extends Metric {
  readonly name = 'phase metric';
  readonly #g: Field;
  /** k + ir before the minimum. */
  readonly #edges: Field;
  readonly #products: PhaseProducts;
  #shape: ErrorShape = { quadrature: 1, air: 1, edges: 1 };
  #weights: PhaseWeights = { base: 1, along: 0, across: 0, local: { whole: 0, across: 0 } };

  /** The identity, until it follows an image. @param domain complex images [slice, y, x] */
  constructor(domain: Space, backend: Backend) {
    super(domain, backend);
    this.#products = phaseProducts(backend);
    [this.#g, this.#edges] = [backend.field(domain), backend.field(domain)];
  }

  /** B of errors in `image`. `scratch` is overwritten. */
  follow(image: Field, shape: ErrorShape, scratch: Field): void {
    const { backend } = this;
    const [g, h] = [this.#g, this.#edges];
    backend.lincomb(g, [1, image]);
    this.blur(g, STEPS.edge, scratch);
    backend.lincomb(h, [1, image], [-1, g]);
    this.blur(g, STEPS.phase - STEPS.edge, scratch);
    // u − shrink(u, t) is u where |u| ≤ t and t u/|u| elsewhere
    backend.shrink(g, TISSUE, scratch);
    backend.lincomb(g, [1 / TISSUE, g], [-1 / TISSUE, scratch]);
    this.#products.power(h, g, { along: 1 / EDGE ** 2, across: 1 / ROUGH ** 2 }, h);
    this.blur(h, STEPS.reach, scratch);
    const { quadrature, air, edges } = shape;
    const flat = 1 / Math.sqrt(edges);
    this.#shape = shape;
    this.#weights = {
      base: air,
      along: flat - air,
      across: flat * quadrature - air,
      local: { whole: edges - 1, across: flat * (1 - quadrature) },
    };
  }

  /** From here I − B with v = 1 in place of B: what corrections held back across the phase and in air. v holds nothing back for good. */
  complement(): void {
    const { quadrature, air } = this.#shape;
    const local = { whole: 0, across: quadrature - 1 };
    this.#weights = { base: 1 - air, along: air - 1, across: air - quadrature, local };
  }

  /** out ← B p; out may be p. */
  apply(p: Field, out: Field): void {
    this.#products.weigh(p, this.#g, this.#edges, this.#weights, out);
  }

  bytes(): MemoryPlan {
    const bytes = bytesOf(this.domain);
    return {
      items: [
        { what: 'local phase', bytes },
        { what: 'edges', bytes },
      ],
    };
  }

  dispose(): void {
    this.#g.dispose();
    this.#edges.dispose();
  }
}
