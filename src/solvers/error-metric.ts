import type { Backend, Field } from '../../compute/backend.js';
import type { Workspace } from '../../compute/workspace.js';
import { bytesOf, type Space } from '../../core/space.js';
import { PhaseMetric, type ErrorShape as ErrorOfPhase } from '../../operators/phase-metric/phase-metric.js';
import { PlaceMetric } from '../../operators/place-metric/place-metric.js';

/** The standard deviation of a denoiser's error, against 1 in flat tissue along its phase. */
export interface ErrorShape extends ErrorOfPhase {
  /** In the finest pattern that pixels have (a chessboard), against 1 in what varies slowly; at least 1/8. */
  readonly detail: number;
}

/** What of it there is in such images; none of a white error. */
function parts({ quadrature, air, edges, detail }: ErrorShape, { dtype }: Space): { phase: boolean; place: boolean; detail: boolean } {
  const complex = dtype === 'complex64';
  const place = Math.min(air, 1 / edges) < 1;
  return { phase: complex && (place || quadrature < 1), place: !complex && place, detail: detail < 1 };
}

/** What is kept for a metric, image by image; nothing where the error is taken as white. */
export function metricMemory(shape: ErrorShape, domain: Space): { what: string; bytes: number }[] {
  const { phase, place, detail } = parts(shape, domain);
  const weighed = phase || place || detail ? ['correction in the metric'] : [];
  const kept = [...(phase ? ['local phase', 'edges'] : []), ...(place ? ['weights of places'] : []), ...weighed];
  return kept.map((what) => ({ what, bytes: bytesOf(domain) }));
}

/** @returns undefined where the error is taken as white */
export function errorMetric(workspace: Workspace, backend: Backend, domain: Space, shape: ErrorShape): ErrorMetric | undefined {
  const { phase, place, detail } = parts(shape, domain);
  return phase || place || detail ? new ErrorMetric(workspace, backend, domain, shape) : undefined;
}

/**
 * The metric of a sweep (data-step.ts), with its fields: data consistency then puts a correction where the denoiser's error is likely to
 * be. The covariance of the error is taken as MMᵀ, M = BK, with B of the phase metric (complex images) or the place metric (real ones)
 * and, since errors are smoother than white noise,
 *
 *     K p = (p − k ∇ᵀ∇p)/√(1 − 8k + 20k²),   k = (1 − t)/8
 *
 * ∇ in-plane forward differences: of a chessboard is left t = `detail` of what is left of a flat image, and white noise keeps its energy.
 * It lives as long as the workspace.
 */
export class ErrorMetric {
  /** M p of a product, free between two. */
  readonly weighed: Field;
  readonly #phase?: PhaseMetric;
  readonly #place?: PlaceMetric;
  /** k. */
  #blur: number;

  constructor(
    workspace: Workspace,
    private readonly backend: Backend,
    domain: Space,
    private readonly shape: ErrorShape,
  ) {
    const { phase, place } = parts(shape, domain);
    if (phase) workspace.own((this.#phase = new PhaseMetric(domain, backend)));
    if (place) workspace.own((this.#place = new PlaceMetric(domain, backend)));
    this.#blur = (1 - shape.detail) / 8;
    this.weighed = workspace.field(domain);
  }

  /** M of errors in `image`. `scratch` is overwritten. */
  follow(image: Field, scratch: Field): void {
    this.#phase?.follow(image, this.shape, scratch);
    this.#place?.follow(image, this.shape, [scratch, this.weighed]);
    this.#blur = (1 - this.shape.detail) / 8;
  }

  /**
   * From here what corrections held back across the phase of complex images and in their air (I − B with edges left out), if there is such.
   * The rest holds nothing back for good.
   * @returns whether there is
   */
  complement(): boolean {
    this.#phase?.complement();
    this.#blur = 0;
    return this.#phase !== undefined;
  }

  /** out ← M p; two fields. */
  apply(p: Field, out: Field): void {
    if (this.#blur === 0 && this.#ofPlace) return this.#ofPlace.apply(p, out);
    this.#smooth(p, out);
    this.#ofPlace?.apply(out, out);
  }

  /** p ← Mᵀ p, by way of `weighed`. */
  transpose(p: Field): void {
    if (this.#blur === 0) return this.#ofPlace?.apply(p, p);
    if (this.#ofPlace) this.#ofPlace.apply(p, this.weighed);
    else this.backend.lincomb(this.weighed, [1, p]);
    this.#smooth(this.weighed, p);
  }

  /** B. */
  get #ofPlace(): PhaseMetric | PlaceMetric | undefined {
    return this.#phase ?? this.#place;
  }

  #smooth(p: Field, out: Field): void {
    const k = this.#blur;
    const scale = 1 / Math.sqrt(1 - 8 * k + 20 * k * k);
    this.backend.lincomb(out, [scale, p]);
    this.backend.addGradientNormal(-k * scale, p, out);
  }
}
