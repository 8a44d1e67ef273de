import type { SimulateCtOptions } from '../../src/index.js';
import type { NamedPrior } from './priors.js';
import type { TableCase } from './recon-table.js';

/** A scan, and how total variation is tuned for it. */
export interface Case {
  readonly title: string;
  readonly scan: SimulateCtOptions;
  /** λ in unit-norm units to begin with, about the best one; the table goes on beyond either end while that is better. */
  readonly weights: readonly number[];
  /** Outer ADMM iterations. */
  readonly iterations: number;
}

/**
 * Iterations: until PSNR hardly rises. On slices 36 to 39 of the chest, near the best λ, 100, 300 and 600 gave 20.93, 21.44 and 21.50 dB
 * with 8 views and 24.26, 24.59 and 24.62 with 20; on slice 36 alone 60 views gave 28.91 and 28.98 after 100 and 300, the limited angle
 * 20.74, 21.20 and 21.29 after 100, 300 and 400.
 */
export const CASES: { readonly [name: string]: Case } = {
  'parallel-8': {
    title: 'Parallel beam, 8 views over 180°',
    scan: { views: 8 },
    weights: [3e-4, 5e-4, 8e-4],
    iterations: 300,
  },
  parallel: {
    title: 'Parallel beam, 20 views over 180°',
    scan: { views: 20 },
    weights: [5e-5, 1e-4, 1.5e-4, 2e-4, 4e-4],
    iterations: 300,
  },
  'parallel-60': {
    title: 'Parallel beam, 60 views over 180°',
    scan: { views: 60 },
    weights: [2.5e-5, 5e-5, 1e-4],
    iterations: 200,
  },
  limited: {
    title: 'Parallel beam, limited angle: 90 views over 90°',
    scan: { views: 90, arc: 90 },
    weights: [5e-5, 1e-4, 2e-4],
    iterations: 400,
  },
  fan: {
    title: 'Fan beam, 20 views over 360°',
    scan: { geometry: 'fan', views: 20 },
    weights: [5e-5, 1e-4, 1.5e-4, 2e-4, 4e-4],
    iterations: 300,
  },
  cone: {
    title: 'Cone beam, 20 views over 360°',
    scan: { geometry: 'cone', views: 20 },
    weights: [1e-4, 2e-4, 4e-4],
    iterations: 300,
  },
};

/** The cases of these names, photon noise 1e5 and seed 1, with total variation tuned as they say or as `tuning` does. */
export const casesOf = (
  names: readonly string[],
  tuning: Partial<Pick<Case, 'weights' | 'iterations'>> = {},
): TableCase<SimulateCtOptions>[] =>
  names.map((name) => {
    if (!(name in CASES)) throw new Error(`no case '${name}': one of ${Object.keys(CASES).join(', ')}`);
    const { title, scan, weights, iterations } = { ...CASES[name], ...tuning };
    const tv = {
      title: `λ with ${iterations} iterations`,
      values: weights,
      row: (lambda: number) => tvRow(lambda, iterations),
    };
    return { name, title, scan: { ...scan, photons: 1e5, seed: 1 }, sweeps: [tv] };
  });

/** A method with its options, the line of a table. */
export interface Row {
  readonly name: string;
  readonly label: string;
  readonly method: string;
  readonly options?: object;
  /** λ in multiples of the root mean square of Aᴴy, which only the run knows. */
  readonly relativeLambda?: number;
  /** Name of the zoo, or path of a card. */
  readonly prior?: string;
  /** Of the prior's weights: a stored result of others is not this row's. */
  readonly sha256?: string;
  /** Its name in the montage; without one it has no picture. */
  readonly picture?: string;
}

/** What scans of these cases are, for default options. */
export const CT_DATA = { kind: 'radon.parallel', noise: { type: 'poisson', photons: 1e5 } } as const;

/** ρ follows λ (threshold λ/ρ as the method's default). */
export const tvRow = (lambda: number, iterations: number): Row => ({
  name: `tv-${lambda}-${iterations}`,
  label: `ADMM-TV λ ${lambda}`,
  method: 'admm-tv',
  options: { lambda, iterations },
  picture: 'ADMM-TV',
});

export const FBP: Row = { name: 'fbp', label: 'FBP / FDK', method: 'fbp', picture: 'FBP' };
export const SIRT: Row = { name: 'sirt', label: 'SIRT', method: 'sirt' };

/** DDS with its default preset but for the number of evaluations. */
export const ddsRow = (prior: NamedPrior, steps: number, pictured: boolean): Row => ({
  name: `dds-${steps}-${prior.name}`,
  label: `DDS \`${prior.name}\`, ${steps} evaluations`,
  method: 'dds',
  options: { steps },
  prior: prior.spec,
  sha256: prior.card.sha256,
  ...(pictured && { picture: `${prior.name}, ${steps}` }),
});

export const mbirRow = (prior: NamedPrior): Row => ({
  name: `mbir-100-${prior.name}`,
  label: `DiffusionMBIR \`${prior.name}\`, 100 steps from σ 1`,
  method: 'diffusion-mbir',
  options: { steps: 100, sigmaMax: 1 },
  prior: prior.spec,
  sha256: prior.card.sha256,
  picture: 'MBIR, 100',
});
