import { directionOf, spacingOf } from '../../../../core/placement.js';
import { SlicewiseError } from '../../../../core/errors.js';
import { MU_WATER, muToHu } from '../../../../core/units.js';
import type { Grid } from '../../../../volumes/measurement.js';
import { makeVolume, type Volume } from '../../../../volumes/volume.js';
import { atHeight, type Phantom } from './phantom.js';
import { rayTracer } from './ray.js';

/**
 * Voxel means of a phantom: exact along each row of voxels (chord lengths), sampled `supersample` times across the other
 * two axes. The centre of the grid is the isocentre.
 *
 * @param grid units 'HU' (with `muWater`), '1/mm', or 'arbitrary' (attenuation relative to water)
 * @param supersample lines through a voxel along rows and along slices, ≥ 1
 * @returns Volume [slice, row, column] on the grid
 * @throws SlicewiseError UNITS for other units, ARGUMENT for a bad supersample
 */
export function rasterise(phantom: Phantom, grid: Grid, supersample = 3, muWater = MU_WATER): Volume {
  if (!Number.isInteger(supersample) || supersample < 1) {
    throw new SlicewiseError('ARGUMENT', { expected: 'supersample a whole number ≥ 1', got: `${supersample}` });
  }
  const convert = fromMu(grid, muWater);
  const [nk, nj, ni] = grid.shape;
  const [si, sj, sk] = spacingOf(grid, 'mm');
  const d = directionOf(grid);
  const out = new Float32Array(nk * nj * ni);
  const row = new Float64Array(ni);
  const upright = d[2] === 0 && d[5] === 0 && d[6] === 0 && d[7] === 0; // slices are planes of constant z
  const steps = Array.from({ length: supersample }, (_, m) => (m + 0.5) / supersample - 0.5);

  // Sub-slice by sub-slice, so that ellipsoids elsewhere in z are left out once and not per line.
  const tracers = new Array<ReturnType<typeof rayTracer>>(supersample);
  for (let k = 0; k < nk; k++) {
    const depths = steps.map((m) => (k + m - (nk - 1) / 2) * sk);
    depths.forEach((w, m) => (tracers[m] = rayTracer(upright ? atHeight(phantom, d[8] * w) : phantom)));
    for (let j = 0; j < nj; j++) {
      row.fill(0);
      for (let m = 0; m < supersample; m++) {
        for (const step of steps) {
          const u = (-ni / 2) * si; // left edge of the row
          const v = (j + step - (nj - 1) / 2) * sj;
          const w = depths[m];
          const found = tracers[m](
            d[0] * u + d[1] * v + d[2] * w,
            d[3] * u + d[4] * v + d[5] * w,
            d[6] * u + d[7] * v + d[8] * w,
            d[0],
            d[3],
            d[6],
          );
          for (let s = 0; s < found.count; s++) deposit(row, found.start[s] / si, found.end[s] / si, found.mu[s]);
        }
      }
      const at = (k * nj + j) * ni;
      for (let i = 0; i < ni; i++) out[at + i] = convert(row[i] / (supersample * supersample));
    }
  }
  const { shape, ...place } = grid;
  return makeVolume(out, shape, { ...place, meta: { source: `phantom:${phantom.name}` } });
}

/** Adds value × overlap to every cell [i, i+1] that [from, to] meets. */
function deposit(row: Float64Array, from: number, to: number, value: number): void {
  const a = Math.max(from, 0);
  const b = Math.min(to, row.length);
  if (b <= a) return;
  const first = Math.floor(a);
  const last = Math.min(Math.floor(b), row.length - 1);
  if (first === last) {
    row[first] += value * (b - a);
    return;
  }
  row[first] += value * (first + 1 - a);
  for (let i = first + 1; i < last; i++) row[i] += value;
  row[last] += value * (b - last);
}

function fromMu(grid: Grid, muWater: number): (mu: number) => number {
  if (grid.units === 'HU') return (mu) => muToHu(mu, muWater);
  if (grid.units === '1/mm') return (mu) => mu;
  if (grid.units === 'arbitrary') return (mu) => mu / muWater;
  throw new SlicewiseError('UNITS', {
    message: 'a phantom is an X-ray object',
    expected: 'HU, 1/mm or arbitrary',
    got: grid.units,
  });
}
