import { percentileInPlace } from '../../metrics/errors.js';

/** Values above this part of the prior's range are the object, not air. */
export const ABOVE = 0.05;
/** Shares of the object's values below its quantiles. */
export const SHARES: readonly number[] = [0.1, 0.25, 0.5, 0.75, 0.9];

/** The object's values of an image in the prior's range, of moduli where it is complex (interleaved). In no order. */
export function objectValues(values: Float32Array, components: 1 | 2): Float32Array {
  const sizes =
    components === 1 ? values : Float32Array.from({ length: values.length / 2 }, (_, i) => Math.hypot(values[2 * i], values[2 * i + 1]));
  return sizes.filter((v) => v > ABOVE);
}

/** At `SHARES`; empty where there is no object. */
export const quantilesOf = (object: Float32Array): number[] =>
  object.length === 0 ? [] : SHARES.map((share) => percentileInPlace(object.slice(), 100 * share));

/**
 * How uniform the object is: ln b/a of the narrowest range a … b that holds half of its values, 0 where half of them are one value. No
 * matter what the values are multiplied by. Undefined where there is no object.
 */
export function spreadOf(object: Float32Array): number | undefined {
  if (object.length === 0) return undefined;
  const sorted = object.slice().sort();
  const half = Math.ceil(object.length / 2) - 1;
  let least = Infinity;
  for (let i = 0; i + half < sorted.length; i++) least = Math.min(least, Math.log(sorted[i + half] / sorted[i]));
  return least;
}
