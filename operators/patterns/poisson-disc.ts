import { drawable, ones, uniforms } from './draws.js';
import { ellipticalRadius, type MaskPattern, type PatternRequest } from './pattern.js';

/** The least growth a: a radius half as large again at the edges as at DC. */
const LEAST_GROWTH = 0.5;

/** Bisections of a or r₀: the bracket ends up narrower than 1e-5 of its value. */
const ROUNDS = 24;

/**
 * Variable-density Poisson disc. Every point p has a radius r(p) = r₀ (1 + aρ(p)), in samples, with ρ the distance from DC (1 at the
 * edges); two points are never closer than the larger of their radii: |p − q| ≥ max(r(p), r(q)). Only points of the calibration region are
 * closer to each other. With r₀ = 1 the growth a is the largest that leaves place for as many points as were asked; where even a = ½ does
 * not (accelerations below about 3), a = ½ and r₀ < 1 is found instead, and everything is sampled where r < 1.
 *
 * Darts are thrown (Cook, ACM Trans. Graph. 5 (1986) 51) at all points of k-space once, in random order, so that no place is left for
 * another one: what Bridson's annuli (SIGGRAPH 2007) find among real numbers, a Cartesian grid lets us find exactly. a and r₀ are found by
 * bisection with the same order of darts; throwing stops when the points are there.
 */
export const poissonDisc: MaskPattern = {
  name: 'poisson',
  summary: 'variable-density Poisson disc in (ky, kx)',
  dimensions: 2,
  draw(request) {
    const { shape, count, allowed, calibration, seed, slice } = request;
    const candidates = drawable(allowed, calibration);
    if (ones(allowed) === count) return Uint8Array.from(allowed);
    const keys = uniforms(candidates.length, seed, slice);
    const order = [...candidates.keys()].sort((a, b) => keys[a] - keys[b]).map((n) => candidates[n]);
    const rho = Float64Array.from({ length: shape[0] * shape[1] }, (_, at) =>
      ellipticalRadius(shape, Math.floor(at / shape[1]), at % shape[1]),
    );
    const draw = (r0: number, growth: number): Uint8Array<ArrayBuffer> | undefined => {
      const radii = rho.map((distance) => r0 * (1 + growth * distance));
      const slope = (r0 * growth) / (Math.min(...shape) / 2);
      const mask = throwDarts(request, radii, slope, order);
      return ones(mask) === count ? mask : undefined;
    };
    const least = draw(1, LEAST_GROWTH);
    return least
      ? largest((growth) => draw(1, growth), LEAST_GROWTH, 2 * Math.max(...shape), least)
      : largest((r0) => draw(r0, LEAST_GROWTH), 0.5 / (1 + LEAST_GROWTH * Math.SQRT2), 1, Uint8Array.from(allowed));
  },
};

/** The mask of the largest value that has one, by bisection; `mask` is that of `low`. */
function largest(
  draw: (value: number) => Uint8Array<ArrayBuffer> | undefined,
  low: number,
  high: number,
  mask: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  for (let round = 0; round < ROUNDS; round++) {
    const middle = Math.sqrt(low * high);
    const drawn = draw(middle);
    if (drawn) [low, mask] = [middle, drawn];
    else high = middle;
  }
  return mask;
}

/**
 * Points that keep their distance: the first that fit in the given order, and no more than asked.
 * @param slope the most by which the radius changes from one sample to the next
 */
function throwDarts(
  { shape: [ny, nx], count, calibration }: PatternRequest,
  radii: Float64Array,
  slope: number,
  order: readonly number[],
): Uint8Array<ArrayBuffer> {
  const mask = Uint8Array.from(calibration);
  const taken = Uint8Array.from(calibration);
  const occupy = (at: number): void => {
    const own = radii[at];
    // a point farther than this has a radius smaller than its distance
    const reach = slope < 0.9 ? Math.floor(own / (1 - slope)) : Math.max(ny, nx);
    const [y, x] = [Math.floor(at / nx), at % nx];
    for (let j = Math.max(0, y - reach); j <= Math.min(ny - 1, y + reach); j++) {
      for (let i = Math.max(0, x - reach); i <= Math.min(nx - 1, x + reach); i++) {
        const radius = Math.max(own, radii[j * nx + i]);
        if ((j - y) ** 2 + (i - x) ** 2 < radius * radius) taken[j * nx + i] = 1;
      }
    }
  };
  calibration.forEach((one, at) => {
    if (one) occupy(at);
  });
  let left = count - ones(calibration);
  for (let n = 0; n < order.length && left > 0; n++) {
    if (taken[order[n]]) continue;
    mask[order[n]] = 1;
    occupy(order[n]);
    left--;
  }
  return mask;
}
