/**
 * How much of the error of an MR table no method can avoid. The volumes that are scanned are themselves measured, with noise of their own,
 * and what noise did at samples that were not taken nobody can know. This draws such noise (real, standard deviation `--noise` of the peak
 * inside the object and 0.6 of that outside, neighbours correlated by 0.3), scans it with the coils, masks and noise of mri-table, and
 * gives the linear estimate of least mean square error, which for Gaussian noise is the best there is: what a method would be left with
 * that knew the noiseless object, its phase, the coils and all levels of noise exactly. `--noise` comes from air: what `--air` measures in
 * a corner without object, √(mean square/2) of the magnitude.
 *
 *     npm run bench -- mri-floor --data FOLDER [--volume vs-seg-001_t1gd] [--slices 56-57] [--noise 0.0125 …] [--air 24] [--workers 2]
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Field } from '../compute/backend.js';
import type { LinearOperator } from '../operators/operator.js';
import { phaseProducts } from '../operators/phase-metric/phase-products.js';
import { createBackend, operators, volumeData } from '../src/index.js';
import { shapeOf } from '../core/placement.js';
import {} from '../volumes/volume.js';
import { conjugateGradients } from '../src/solvers/conjugate-gradients.js';
import { MRI_CASES } from './support/mri-rows.js';
import { mrScene, withMaps } from './support/mri-scene.js';
import { markdown } from './support/numbers.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    volume: { type: 'string', default: 'vs-seg-001_t1gd' },
    slices: { type: 'string', default: '56-57' },
    noise: { type: 'string', multiple: true },
    air: { type: 'string', default: '24' },
    workers: { type: 'string', default: `${availableParallelism()}` },
  },
});
if (!values.data) throw new Error('the volumes are not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');

/** Diffusion that correlates neighbours by 2τ(1 − 4τ)/((1 − 4τ)² + 4τ²) = 0.3, and the standard deviation it leaves of white noise. */
const TAU = 0.1;
const LEFT = Math.sqrt((1 - 4 * TAU) ** 2 + 4 * TAU ** 2);
/** Of `phaseProducts`, with 1 for the phase. */
const REAL_PART = { base: 0, along: 1, across: 0, local: { whole: 0, across: 0 } };
/** Air is what is darker than this share of the peak; magnitudes of noise there scatter less than in tissue (Rayleigh: 0.655). */
const AIR = 0.04;
const IN_AIR = 0.6;

const scene = await mrScene(values.data, values.volume, values.slices.split('-').map(Number) as [number, number]);
const truth = volumeData(scene.truth);
const peak = truth.reduce((a, b) => Math.max(a, b), 0);
const levels = values.noise?.map(Number) ?? [noiseInAir(Number(values.air)) / peak];
const backend = createBackend({ workers: Number(values.workers) });
const byPhase = phaseProducts(backend);
const rows: string[][] = [];
for (const { name, title, scan: options } of MRI_CASES) {
  const scan = await withMaps(await scene.raw({ ...options, withMaps: true }), 0);
  const operator = await operators.get(scan.kind)(scan, scan.grid, backend);
  const cells = [];
  for (const level of levels) cells.push(decibels(await meanSquare(operator, level * peak, (scan.noise as { std: number }).std)));
  operator.dispose();
  console.error(`${name}: ${cells.join(', ')} dB`);
  rows.push([title, ...cells]);
}
await backend.dispose();
const head = levels.map((level) => `noise of ${(100 * level).toFixed(2)} % of the peak`);
console.log(`## ${scene.name}: PSNR that noise of the volume itself allows, dB\n\n${markdown(['scan', ...head], rows)}\n`);

/** √(mean square/2) of the corner [0, size)² of all slices: σ of complex noise whose magnitude it is. */
function noiseInAir(size: number): number {
  const [slices, rows, columns] = shapeOf(scene.truth);
  let sum = 0;
  for (let k = 0; k < slices; k++)
    for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) sum += truth[(k * rows + y) * columns + x] ** 2;
  return Math.sqrt(sum / (2 * slices * size * size));
}

/** Mean over pixels of |n̂ − n|², n̂ = B ŵ, ŵ = argmin ‖A B w − y‖²/σ² + ‖w‖², n = B w with w white and real. */
async function meanSquare(operator: LinearOperator, level: number, sigma: number): Promise<number> {
  const { domain, range } = operator;
  const image = (): Field => backend.field(domain);
  const spread = image();
  await backend.write(
    spread,
    Float32Array.from({ length: 2 * truth.length }, (_, i) => (i % 2 ? 0 : (level / LEFT) * (truth[i / 2] > AIR * peak ? 1 : IN_AIR))),
  );
  const ones = image();
  backend.fill(ones, 1);
  const [t, n, b, w, Bw, none] = [image(), image(), image(), image(), image(), image()];
  const blur = (x: Field): void => {
    backend.lincomb(t, [1, x]);
    backend.addGradientNormal(-TAU, t, x);
  };
  const B = (x: Field, out: Field): void => {
    byPhase.weigh(x, ones, none, REAL_PART, out);
    blur(out);
    backend.multiply(out, spread, out);
  };
  const adjoint = (x: Field): void => {
    backend.multiply(x, spread, x);
    blur(x);
    byPhase.weigh(x, ones, none, REAL_PART, x);
  };
  backend.noise(w, { seed: 7, step: 0, stream: 0 });
  B(w, n);
  const [y, e] = [backend.field(range), backend.field(range)];
  operator.apply(n, y);
  backend.noise(e, { seed: 8, step: 0, stream: 0 });
  backend.lincomb(y, [1, y], [sigma, e]); // unmeasured samples do not reach Aᴴy
  operator.adjoint(y, b);
  adjoint(b);
  backend.lincomb(w);
  const hessian = (p: Field, out: Field): void => {
    B(p, Bw);
    operator.normal(Bw, out);
    adjoint(out);
    backend.lincomb(out, [1, out], [sigma ** 2, p]);
  };
  conjugateGradients(backend, hessian, w, { residual: b, direction: image(), image: image() }, { iterations: 60, per: 'slice' });
  B(w, Bw);
  backend.lincomb(Bw, [1, Bw], [-1, n]);
  const [sum] = await backend.readScalars(backend.dot(Bw, Bw, 'volume'));
  return sum / truth.length;
}

function decibels(error: number): string {
  return (10 * Math.log10(peak ** 2 / error)).toFixed(1);
}
