import type { Backend, Field } from '../../../compute/backend.js';
import { componentsOf, sliceSize, slicesOf, type Space } from '../../../core/space.js';
import type { World } from '../../../models/card/world-card.js';
import type { Prior } from '../../../models/prior.js';
import { CODE_FIELDS, codeNorms } from './code.js';
import { objectValues, quantilesOf, spreadOf } from './object-values.js';

/** What was found of an image at one noise level, pooled over its slices. */
export interface LevelFound {
  readonly sigma: number;
  /** ‖D(x + σn; σ) − x‖²/n */
  readonly error: number;
  /** σ² tr J/n, what the prior believes that to be. */
  readonly belief: number;
}

/** What is compared with the images a prior was trained on. */
export interface WorldFound {
  readonly levels: readonly LevelFound[];
  /** Values of the object in the prior's range, at `SHARES` (object-values.ts). Empty where there is none. */
  readonly quantiles: readonly number[];
  /** ln of the ends of the narrowest range that holds half of these values. */
  readonly spread?: number;
  /** ‖code‖/(σ√n) of the middle slice (code.ts). */
  readonly code: number;
}

/** Steps of the encoding, an evaluation each: half of what `diagnose` takes. */
export const CODE_STEPS = 10;

/** Noise levels, in the prior's range. */
export const WORLD_SIGMAS: readonly number[] = [0.1, 0.3, 1];
/** Streams of noise, away from those of solvers (samplers/streams.ts). */
const [NOISE, PROBE] = [1 << 21, (1 << 21) + 1];
/** Of a finite difference, in σ. */
const STEP = 0.1;
/** Slices that are looked at. */
const MOST_SLICES = 2;

/** Slices spread evenly, away from the ends: 2 of 9 are 3 and 6. */
export const evenSlices = (of: number, most = MOST_SLICES): number[] =>
  [...new Set(Array.from({ length: Math.min(of, most) }, (_, i) => Math.floor(((i + 1) * of) / (Math.min(of, most) + 1))))].map((k) =>
    Math.min(k, of - 1),
  );

/** A few slices of an image, C order. */
export function takeSlices(image: Float32Array, domain: Space, slices: readonly number[]): Float32Array {
  const size = sliceSize(domain) * componentsOf(domain);
  const out = new Float32Array(slices.length * size);
  slices.forEach((k, n) => out.set(image.subarray(k * size, (k + 1) * size), n * size));
  return out;
}

/** Fields that the question takes, of these slices. */
const WORLD_FIELDS = 5;
const worldSpace = (domain: Space): Space => ({ ...domain, shape: [evenSlices(slicesOf(domain)).length, ...domain.shape.slice(1)] });
const sliceSpace = (domain: Space): Space => ({ ...domain, shape: [1, ...domain.shape.slice(1)] });

/** What the question takes: fields of the slices that are looked at, then of the one that is encoded. */
export const worldMemory = (domain: Space): { readonly space: Space; readonly fields: number }[] => [
  { space: worldSpace(domain), fields: WORLD_FIELDS },
  { space: sliceSpace(domain), fields: CODE_FIELDS },
];

/**
 * Does a prior know these images? Noise of known strength is added and taken away again: the error that is left is what Stein's unbiased
 * estimate would tell without the image, and σ² tr J/n is what an ideal denoiser makes of images of its own world, where both agree
 * (Miyasawa 1961; Efron 2011). Three evaluations a level; tr J by one probe of ±1 and a difference, or the prior's derivative. Then the
 * middle slice is encoded: ten evaluations of it.
 *
 * @param image in the prior's range, as the solver has it
 */
export async function worldOf(prior: Prior, image: Float32Array, domain: Space, backend: Backend): Promise<WorldFound> {
  const chosen = evenSlices(slicesOf(domain));
  const space = worldSpace(domain);
  const values = takeSlices(image, domain, chosen);
  const n = values.length;
  const fields: Field[] = Array.from({ length: WORLD_FIELDS }, () => backend.field(space));
  const [x, noise, probe, there, back] = fields;
  const levels: LevelFound[] = [];
  try {
    await backend.write(x, values);
    for (const [step, sigma] of WORLD_SIGMAS.entries()) {
      backend.noise(noise, { seed: 0, step, stream: NOISE });
      backend.lincomb(noise, [1, x], [sigma, noise]);
      prior.denoise(noise, sigma, there);
      backend.lincomb(there, [1, there], [-1, x]);
      const error = await product(backend, there, there);
      backend.noise(probe, { seed: 0, step, stream: PROBE });
      if (prior.vjp) prior.vjp(noise, sigma, probe, there);
      else {
        backend.lincomb(back, [1, noise], [STEP * sigma, probe]);
        prior.denoise(back, sigma, there);
        backend.lincomb(back, [1, noise], [-STEP * sigma, probe]);
        prior.denoise(back, sigma, back);
        backend.lincomb(there, [0.5 / (STEP * sigma), there], [-0.5 / (STEP * sigma), back]);
      }
      const trace = await product(backend, probe, there);
      levels.push({ sigma, error: error / n, belief: (sigma ** 2 * trace) / n });
    }
  } finally {
    for (const field of fields) field.dispose();
  }
  const middle = evenSlices(slicesOf(domain), 1);
  const [code] = await codeNorms(prior, takeSlices(image, domain, middle), sliceSpace(domain), backend, CODE_STEPS);
  const object = objectValues(values, componentsOf(domain));
  return { levels, quantiles: quantilesOf(object), spread: spreadOf(object), code };
}

async function product(backend: Backend, a: Field, b: Field): Promise<number> {
  const scalars = backend.dot(a, b, 'volume');
  const [value] = await backend.readScalars(scalars);
  scalars.dispose();
  return value;
}

/** ln of error over belief: 0 in the prior's own world. Of a belief that is none, large. */
export const surpriseOf = ({ error, belief }: LevelFound): number => (belief > 0 ? Math.log(error / belief) : 10);

/** In the manifest: is this the world of the prior? */
export interface WorldRecord extends WorldFound {
  /** False where something is unlike what the prior was trained on. */
  readonly known: boolean;
  /** What is unlike, in words. */
  readonly unlike: readonly string[];
  /** The largest error over belief, and the largest that is usual. */
  readonly surprise: number;
  readonly usual: number;
  /** The longest code that is usual, where the card says. */
  readonly usualCode?: number;
}

/**
 * How far beyond what training images have is still no sign: ln of errors over beliefs, values in the prior's range, ln of spreads (medians
 * of 7 × 7 pixels narrow those of MR images by up to .52), lengths of codes.
 */
const MARGIN = { surprise: 0.3, value: 0.06, spread: 0.6, code: 0.02 };

/** Below this share values hang on how much air and lung an image happens to show. */
const LEAST_SHARE = 0.75;

/** Codes are at most this long where no card says, to a few percent: of 20 steps of `ct`, the only ones measured (docs/lab/trust.md). */
const USUAL_CODE = 1.06;

/** The longest code that is no sign, in σ√n: of the card, where it was measured with as many steps. */
export const longestCode = (world: World | undefined, steps: number): number =>
  world?.code?.steps === steps ? world.code.most + MARGIN.code : USUAL_CODE;

/** What was found against what is on the card. */
export function judgeWorld(found: WorldFound, world: World): WorldRecord {
  const { levels, quantiles, spread, code } = world;
  const unlike: string[] = [];
  const over = found.levels.flatMap((level) => {
    const own = levels.find(({ sigma }) => sigma === level.sigma);
    return own ? [{ ...level, excess: surpriseOf(level) - own.surprise }] : [];
  });
  const worst = over.reduce((a, b) => (b.excess > a.excess ? b : a), over[0]);
  const surprise = Math.exp(surpriseOf(worst));
  const usual = Math.exp(surpriseOf(worst) - worst.excess);
  if (worst.excess > MARGIN.surprise) {
    unlike.push(
      `taking noise of σ ${worst.sigma} from them it errs ${surprise.toPrecision(2)} times as much as it believes (mean square; at most ` +
        `${usual.toPrecision(2)} times on images of its training)`,
    );
  }
  const far = quantiles.flatMap(({ share, least, most }, n) => {
    const value = found.quantiles[n];
    if (value === undefined || share < LEAST_SHARE) return [];
    return [{ share, least, most, value, excess: Math.max(least - value, value - most) }];
  });
  const farthest = far.reduce((a, b) => (b.excess > a.excess ? b : a), far[0] ?? { excess: 0 });
  if (far.length > 0 && farthest.excess > MARGIN.value) {
    const { share, value, least, most } = farthest;
    unlike.push(
      `${(100 * share).toFixed(0)} % of the object’s values lie below ${value.toPrecision(2)} of its range (${least.toPrecision(2)} to ` +
        `${most.toPrecision(2)} on images of its training): is the scale right?`,
    );
  }
  if (spread !== undefined && found.spread !== undefined && found.spread < spread.least * Math.exp(-MARGIN.spread)) {
    const [own, least] = [found.spread, spread.least].map((s) => (100 * Math.expm1(s)).toPrecision(2));
    unlike.push(`half of the object’s values lie within ${own} % of each other (at least ${least} % on images of its training)`);
  }
  if (code && found.code > longestCode(world, code.steps)) {
    unlike.push(`their code is ${found.code.toPrecision(3)} times as long as noise (at most ${code.most.toPrecision(3)} times)`);
  }
  return { ...found, known: unlike.length === 0, unlike, surprise, usual, ...(code && { usualCode: code.most }) };
}

/** @example worldText('ct', record) // 'this prior does not know such images: …' */
export function worldText(prior: string, { known, unlike, surprise, usual, code, usualCode }: WorldRecord): string {
  if (!known) return `this prior does not know such images: ${unlike.join('; ')}`;
  const codes =
    usualCode === undefined
      ? ''
      : `, and their code is ${code.toPrecision(3)} times as long as noise (at most ${usualCode.toPrecision(3)} times)`;
  return (
    `the prior '${prior}' finds such images usual: taking noise from them it errs ${surprise.toPrecision(2)} times as much as it ` +
    `believes (mean square; at most ${usual.toPrecision(2)} times on images of its training)${codes}`
  );
}
