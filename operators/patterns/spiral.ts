import { SlicewiseError } from '../../core/errors.js';
import { ones, uniforms } from './draws.js';
import { centreOf, type MaskPattern, type PatternRequest } from './pattern.js';

/** k(τ) ∝ τ^α: the centre is sampled more densely for α > 1. */
const ALPHA = 2;

/** Interleaves: the most of these that leave each arm a full turn. */
const ARMS = [16, 8, 4, 2, 1];
const ROUNDS = 24;

/**
 * Spiral-like Cartesian sampling: the grid points nearest to interleaved variable-density spirals k(τ) = k_max τ² e^{i(2πTτ + φ_j)}, τ in
 * [0, 1] (Kim, Adalsteinsson and Spielman, MRM 50 (2003) 214, with α = 2), out to the corners. The number of turns T is the smallest, by
 * bisection, that has as many points as were asked; what is too many is left out at the outer ends.
 */
export const spiral: MaskPattern = {
  name: 'spiral',
  summary: 'grid points along interleaved variable-density spirals in (ky, kx)',
  dimensions: 2,
  draw(request) {
    const { shape, count, allowed, seed, slice } = request;
    if (ones(allowed) === count) return Uint8Array.from(allowed);
    const [phase] = uniforms(1, seed, slice);
    const draw = (arms: number, turns: number): Uint8Array<ArrayBuffer> => wind(request, arms, turns, phase);
    const arms = ARMS.find((n) => ones(draw(n, 1)) < count);
    // windings a quarter of a sample apart at the corners reach all points that windings can
    const most = arms && (4 * ALPHA * Math.max(...shape)) / Math.SQRT2 / arms;
    let best = arms && most && draw(arms, most);
    if (!arms || !most || !best || ones(best) < count) throw impossible(count, best ? ones(best) : undefined);
    let [low, high] = [1, most];
    for (let round = 0; round < ROUNDS; round++) {
      const middle = Math.sqrt(low * high);
      const drawn = draw(arms, middle);
      if (ones(drawn) === count) [high, best] = [middle, drawn];
      else low = middle;
    }
    return best;
  },
};

/** All arms from DC outwards together, until there are `count` points. */
function wind(
  { shape: [ny, nx], count, calibration, allowed }: PatternRequest,
  arms: number,
  turns: number,
  phase: number,
): Uint8Array<ArrayBuffer> {
  const mask = Uint8Array.from(calibration);
  let left = count - ones(calibration);
  const reach = Math.SQRT1_2; // of the axes: to the corners
  // |dk/dτ| is at most this many samples: no step is longer than half a sample
  const steps = Math.ceil(2 * reach * Math.max(ny, nx) * (ALPHA + 2 * Math.PI * turns));
  for (let step = 0; step <= steps && left > 0; step++) {
    const tau = step / steps;
    const radius = reach * tau ** ALPHA;
    for (let arm = 0; arm < arms && left > 0; arm++) {
      const angle = 2 * Math.PI * (turns * tau + (arm + phase) / arms);
      const y = centreOf(ny) + Math.round(radius * ny * Math.sin(angle));
      const x = centreOf(nx) + Math.round(radius * nx * Math.cos(angle));
      const at = y * nx + x;
      if (y < 0 || y >= ny || x < 0 || x >= nx || mask[at] || !allowed[at]) continue;
      mask[at] = 1;
      left--;
    }
  }
  return mask;
}

const impossible = (count: number, reached: number | undefined): SlicewiseError =>
  new SlicewiseError('ARGUMENT', {
    message: reached === undefined ? 'too few points for a turn of a spiral' : 'spirals cannot reach so many points',
    expected: reached === undefined ? 'more points' : `at most ${reached} points`,
    got: `${count}`,
    hint: `ask for a ${reached === undefined ? 'lower acceleration or fewer calibration lines' : 'higher acceleration'}, or another mask`,
  });
