/**
 * Noise levels for few evaluations: DDS on training slices with the levels
 *
 *     σ_i = (σ_max^{1/ρ} + i/(N−1) (σ_min^{1/ρ} − σ_max^{1/ρ}))^ρ        (Karras et al. 2022, eq. 5; ρ → ∞ is geometric)
 *
 * of the highest mean PSNR over σ_max, σ_min and 1/ρ, by the simplex of Nelder and Mead (1965) from the geometric ones of DDS.
 *
 *     npm run bench -- schedule --data FOLDER --prior ct --evaluations 10 [--volume lidc-idri-0001_chest …] [--slices 40-41]
 *         [--views 20] [--set '{"order": 2, "eta": 1}'] [--rounds 40] [--workers 2]
 *
 * Volumes are those of FOLDER/train/ct: what is found is a default, and tables of other volumes judge it. Writes what it tries, one
 * JSON object a line.
 */
import { parseArgs } from 'node:util';
import { createBackend, cropSlices, readInput, readVolume, reconstruct, simulateCt, toCanonical, type Measurement } from '../src/index.js';
import type { Volume } from '../src/index.js';
import { nelderMead } from './support/nelder-mead.js';
import { priorOf } from './support/priors.js';
import { quality } from './support/quality.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    prior: { type: 'string', default: 'ct' },
    evaluations: { type: 'string', default: '10' },
    volume: { type: 'string', multiple: true, default: ['lidc-idri-0001_chest', 'sts-009_limb'] },
    slices: { type: 'string', default: '40-41' },
    views: { type: 'string', default: '20' },
    set: { type: 'string', default: '{"order": 2, "eta": 1}' },
    rounds: { type: 'string', default: '40' },
    workers: { type: 'string', default: '2' },
  },
});
if (!values.data) throw new Error('the volumes are not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');
const prior = await priorOf(values.prior);
const count = Number(values.evaluations);
const options = JSON.parse(values.set) as { readonly start?: 'noise' | 'estimate' };
const levels = options.start === 'estimate' ? count - 1 : count;
const workers = Number(values.workers);
const scans: { scan: Measurement; truth: Volume }[] = [];
for (const name of values.volume) {
  const [first, last] = values.slices.split('-').map(Number);
  const volume = toCanonical(await readVolume(await readInput(`${values.data}/train/ct/${name}.nii.gz`)), 'axial').volume;
  const backend = createBackend({ workers });
  const scan = await simulateCt(volume, { views: Number(values.views), photons: 1e5, seed: 1, slices: [first, last] }, backend);
  await backend.dispose();
  scans.push({ scan, truth: cropSlices(volume, first, last + 1) });
}
const start = [Math.log(0.5), Math.log(0.02), 0.01];
const best = await nelderMead(loss, start, [0.4, 0.4, 0.15], Number(values.rounds));
console.log(JSON.stringify({ best: levelsOf(best.at).map((v) => Number(v.toPrecision(3))), psnr: -best.value }));

/** σ of ln σ_max, ln σ_min and 1/ρ. */
function levelsOf([top, bottom, power]: readonly number[]): number[] {
  const inverse = Math.max(0.01, power);
  const [high, low] = [Math.exp(top * inverse), Math.exp(Math.min(top, bottom) * inverse)];
  return Array.from({ length: levels }, (_, i) => (high + (i / (levels - 1 || 1)) * (low - high)) ** (1 / inverse));
}

/** − mean PSNR; no levels where the prior has none. */
async function loss(at: readonly number[]): Promise<number> {
  const sigmas = levelsOf(at);
  const { sigmaMax, sigmaMin } = prior.card;
  if (sigmas[0] > sigmaMax || sigmas[levels - 1] < sigmaMin) return 0;
  let sum = 0;
  for (const { scan, truth } of scans) {
    const backend = createBackend({ workers });
    try {
      const { volume } = await reconstruct(scan, {
        ...{ method: 'dds', prior, seed: 1, backend },
        methodOptions: { ...options, sigmas },
      }).result();
      sum += quality(volume, truth).psnr / scans.length;
    } finally {
      await backend.dispose();
    }
  }
  console.log(JSON.stringify({ at: at.map((v) => Number(v.toFixed(3))), psnr: Number(sum.toFixed(3)) }));
  return -sum;
}
