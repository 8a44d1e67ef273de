import type { SimulateCtOptions } from '../../src/index.js';

/** The scans of bench/chest-table. */
export const CASES: { readonly [name: string]: SimulateCtOptions } = {
  parallel: { views: 20 },
  limited: { views: 90, arc: 90 },
  fan: { geometry: 'fan', views: 20 },
  cone: { geometry: 'cone', views: 20 },
};

export const TITLES: { readonly [name: string]: string } = {
  parallel: 'Parallel beam, 20 views over 180°',
  limited: 'Parallel beam, limited angle: 90 views over 90°',
  fan: 'Fan beam, 20 views over 360°',
  cone: 'Cone beam, 20 views over 360°',
};

export interface Row {
  readonly name: string;
  readonly label: string;
  readonly method: string;
  readonly options?: object;
  /** One of several weights, of which the best is shown. */
  readonly sweep?: boolean;
  readonly pictured?: boolean;
}

/** λ of total variation in unit-norm units; ρ follows it (threshold λ/ρ as the method's default). */
const WEIGHTS = [5e-5, 1e-4, 2e-4, 3e-4, 5e-4, 1e-3];

export const ROWS: readonly Row[] = [
  { name: 'fbp', label: 'FBP / FDK', method: 'fbp', pictured: true },
  { name: 'sirt', label: 'SIRT', method: 'sirt' },
  ...WEIGHTS.map((lambda) => ({
    name: `tv-${lambda}`,
    label: `ADMM-TV λ ${lambda}`,
    method: 'admm-tv',
    options: { lambda, iterations: 100 },
    sweep: true,
    pictured: true,
  })),
  { name: 'dds-20', label: 'DDS, 20 steps', method: 'dds', options: { steps: 20 } },
  { name: 'dds-50', label: 'DDS, 50 steps', method: 'dds', options: { steps: 50 }, pictured: true },
  {
    name: 'mbir-100',
    label: 'DiffusionMBIR, 100 steps from σ 1',
    method: 'diffusion-mbir',
    options: { steps: 100, sigmaMax: 1 },
    pictured: true,
  },
];
