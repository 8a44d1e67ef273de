import type { Backend, Field, MemoryPlan } from '../../compute/backend.js';
import { bytesOf, type Space } from '../../core/space.js';
import { Metric } from '../metric.js';

/** Images brighter than this (of the prior's range, 0 for air) are not air. */
const TISSUE = 0.15;
/** Where an image differs by as much from its blurred self, it has an edge. */
const EDGE = 0.015;
/** Steps of blur for what an edge stands out from (0.9 pixels), for what is air (1.3), and for the reach of an edge (0.6). */
const STEPS = { edge: 2, air: 4, reach: 1 };

/** The standard deviation of a denoiser's error in real images, against 1 in matter. */
export interface ErrorOfPlace {
  /** Where the image is dark. */
  readonly air: number;
  /** At an edge over that away from edges; the one is its square root, the other one over it. */
  readonly edges: number;
}

/**
 * Where a denoiser errs in real images, as a multiplication by w: it knows air, and it errs at edges more than between them. With ū the
 * image blurred by 1.3 pixels and h what the image has and the image blurred by 0.9 pixels has not,
 *
 *     w = (a + (1 − a) m) (1 + (E − 1) k)/√E,    m = min(1, ū/0.15) ≥ 0,    k = min(1, h²/0.015²)
 *
 * h² blurred by 0.6 pixels. The covariance of the error is taken as w². The same for complex images: phase-metric/phase-metric.ts.
 */
export class PlaceMetric extends Metric {
  readonly name = 'place metric';
  readonly #w: Field;

  /** The identity, until it follows an image. @param domain real images [slice, y, x] */
  constructor(domain: Space, backend: Backend) {
    super(domain, backend);
    this.#w = backend.field(domain);
    backend.fill(this.#w, 1);
  }

  /** w of `image`, which is in the prior's range. The two other fields are overwritten. */
  follow(image: Field, { air, edges }: ErrorOfPlace, [scratch, k]: readonly [Field, Field]): void {
    const { backend } = this;
    const w = this.#w;
    backend.lincomb(w, [1, image]);
    this.blur(w, STEPS.edge, scratch);
    backend.lincomb(k, [1, image], [-1, w]);
    backend.multiply(k, k, k);
    this.blur(k, STEPS.reach, scratch);
    this.blur(w, STEPS.air - STEPS.edge, scratch);
    backend.clamp(k, 0, EDGE ** 2, k);
    backend.clamp(w, 0, TISSUE, w);
    backend.fill(scratch, 1);
    backend.lincomb(w, [(1 - air) / TISSUE, w], [air, scratch]);
    backend.lincomb(k, [(edges - 1) / (Math.sqrt(edges) * EDGE ** 2), k], [1 / Math.sqrt(edges), scratch]);
    backend.multiply(w, k, w);
  }

  /** out ← w p; out may be p. */
  apply(p: Field, out: Field): void {
    this.backend.multiply(p, this.#w, out);
  }

  bytes(): MemoryPlan {
    return { items: [{ what: 'weights of places', bytes: bytesOf(this.domain) }] };
  }

  dispose(): void {
    this.#w.dispose();
  }
}
