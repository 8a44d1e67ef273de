/**
 * Measured k-space: all methods with their default options, side by side.
 *
 *     npm run bench -- mri-real --data FOLDER [--python PYTHON] [--part coils8 …] [--prior mri] [--mask random …] [--workers 2]
 *         [--out out/mri-real]
 *
 * coils8: a real 8-coil slice of 12 % of the samples without a reference (dev/mri-kspace/sigpy_brain_8coil_poisson.npz). What each method
 * leaves of the data over what noise would; the noise level is estimated from the data. full: a real slice of one coil, fully sampled
 * (dev/mri-kspace/noncommercial/loraks_t2_1coil_full.npz), undersampled ×3 and ×4 by `--mask` (all of random, poisson): PSNR (peak =
 * largest value), SSIM and NRMSE of the magnitude against the full reconstruction, which has the noise of the scan itself. peers: CG-SENSE
 * converged against SigPy and BART (where it is installed), L1-wavelet without shifts against SigPy, on the same data, coil maps and λ of
 * the 8-coil slice: ‖ours − theirs‖/‖theirs‖, of BART's up to a constant phase. PYTHON has sigpy.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { createBackend, reconstruct, renderMontage, samplingMask, writeFileAtomic } from '../src/index.js';
import { magnitudeOf, type Volume } from '../volumes/volume.js';
import { withMask } from '../volumes/kinds/kspace/mask.js';
import { MriPeer, phaseOf, relativeDifference, type PeerMethod } from './support/mri-peer.js';
import { realScan, runReal, type RealResult } from './support/mri-real.js';
import { markdown } from './support/numbers.js';
import { priorNote, priorOf } from './support/priors.js';
import { quality, rootMeanSquare } from './support/quality.js';
import { ddsRow, mbirRow, type Row } from './support/table-rows.js';
import { ZERO_FILLED } from './support/mri-rows.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.SLICEWISE_DATA },
    python: { type: 'string', default: process.env.PEER_PYTHON ?? process.env.PYTHON ?? 'python3' },
    part: { type: 'string', multiple: true, default: ['coils8', 'full', 'peers'] },
    prior: { type: 'string', default: 'mri' },
    mask: { type: 'string', multiple: true, default: ['random', 'poisson'] },
    workers: { type: 'string', default: `${availableParallelism()}` },
    out: { type: 'string', default: 'out/mri-real' },
  },
});
if (!values.data) throw new Error('the scans are not part of the repository: give --data FOLDER (or SLICEWISE_DATA)');
const workers = Number(values.workers);
const folder = `${values.data}/dev/mri-kspace`;
const EIGHT = `${folder}/sigpy_brain_8coil_poisson.npz`;
const FULL = `${folder}/noncommercial/loraks_t2_1coil_full.npz`;
const prior = await priorOf(values.prior);
const classical = (method: string, label: string): Row => ({ name: method, label, method, picture: label });
const METHODS: readonly Row[] = [
  ZERO_FILLED,
  classical('sense', 'CG-SENSE'),
  classical('cs-wavelet', 'CS-wavelet'),
  classical('cs-tv', 'CS-TV'),
  ddsRow(prior, 20, false),
  ddsRow(prior, 50, true),
  mbirRow(prior),
];
await mkdir(values.out, { recursive: true });
const parts: { [name: string]: () => Promise<string> } = { coils8, full, peers };
for (const part of values.part) {
  if (!(part in parts)) throw new Error(`no part '${part}': one of ${Object.keys(parts).join(', ')}`);
  const text = await parts[part]();
  await writeFile(`${values.out}/${part}.md`, text);
  console.log(text);
}

async function coils8(): Promise<string> {
  const scan = await realScan(EIGHT);
  const results: RealResult[] = [];
  for (const row of METHODS) results.push(await runReal(scan, row, prior, workers));
  await montage('coils8', results);
  const rows = results.map(({ row, misfit, seconds }) => [row.label, misfit.toFixed(2), seconds.toFixed(1)]);
  const told = (scan.meta.warnings ?? []).join('; ');
  return `### 8 coils, measured\n\n${markdown(['method', 'residual ÷ noise', 'seconds'], rows)}\n\n${told}. ${priorNote([prior])}\n`;
}

async function full(): Promise<string> {
  const scan = await realScan(FULL);
  const truth = magnitudeOf((await runReal(scan, ZERO_FILLED, prior, workers)).image);
  const [, , rows, columns] = scan.shape;
  const tables: string[] = [];
  for (const pattern of values.mask) {
    for (const acceleration of [3, 4]) {
      const mask = samplingMask({ pattern, shape: [rows, columns], acceleration, seed: 1 });
      const thinned = withMask(scan, mask); // the noise level stays that of the full scan
      const results: RealResult[] = [];
      for (const row of METHODS) results.push(await runReal(thinned, row, prior, workers));
      const cells = results.map(({ row, image, misfit, seconds }) => {
        const { psnr, ssim, nrmse } = quality(magnitudeOf(image), truth);
        return [row.label, psnr.toFixed(2), ssim.toFixed(3), nrmse.toFixed(4), misfit.toFixed(2), seconds.toFixed(1)];
      });
      await montage(`full-${pattern}-${acceleration}`, results, truth);
      const head = ['method', 'PSNR dB', 'SSIM', 'NRMSE', 'residual ÷ noise', 'seconds'];
      tables.push(`### One coil, ${pattern} ×${acceleration}\n\n${markdown(head, cells)}\n`);
    }
  }
  return `${tables.join('\n')}\n${priorNote([prior])}\n`;
}

async function peers(): Promise<string> {
  const scan = await realScan(EIGHT, 0);
  const peer = await MriPeer.start(values.python, workers, scan);
  const backend = createBackend({ workers });
  const rows: string[][] = [];
  const ours = async (method: string, methodOptions: { [name: string]: unknown }): Promise<Float32Array> => {
    const run = reconstruct(scan, { method, methodOptions, coils: 0, complex: true, backend });
    return (await run.result()).volume.data;
  };
  const compare = async (label: string, mine: Float32Array, op: PeerMethod, lambda: number, count: number) => {
    const theirs = await peer.image(op, lambda, count);
    rows.push([label, op, `${lambda}`, theirs ? relativeDifference(mine, theirs, phaseOf(op)).toExponential(1) : 'not installed']);
  };
  try {
    for (const lambda of [0.01, 0.1]) {
      const mine = await ours('sense', { lambda, iterations: 150, tolerance: 1e-7 });
      await compare('CG-SENSE, converged', mine, 'sigpy-sense', lambda, 150);
      await compare('CG-SENSE, converged', mine, 'bart-sense', lambda, 150);
    }
    const back = await reconstruct(scan, { method: 'zero-filled', coils: 0, backend }).result();
    for (const relative of [0.005, 0.02]) {
      const lambda = Number((relative * rootMeanSquare(back.volume)).toPrecision(3));
      const mine = await ours('cs-wavelet', { lambda, iterations: 100, wavelet: 'db4', extension: 'zero' });
      await compare('L1-wavelet db4, 100 iterations', mine, 'sigpy-wavelet', lambda, 100);
    }
  } finally {
    await peer.close();
    await backend.dispose();
  }
  return `### Against peers, the 8-coil slice and its ESPIRiT maps\n\n${markdown(['method', 'peer', 'λ', 'images differ'], rows)}\n`;
}

async function montage(name: string, results: readonly RealResult[], reference?: Volume): Promise<void> {
  const shown = results.flatMap(({ row, image }) => (row.picture === undefined ? [] : [{ name: row.picture, volume: magnitudeOf(image) }]));
  await writeFileAtomic(`${values.out}/${name}.png`, await renderMontage({ results: shown, reference }, 220));
}
