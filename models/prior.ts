import type { Field, MemoryPlan, Queued, Scalars } from '../compute/backend.js';
import { requireQueued } from '../compute/queued.js';
import type { Space } from '../core/space.js';
import type { DenoisedImages, Fit } from './fit.js';
import type { GuideSpec } from './guide.js';

/** Where in a run a denoising is. */
export interface DenoiseOptions {
  /**
   * Radians: out ← e^{−iφ} D(e^{iφ} x; sigma), for complex images. The distribution of images has no preferred phase, and the best denoiser
   * none either; a trained one is only nearly so, and another phase in every evaluation keeps its errors from adding up. Analytic priors,
   * which are exact, and real images ignore it.
   */
  readonly phase?: number;
  /** Step of the run, from 0. A method may ask more than once in a step. */
  readonly step?: number;
  /** Steps of the run. */
  readonly steps?: number;
  /**
   * For a guided prior (`Prior.guide`): its planes, of x's space and backend, in the prior's range. Read only. Priors without a guide do
   * not look at it.
   */
  readonly guide?: readonly Field[];
  /** Fires when the run is to stop. */
  readonly signal?: AbortSignal;
}

/** What of a prior changes during a run, by name: plain numbers of any length. */
export type PriorState = { readonly [name: string]: Float32Array };

/** What 0 and 1 of a prior's range mean: { unit: 'HU', low: -1000, high: 1000 }. */
export interface PriorRange {
  readonly unit: string;
  readonly low: number;
  readonly high: number;
}

/**
 * A denoiser D(x; σ) ≈ E[x₀ | x₀ + σn = x] of images [slice, y, x]. Data are in the prior's own range.
 *
 * A plain function becomes one by `functionPrior`, a network with its card by `networkPrior`. What works on fields itself implements this:
 *
 * @example
 * // D(x; σ) = x/(1 + σ²), the denoiser of pixels that are independent and standard normal
 * const shrinkage: Prior = {
 *   name: 'shrinkage', sigmaMin: 0, sigmaMax: Infinity, range: { unit: 'arbitrary', low: 0, high: 1 },
 *   denoise(x, sigma, out) {
 *     x.backend.lincomb(out, [1 / (1 + sigma ** 2), x]);
 *   },
 *   bytes: () => ({ items: [] }),
 *   describe: () => ({ name: 'shrinkage' }),
 *   dispose: async () => {},
 * };
 */
export interface Prior {
  readonly name: string;
  readonly sigmaMin: number;
  readonly sigmaMax: number;
  readonly range: PriorRange;
  /**
   * 'slice' (without it): slices do not mix, and each is denoised alike alone and among others. 'volume': D looks at all slices at once.
   */
  readonly scope?: 'slice' | 'volume';
  /** Of a guided prior: what it wants to be shown of the scan in every call of `denoise`. */
  readonly guide?: GuideSpec;
  /**
   * out ← D(x; sigma); x and out may be the same field. Only queues on the backend of the fields: what has to wait is a `Backend.host`
   * step, and nothing is returned. σ outside [sigmaMin, sigmaMax] throws SIGMA_RANGE, a guided prior without its guide MODEL.
   */
  denoise(x: Field, sigma: number, out: Field, options?: DenoiseOptions): Queued;
  /**
   * out ← Jᴴ v with J = ∂D(x; sigma)/∂x, of real and imaginary parts as two numbers: for methods that are guided through the denoiser. v
   * and out may be the same field, x is another. Only queues, and throws as `denoise`. Without it those methods are refused.
   */
  vjp?(x: Field, sigma: number, v: Field, out: Field, options?: DenoiseOptions): Queued;
  /**
   * log q(x; sigma) of every slice, q the law of x₀ + σn, for sigma > 0: for priors that know it. Only queues. The scalars are the
   * caller's to dispose of.
   */
  logDensity?(x: Field, sigma: number): Scalars;
  /** What it says of images that it is to denoise. Without it: any will do. */
  fits?(images: DenoisedImages): Fit;
  /** Called before every run (every sample of one): to go on from the state of an interrupted run, or afresh. Queued work is waited for. */
  begin?(state?: PriorState): Promise<void>;
  /** What a checkpoint must hold of it, at this place of the queue. Without it, and without `begin`: nothing of it changes. */
  state?(): Promise<PriorState>;
  /** What it needs on top of the fields, for images of this space. */
  bytes(space: Space): MemoryPlan;
  /** Name, version, sha256 … for the manifest: another description is another prior, whose checkpoints are refused. */
  describe(): { readonly [key: string]: unknown };
  /** Evaluations of whole volumes so far. */
  readonly evaluations?: number;
  /** Products with Jᴴ (`vjp`) of whole volumes so far. */
  readonly products?: number;
  /** Seconds that they took, without the passing of images to and fro. */
  runtimeSeconds?(): Promise<number>;
  /** Ends it: sessions and memory. A prior that was handed to `reconstruct` is the caller’s to end. */
  dispose(): Promise<void>;
}

/**
 * The prior as methods call it.
 * @param guide shown to it in every call
 * @throws (from `denoise`) SlicewiseError MODEL where it returns a promise
 */
export function checkedPrior(prior: Prior, guide?: readonly Field[]): Prior {
  const denoise: Prior['denoise'] = (x, sigma, out, options) => {
    const hint = 'make the prior with functionPrior, or do what has to wait in a step of backend.host';
    const shown = guide ? { guide, ...options } : options;
    requireQueued(prior.denoise(x, sigma, out, shown), `denoise of the prior '${prior.name}'`, hint, 'MODEL');
  };
  const vjp: Prior['vjp'] = (x, sigma, v, out, options) => {
    const hint = 'do what has to wait in a step of backend.host';
    const shown = guide ? { guide, ...options } : options;
    requireQueued(prior.vjp!(x, sigma, v, out, shown), `vjp of the prior '${prior.name}'`, hint, 'MODEL');
  };
  return new Proxy(prior, {
    get(target, name) {
      if (name === 'denoise') return denoise;
      if (name === 'vjp') return prior.vjp && vjp;
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
}

/** Names of a prior's state in a checkpoint begin with this. */
const IN_CHECKPOINT = 'prior-';

/** The state of a prior as fields of a checkpoint; none where nothing of it changes. */
export async function priorState(prior: Prior | undefined): Promise<PriorState> {
  const state = (await prior?.state?.()) ?? {};
  return Object.fromEntries(Object.entries(state).map(([name, values]) => [IN_CHECKPOINT + name, values]));
}

/** Begins a run: with what `priorState` gave where one is resumed, else (undefined) afresh. */
export async function beginPrior(prior: Prior | undefined, checkpoint?: PriorState): Promise<void> {
  if (!prior?.begin) return;
  if (!checkpoint) return prior.begin();
  const own = Object.entries(checkpoint).filter(([name]) => name.startsWith(IN_CHECKPOINT));
  await prior.begin(Object.fromEntries(own.map(([name, values]) => [name.slice(IN_CHECKPOINT.length), values])));
}
