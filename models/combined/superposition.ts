import type { Backend, Field, Scalars } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { withoutUndefined } from '../../core/options.js';
import { bytesOf, sameSpace, slicesOf, space as makeSpace, type Space } from '../../core/space.js';
import { checkSigma } from '../card/card.js';
import type { Fit } from '../fit.js';
import type { Prior, PriorState } from '../prior.js';

/** 'or': images of any of the priors; 'and': images that both find equally likely. */
export type SuperpositionRule = 'or' | 'and';

/** How priors are laid over each other. */
export interface SuperpositionOptions {
  /** π_k of the rule 'or', relative to each other; equal without it. */
  readonly weights?: readonly number[];
}

/**
 * Priors of one range laid over each other (Skreta et al., ICLR 2025, SuperDiff), slice by slice:
 *
 *     D = Σ κ_k D_k     or: κ_k ∝ π_k q_k(x; σ)      and: κ_1 = ½ − ΔL σ² / ((1 − σ²/σ₁²) ‖D_1 − D_2‖²), within 0 and 1
 *
 * log q_k is exact where every prior tells it (`Prior.logDensity`: Gaussian priors), and 'or' then is the denoiser of the mixture Σ π_k
 * p_k. Otherwise it is followed along the path of x: with s = (D_k − x)/σ², and dv the fall of σ² since the call before,
 *
 *     log q_k ← log q_k + ⟨x − x₁, s₁⟩ − ½ ‖s₁‖² dv
 *
 * (Itô's formula; x₁, s₁ those of the call before). It holds for paths whose noise has the variance dv, which are those of the sampler
 * `ancestral` with η 1, and has an error of some nats that falls as the steps grow short. Where σ rises or stays nothing is added. With
 * thousands of pixels the differences are large, so that 'or' is a choice between priors for each slice rather than a blend.
 *
 * 'and', for two priors, weighs them so that ΔL = log q_1 − log q_2 goes back to 0 by the next step, if σ falls as it did before (σ₁ the
 * level of the call before). The paper uses the noise of the coming step, which a prior does not know; ours is a step late.
 *
 * As many evaluations as priors. It takes the priors over: they end with it. Where all have a derivative 'or' has one, that of the weights
 * included (s_k as above; exact where the densities are),
 *
 *     Jᴴ v = Σ κ_k J_kᴴ v + Σ κ_k (D_k − D) ⟨D_k − D, v⟩/σ²
 *
 * for an evaluation and a product of every prior; 'and' has none.
 *
 * @throws SlicewiseError ARGUMENT, MODEL for priors that do not belong together
 */
export function superpositionPrior(rule: SuperpositionRule, parts: readonly Prior[], options: SuperpositionOptions = {}): Prior {
  requireTogether(rule, parts, options);
  const weights = options.weights ?? parts.map(() => 1);
  const name = `${rule}(${parts.map((part) => part.name).join(',')})`;
  const sigmaMin = Math.max(...parts.map((part) => part.sigmaMin));
  const sigmaMax = Math.min(...parts.map((part) => part.sigmaMax));
  const exact = parts.every(({ logDensity }) => logDensity !== undefined);
  let path: Path | undefined;
  /** Of an interrupted run, until its images are seen again. */
  let restored: PriorState | undefined;

  const pathFor = (x: Field): Path => {
    if (path && (path.backend !== x.backend || !sameSpace(path.images, x.space))) {
      dispose(path);
      path = undefined;
    }
    if (!path) {
      path = newPath(x.backend, x.space, parts.length, exact);
      if (restored) restore(path, restored);
      restored = undefined;
    }
    return path;
  };

  /** The shares of every slice, from what is known of the densities. */
  const share = ({ backend, logs, gap, shares }: Path): void =>
    backend.host({
      name: `the weights of ${name}`,
      inputs: [...logs, gap],
      outputs: shares,
      run: (inputs) => (rule === 'or' ? anyOf(inputs.slice(0, -1), weights) : bothOf(inputs)),
    });

  const vjp: Prior['vjp'] = (x, sigma, v, out, asked) => {
    checkSigma({ name, sigmaMin, sigmaMax }, sigma);
    const at = pathFor(x);
    const { backend, logs, shares, ones } = at;
    if (exact && sigma > 0) {
      backend.scope(() => parts.forEach((part, k) => backend.lincomb(logs[k], [part.logDensity!(x, sigma), ones])));
    }
    share(at);
    at.products ??= Array.from({ length: parts.length + 2 }, () => backend.field(at.images));
    const [sum, work, ...own] = at.products;
    parts.forEach((part, k) => part.denoise(x, sigma, own[k], asked));
    backend.scope(() => {
      const kappa = shares.map((one) => backend.dot(one, ones, 'slice'));
      own.forEach((image, k) => backend.lincomb(work, ...plus(work, k), [kappa[k], image]));
      own.forEach((image) => backend.lincomb(image, [1, image], [-1, work])); // D_k − D
      parts.forEach((part, k) => {
        part.vjp!(x, sigma, v, work, asked);
        backend.lincomb(sum, ...plus(sum, k), [kappa[k], work]);
        if (sigma > 0) backend.lincomb(sum, [1, sum], [kappa[k].times(backend.dot(own[k], v, 'slice')).times(sigma ** -2), own[k]]);
      });
    });
    backend.lincomb(out, [1, sum]);
  };

  return {
    name,
    ...(rule === 'or' && parts.every((part) => part.vjp !== undefined) && { vjp }),
    sigmaMin,
    sigmaMax,
    range: parts[0].range,
    scope: parts.some((part) => part.scope === 'volume') ? 'volume' : 'slice',

    denoise(x, sigma, out, asked) {
      checkSigma({ name, sigmaMin, sigmaMax }, sigma);
      const at = pathFor(x);
      const { backend, denoised, logs, shares, ones } = at;
      if (exact && sigma > 0) {
        backend.scope(() => parts.forEach((part, k) => backend.lincomb(logs[k], [part.logDensity!(x, sigma), ones])));
      } else if (at.sigma !== undefined && sigma < at.sigma) follow(at, x, sigma);
      parts.forEach((part, k) => part.denoise(x, sigma, denoised[k], asked));
      if (rule === 'and') apart(at, sigma);
      if (at.x) backend.lincomb(at.x, [1, x]);
      at.sigma = sigma;
      share(at);
      backend.scope(() => {
        const kappa = shares.map((share) => backend.dot(share, ones, 'slice'));
        denoised.forEach((image, k) => {
          backend.lincomb(out, ...plus(out, k), [kappa[k], image]);
        });
      });
    },

    fits(images): Fit {
      const all = parts.map((part) => part.fits?.(images) ?? { warnings: [] });
      return { problem: all.find(({ problem }) => problem)?.problem, warnings: [...new Set(all.flatMap((fit) => fit.warnings))] };
    },

    async begin(state) {
      for (const [k, part] of parts.entries()) await part.begin?.(state && stateOf(state, k));
      restored = state?.levels ? state : undefined;
      // its backend may have ended with the run before
      if (path) dispose(path);
      path = undefined;
    },

    async state() {
      const state: { [name: string]: Float32Array } = {};
      for (const [k, part] of parts.entries()) {
        for (const [key, values] of Object.entries((await part.state?.()) ?? {})) state[`${k}-${key}`] = values;
      }
      if (path?.sigma === undefined) return state;
      state.levels = Float32Array.from([...inThree(path.sigma), ...inThree(path.fall)]);
      for (const [key, field] of Object.entries(kept(path))) state[key] = await path.backend.read(field);
      return state;
    },

    bytes(images) {
      const own = {
        what: `images of ${name}`,
        bytes: superpositionBytes(parts.length, exact, images, rule === 'or' && parts.every((part) => part.vjp)),
      };
      return { items: [...parts.flatMap((part) => part.bytes(images).items), own] };
    },

    describe: () => ({ name, kind: 'superposition', rule, weights, parts: parts.map((part) => withoutUndefined(part.describe())) }),

    get evaluations() {
      return parts.reduce((sum, part) => sum + (part.evaluations ?? 0), 0);
    },

    get products() {
      return parts.reduce((sum, part) => sum + (part.products ?? 0), 0);
    },

    async runtimeSeconds() {
      let sum = 0;
      for (const part of parts) sum += (await part.runtimeSeconds?.()) ?? 0;
      return sum;
    },

    async dispose() {
      if (path) dispose(path);
      path = undefined;
      for (const part of new Set(parts)) await part.dispose();
    },
  };
}

/** What a sum has so far, before its k-th term. */
const plus = (sum: Field, k: number): [number, Field][] => (k === 0 ? [] : [[1, sum]]);

/** Bytes of the fields of a superposition, with those of products with its derivative where a method asks for them. */
export const superpositionBytes = (parts: number, exact: boolean, images: Space, derivative = false): number =>
  (parts + (exact ? 0 : 3) + (derivative ? parts + 2 : 0)) * bytesOf(images) + (2 * parts + 2) * 4 * slicesOf(images);

/** What is kept from call to call, and fields to work on. */
interface Path {
  readonly backend: Backend;
  readonly images: Space;
  /** D_k of the last call. */
  readonly denoised: readonly Field[];
  /** x of the last call, and two to work on, where densities are followed. */
  readonly x?: Field;
  readonly scratch: readonly Field[];
  /** log q_k of every slice, but for what all have in common. */
  readonly logs: readonly Field[];
  /** κ_k of every slice. */
  readonly shares: readonly Field[];
  /** (1 − σ²/σ₁²) ‖D_1 − D_2‖²/σ² of every slice. */
  readonly gap: Field;
  readonly ones: Field;
  /** Sum, one to work on, and D_k − D, of products with the derivative. */
  products?: readonly Field[];
  /** σ of the last call; undefined before the first of a run. */
  sigma?: number;
  /** 1 − σ²/σ₁² of the last fall. */
  fall: number;
}

function newPath(backend: Backend, images: Space, parts: number, exact: boolean): Path {
  const small = makeSpace(['slice', 'value'], [slicesOf(images), 1]);
  const several = (of: Space, count: number): Field[] => Array.from({ length: count }, () => backend.field(of));
  const ones = backend.field(small);
  backend.fill(ones, 1);
  return {
    ...{ backend, images, ones, gap: backend.field(small), fall: 0 },
    denoised: several(images, parts),
    x: exact ? undefined : backend.field(images),
    scratch: several(images, exact ? 0 : 2),
    logs: several(small, parts),
    shares: several(small, parts),
  };
}

function dispose({ denoised, x, scratch, logs, shares, gap, ones, products = [] }: Path): void {
  for (const field of [...denoised, ...(x ? [x] : []), ...scratch, ...logs, ...shares, gap, ones, ...products]) field.dispose();
}

/** log q_k ← log q_k + ⟨x − x₁, s₁⟩ − ½ ‖s₁‖² dv, from the images of the call before. */
function follow({ backend, x: before, denoised, scratch, logs, ones, sigma }: Path, x: Field, next: number): void {
  const [moved, error] = scratch;
  const variance = sigma! ** 2;
  const fall = variance - next ** 2;
  backend.lincomb(moved, [1, x], [-1, before!]);
  denoised.forEach((d, k) => {
    backend.lincomb(error, [1, d], [-1, before!]); // σ₁² s₁
    backend.scope(() => {
      const along = backend.dot(moved, error, 'slice').times(1 / variance);
      const squares: Scalars = backend.dot(error, error, 'slice').times(fall / (2 * variance ** 2));
      backend.lincomb(logs[k], [1, logs[k]], [along.minus(squares), ones]);
    });
  });
}

/** The gap between two priors, by how σ fell. */
function apart(at: Path, sigma: number): void {
  const { backend, denoised, gap, ones } = at;
  if (at.sigma !== undefined && sigma < at.sigma) at.fall = 1 - (sigma / at.sigma) ** 2;
  backend.scope(() => {
    // ‖a − b‖² of fields that stay as they are
    const [aa, ab, bb] = [
      [0, 0],
      [0, 1],
      [1, 1],
    ].map(([i, j]) => backend.dot(denoised[i], denoised[j], 'slice'));
    backend.lincomb(gap, [
      aa
        .plus(bb)
        .minus(ab.times(2))
        .times(at.fall / Math.max(sigma, Number.MIN_VALUE) ** 2),
      ones,
    ]);
  });
}

/** κ_k ∝ π_k q_k */
function anyOf(logs: readonly Float32Array[], weights: readonly number[]): Float32Array[] {
  const out = logs.map((log) => new Float32Array(log.length));
  logs[0].forEach((_, slice) => {
    const own = logs.map((log, k) => Math.log(weights[k]) + log[slice]);
    const most = Math.max(...own);
    const raw = own.map((log) => Math.exp(log - most));
    const sum = raw.reduce((a, b) => a + b, 0);
    raw.forEach((value, k) => (out[k][slice] = value / sum));
  });
  return out;
}

/** κ_1 by which the difference of both goes back to 0. */
function bothOf([first, second, gap]: readonly Float32Array[]): Float32Array[] {
  const kappa = first.map((log, slice) => {
    const wanted = gap[slice] > 0 ? 0.5 - (log - second[slice]) / gap[slice] : 0.5;
    return Math.min(1, Math.max(0, wanted));
  });
  return [kappa, kappa.map((value) => 1 - value)];
}

/** A number of float64 as the sum of three of float32, exactly. */
function inThree(value: number): [number, number, number] {
  const high = Math.fround(value);
  const middle = Math.fround(value - high);
  return [high, middle, Math.fround(value - high - middle)];
}

/** Fields that a checkpoint must hold. */
const kept = ({ x, denoised, logs }: Path): { readonly [name: string]: Field } =>
  // exact densities need no past
  x
    ? Object.fromEntries([['x', x], ...denoised.map((field, k) => [`denoised${k}`, field]), ...logs.map((field, k) => [`log${k}`, field])])
    : {};

/** In the queue, since nothing that only queues may wait for a write. */
function restore(path: Path, state: PriorState): void {
  const [a, b, c, ...fall] = state.levels;
  path.sigma = a + b + c;
  path.fall = fall[0] + fall[1] + fall[2];
  const fields = Object.entries(kept(path)).filter(([name]) => state[name] !== undefined);
  if (fields.length === 0) return;
  path.backend.host({
    name: 'a superposition from its checkpoint',
    inputs: [],
    outputs: fields.map(([, field]) => field),
    run: () => fields.map(([name]) => Float32Array.from(state[name])),
  });
}

/** Of part k, without its number. */
const stateOf = (state: PriorState, k: number): PriorState =>
  Object.fromEntries(
    Object.entries(state)
      .filter(([name]) => name.startsWith(`${k}-`))
      .map(([name, values]) => [name.slice(`${k}-`.length), values]),
  );

/** @throws SlicewiseError ARGUMENT, MODEL */
export function requireTogether(
  rule: SuperpositionRule,
  parts: readonly Pick<Prior, 'name' | 'range' | 'guide' | 'sigmaMin' | 'sigmaMax'>[],
  { weights }: SuperpositionOptions = {},
): void {
  const wrong = (code: 'ARGUMENT' | 'MODEL', message: string, expected: string, got: string): SlicewiseError =>
    new SlicewiseError(code, { message, expected, got });
  if (parts.length < 2 || (rule === 'and' && parts.length > 2)) {
    throw wrong('ARGUMENT', `the superposition '${rule}'`, rule === 'and' ? 'two priors' : 'two priors or more', `${parts.length}`);
  }
  if (weights && (rule === 'and' || weights.length !== parts.length || weights.some((w) => !(w > 0)))) {
    throw wrong(
      'ARGUMENT',
      `weights of the superposition '${rule}'`,
      "one above 0 for each prior of 'or', none for 'and'",
      `${weights.join(', ')}`,
    );
  }
  const [{ range }] = parts;
  const other = parts.find((part) => part.range.unit !== range.unit || part.range.low !== range.low || part.range.high !== range.high);
  const text = ({ unit, low, high }: Prior['range']): string => `${low} to ${high} ${unit}`;
  if (other)
    throw wrong(
      'MODEL',
      `priors of different ranges cannot be laid over each other`,
      `0 and 1 at ${text(range)}`,
      `'${other.name}': ${text(other.range)}`,
    );
  const guided = parts.find((part) => part.guide);
  if (guided)
    throw wrong('MODEL', 'a superposition is of priors without a guide', 'priors that are shown nothing of the scan', `'${guided.name}'`);
  if (Math.max(...parts.map((p) => p.sigmaMin)) > Math.min(...parts.map((p) => p.sigmaMax))) {
    throw wrong(
      'MODEL',
      'priors that have no noise level in common',
      'ranges of σ that overlap',
      parts.map((p) => `'${p.name}' ${p.sigmaMin} to ${p.sigmaMax}`).join(', '),
    );
  }
}
