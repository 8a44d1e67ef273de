/** Steps of a value, in octaves: from the best in these until both sides of it are worse, then on both sides at the next. */
const STEPS = [2, 1];
/** Steps of the first size on one side, at most: as far as 64 times the value that it begins with. */
const FARTHEST = 3;
/** Values tried beside the first, where it is not far from the best. */
export const RUNS = 2 * STEPS.length + 1;

/** A value and how it did, the larger the better. */
export interface Tried {
  readonly value: number;
  readonly score: number;
}

/**
 * The best value above 0 that a search meets: from `start` in steps of a factor 4 until the values on both sides of the best do worse, then
 * a factor 2 on both sides, then where a parabola through the best three, over the logarithm, has its top.
 * @param at how a value does, the larger the better; undefined where it cannot be told
 * @param allow the value next to one that is one; default itself
 */
export async function searchValue(
  start: Tried,
  at: (value: number) => Promise<number | undefined>,
  allow: (value: number) => number = (value) => value,
): Promise<Tried> {
  const known = new Map<number, number | undefined>([[start.value, start.score]]);
  const best = (): Tried => told(known).reduce((a, one) => (one.score > a.score ? one : a), start);
  const beside = async (octaves: number): Promise<void> => {
    const { value } = best();
    for (const wanted of [value * 2 ** octaves, value / 2 ** octaves]) {
      const other = allow(wanted);
      const near = [...known.keys()].some((v) => Math.abs(Math.log2(other / v)) < octaves / 8);
      if (!near) known.set(other, await at(other));
    }
  };
  for (const octaves of STEPS) {
    for (let step = 0, before = NaN; step < (octaves === STEPS[0] ? FARTHEST : 1) && best().value !== before; step++) {
      before = best().value;
      await beside(octaves);
    }
  }
  const top = topOf(told(known), best());
  const value = top === undefined ? start.value : allow(top);
  if (!known.has(value)) known.set(value, await at(value));
  return best();
}

const told = (known: ReadonlyMap<number, number | undefined>): Tried[] =>
  [...known].flatMap(([value, score]) => (score === undefined ? [] : [{ value, score }]));

/** Where the parabola through the best value and its neighbours on both sides, over the logarithm, has its top. */
function topOf(tried: readonly Tried[], best: Tried): number | undefined {
  const sorted = [...tried].sort((a, b) => a.value - b.value);
  const n = sorted.findIndex(({ value }) => value === best.value);
  if (n < 1 || n > sorted.length - 2) return undefined;
  const [left, right] = [sorted[n - 1], sorted[n + 1]];
  const [l, r] = [Math.log(left.value / best.value), Math.log(right.value / best.value)];
  const [dl, dr] = [left.score - best.score, right.score - best.score];
  // of b x + c x² through (l, dl) and (r, dr), both ≤ 0
  const curvature = (dr / r - dl / l) / (r - l);
  return curvature < 0 ? best.value * Math.exp(-(dl / l - curvature * l) / (2 * curvature)) : undefined;
}

/** Factors of a value that are tried beside it, one round after another: each round goes on from the best. */
const ROUNDS = [4, 2, Math.SQRT2];

/**
 * The same where scores are so noisy that the top of a parabola would follow the noise: values on both sides at a factor 4, as long as that
 * leads on, then 2 and √2, and one is left for another that does better by `gain` alone.
 */
export async function searchInRounds(
  start: Tried,
  at: (value: number) => Promise<number | undefined>,
  allow: (value: number) => number,
  gain: number,
): Promise<Tried> {
  let best = start;
  const known = new Set([start.value]);
  for (const factor of ROUNDS) {
    for (let step = 0, before = NaN; step < (factor === ROUNDS[0] ? FARTHEST : 1) && best.value !== before; step++) {
      before = best.value;
      for (const value of [before * factor, before / factor].map(allow)) {
        const score = known.has(value) ? undefined : await at(value);
        known.add(value);
        if (score !== undefined && score >= best.score + gain) best = { value, score };
      }
    }
  }
  return best;
}
