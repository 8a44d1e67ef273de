import { SlicewiseError } from '../../core/errors.js';

/**
 * Noise levels σ_0 > σ_1 > … > σ_{N−1} > σ_N = 0 in the notation x = x₀ + σn: N levels at which the denoiser is asked, then 0.
 */
export type Schedule = readonly number[];

/**
 * σ_i = σ_max (σ_min/σ_max)^{i/(N−1)}, i = 0 … N−1, then 0. With 378 → 0.01 and N = 2000 the variance-exploding schedule of
 * DiffusionMBIR (Chung et al., CVPR 2023). One step is σ_max, 0.
 */
export function geometricSchedule(steps: number, sigmaMax: number, sigmaMin: number): Schedule {
  if (!(sigmaMax > 0 && sigmaMin > 0 && sigmaMin <= sigmaMax)) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'noise levels must fall',
      expected: '0 < sigmaMin ≤ sigmaMax',
      got: `sigmaMin ${sigmaMin}, sigmaMax ${sigmaMax}`,
    });
  }
  const sigmas = Array.from({ length: steps }, (_, i) => sigmaMax * (sigmaMin / sigmaMax) ** (i / (steps - 1 || 1)));
  if (steps > 1) sigmas[steps - 1] = sigmaMin; // exact, so that a card's limit is met and not missed by rounding
  return [...sigmas, 0];
}

/** The schedule with its last level before 0 repeated, so that the denoiser is asked `times` times there. */
export const withTail = (schedule: Schedule, times: number): Schedule => [
  ...schedule.slice(0, -1),
  ...new Array<number>(times - 1).fill(schedule[schedule.length - 2]),
  0,
];

/** ᾱ_t of the linear β schedule of DDPM: β = linspace(1e-4, 0.02, 1000), ᾱ_t = Π_{s ≤ t}(1 − β_s). */
function ddpmAlphaBar(): Float64Array {
  const out = new Float64Array(1000);
  let product = 1;
  for (let t = 0; t < 1000; t++) {
    product *= 1 - (1e-4 + ((0.02 - 1e-4) * t) / 999);
    out[t] = product;
  }
  return out;
}

/**
 * The variance-preserving grid of DDS (Chung et al., ICLR 2024): t = 0, k, 2k, … < 1000 with k = ⌊1000/N⌋, run downwards,
 * σ = √((1 − ᾱ)/ᾱ), then 0. N = 49 gives 50 levels, 99 gives 100, as in the released code.
 */
export function ddsSchedule(steps: number): Schedule {
  if (steps > 1000) {
    throw new SlicewiseError('ARGUMENT', {
      message: "the 'vp' schedule has 1000 levels",
      expected: 'steps ≤ 1000',
      got: `${steps}`,
    });
  }
  const alphaBar = ddpmAlphaBar();
  const stride = Math.floor(1000 / steps);
  const sigmas: number[] = [];
  for (let t = 0; t < 1000; t += stride) sigmas.push(Math.sqrt((1 - alphaBar[t]) / alphaBar[t]));
  return [...sigmas.reverse(), 0];
}

/**
 * σ_i = (σ_max^{1/ρ} + i/(N−1) (σ_min^{1/ρ} − σ_max^{1/ρ}))^ρ, then 0, with ρ = 7 (Karras et al. 2022, eq. 5). One step is σ_max, 0.
 */
export function edmSchedule(steps: number, sigmaMax: number, sigmaMin: number): Schedule {
  const geometric = geometricSchedule(steps, sigmaMax, sigmaMin); // for its checks and its ends
  const [high, low] = [sigmaMax ** (1 / 7), sigmaMin ** (1 / 7)];
  return geometric.map((sigma, i) => (i > 0 && i < steps - 1 ? (high + (i / (steps - 1)) * (low - high)) ** 7 : sigma));
}

/**
 * Levels that are equidistant in the time of a rectified flow x_t = (1 − t)x₀ + t n, σ = t/(1 − t): t = t_0 (N − i)/N, i = 0 … N − 1, then
 * 0, from σ_max = t_0/(1 − t_0).
 */
export function flowSchedule(steps: number, sigmaMax: number): Schedule {
  const first = sigmaMax / (1 + sigmaMax);
  return Array.from({ length: steps + 1 }, (_, i) => {
    const t = (first * (steps - i)) / steps;
    return i === 0 ? sigmaMax : t / (1 - t);
  });
}

/**
 * DiffPIR's grid (Zhu et al. 2023, its released code): t = ⌊√(i T²/(N − 1))⌋, i = 0 … N − 1, of the T = 1000 steps of DDPM, the last of
 * them T − 1, run downwards, then 0.
 * @throws SlicewiseError ARGUMENT for more levels than it has apart
 */
export function quadraticSchedule(steps: number): Schedule {
  if (steps > 500) {
    throw new SlicewiseError('ARGUMENT', { message: "the 'quadratic' schedule has 500 levels", expected: 'steps ≤ 500', got: `${steps}` });
  }
  const alphaBar = ddpmAlphaBar();
  const times = Array.from({ length: steps }, (_, i) => Math.min(999, Math.floor(Math.sqrt((1e6 * i) / (steps - 1)))));
  return [...(steps === 1 ? [999] : times).reverse().map((t) => Math.sqrt((1 - alphaBar[t]) / alphaBar[t])), 0];
}

/** The prior denoises at every level of the schedule. @throws SlicewiseError SIGMA_RANGE naming the schedule's and the prior's range */
export function requireInRange(schedule: Schedule, prior: { name: string; sigmaMin: number; sigmaMax: number }): void {
  const high = schedule[0];
  const low = schedule[schedule.length - 2];
  if (high <= prior.sigmaMax && low >= prior.sigmaMin) return;
  throw new SlicewiseError('SIGMA_RANGE', {
    message: `the noise schedule leaves the range of prior '${prior.name}'`,
    expected: `σ within [${prior.sigmaMin}, ${prior.sigmaMax}]`,
    got: `σ from ${Number(high.toPrecision(6))} down to ${Number(low.toPrecision(6))}`,
    hint: 'set sigmaMax and sigmaMin within that range, or start from a classical reconstruction, which needs no high noise level',
  });
}
