import { placed } from '../../core/placement.js';
import { sizeOf } from '../../core/space.js';
import type { LinearOperator } from '../../operators/operator.js';

/** Slices, and the image of a slice: not square. */
export const SLICES = 22;
const [rows, columns, pixel] = [28, 22, 1.5];

const BUMPS = [
  { mu: 0.03, centre: [3, -4, 1], widths: [5, 7, 4] },
  { mu: 0.02, centre: [-6, 7, -2], widths: [3, 4, 3] },
  { mu: -0.01, centre: [4, 5, 2], widths: [3, 3, 5] },
];

/** ∫ blob dl along the whole line through `point`: of exp(−|q + t·e|²) it is √π/|e| · exp(−(|q|² − (q·e)²/|e|²)). */
export function lineIntegral(point: readonly number[], direction: readonly number[]): number {
  const length = Math.hypot(...direction);
  return BUMPS.reduce((sum, { mu, centre, widths }) => {
    const q = point.map((x, n) => (x - centre[n]) / widths[n]);
    const e = direction.map((x, n) => x / length / widths[n]);
    const [qq, qe, ee] = [q, e, e].map((a, n) => a.reduce((all, x, i) => all + x * [q, q, e][n][i], 0));
    return sum + ((mu * Math.sqrt(Math.PI)) / Math.sqrt(ee)) * Math.exp(-(qq - qe ** 2 / ee));
  }, 0);
}

/** Smooth and without symmetry, mm and 1/mm: the object of radon.py and vectors.py. */
export function blob(x: number, y: number, z: number): number {
  return BUMPS.reduce((sum, { mu, centre, widths }) => {
    const square = [x, y, z].reduce((all, at, n) => all + ((at - centre[n]) / widths[n]) ** 2, 0);
    return sum + mu * Math.exp(-square);
  }, 0);
}

export type Signs = readonly [1 | -1, 1 | -1, 1 | -1];

export const grid = (nk: number, [sx, sy, sz]: Signs) => ({
  shape: [nk, rows, columns] as const,
  ...placed({ spacing: [pixel, pixel, pixel], direction: [sx, 0, 0, 0, sy, 0, 0, 0, sz] }),
  units: '1/mm' as const,
  modality: 'CT' as const,
});

/** The object in the world, sampled along the grid's axes and projected. */
export async function projected(a: LinearOperator, signs: Signs, plane?: number): Promise<Float32Array> {
  const data = new Float32Array(sizeOf(a.domain));
  const at = (n: number, count: number, sign: number): number => sign * (n - (count - 1) / 2) * pixel;
  const nk = a.domain.shape[0];
  for (let k = 0, m = 0; k < nk; k++) {
    for (let j = 0; j < rows; j++) {
      for (let i = 0; i < columns; i++, m++) {
        data[m] = blob(at(i, columns, signs[0]), at(j, rows, signs[1]), plane ?? at(k, nk, signs[2]));
      }
    }
  }
  const [x, y] = [a.backend.field(a.domain), a.backend.field(a.range)];
  await a.backend.write(x, data);
  a.apply(x, y);
  return a.backend.read(y);
}

/** Relative RMS difference. */
export function difference(got: Float32Array, wanted: readonly number[]): number {
  let [d, s] = [0, 0];
  wanted.forEach((v, i) => ((d += (got[i] - v) ** 2), (s += v ** 2)));
  return got.length === wanted.length ? Math.sqrt(d / s) : NaN;
}
