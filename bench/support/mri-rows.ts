import type { SimulateMriOptions } from '../../src/index.js';
import type { TableCase, TunedMethod } from './recon-table.js';
import type { Row } from './table-rows.js';

/** What scans of these cases are, for default options. */
export const MR_DATA = { kind: 'fourier.cartesian', noise: { type: 'gaussian', std: 1 } } as const;

export const ZERO_FILLED: Row = {
  name: 'zero-filled',
  label: 'zero-filled',
  method: 'zero-filled',
  picture: 'zero-filled',
};

/** λ relative to ‖A‖² = 1. */
export const senseRow = (lambda: number): Row => ({
  name: `sense-${lambda}`,
  label: `CG-SENSE λ ${lambda}`,
  method: 'sense',
  options: { lambda },
});

/** λ in multiples of the root mean square of Aᴴy. */
export const waveletRow = (relativeLambda: number): Row => ({
  name: `wavelet-${relativeLambda}`,
  label: `CS-wavelet λ ${relativeLambda}`,
  method: 'cs-wavelet',
  relativeLambda,
});

/** λ in multiples of the root mean square of Aᴴy. */
export const tvRow = (relativeLambda: number, axes: 'xy' | '3d' = 'xy'): Row => ({
  name: `tv-${axes}-${relativeLambda}`,
  label: `CS-TV${axes === '3d' ? ' 3-D' : ''} λ ${relativeLambda}`,
  method: 'cs-tv',
  options: { axes },
  relativeLambda,
  ...(axes === 'xy' && { picture: 'CS-TV' }),
});

/** What is tuned, from about the best values on the brain. */
const tuned = (sense: number, wavelet: number, tv: number): TunedMethod[] => {
  const around = (value: number): number[] => [value / 2, value, 2 * value].map((v) => Number(v.toPrecision(3)));
  return [
    { title: 'CG-SENSE over λ/‖A‖²', values: around(sense), row: senseRow },
    { title: 'CS-wavelet over λ/rms(Aᴴy)', values: around(wavelet), row: waveletRow },
    { title: 'CS-TV over λ/rms(Aᴴy)', values: around(tv), row: (lambda) => tvRow(lambda) },
    { title: 'CS-TV 3-D over λ/rms(Aᴴy)', values: around(tv), row: (lambda) => tvRow(lambda, '3d') },
  ];
};

/** Lines of a 2-D acquisition; points of a 3-D one, whose readout runs along the slices. */
export const MRI_CASES: readonly TableCase<SimulateMriOptions>[] = [
  { name: 'random-4', title: '2-D acquisition, random lines ×4', scan: { mask: 'random', accel: 4 }, sweeps: tuned(0.02, 0.01, 0.01) },
  { name: 'poisson-4', title: '3-D acquisition, Poisson disc ×4', scan: { mask: 'poisson', accel: 4 }, sweeps: tuned(0.02, 0.01, 0.02) },
  { name: 'poisson-8', title: '3-D acquisition, Poisson disc ×8', scan: { mask: 'poisson', accel: 8 }, sweeps: tuned(0.02, 0.01, 0.02) },
];
