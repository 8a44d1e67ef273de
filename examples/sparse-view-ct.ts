/**
 * Sparse-view CT, the script to start from: a chest volume (or a phantom), 20 views with photon noise, FBP, ADMM-TV and DDS, compared.
 *
 *     node dist/examples/sparse-view-ct.js [volume.nii.gz] [first slice] [last slice]
 */
import {
  compareVolumes,
  createBackend,
  cropSlices,
  phantoms,
  readInput,
  readVolume,
  rasterise,
  phantomGrid,
  reconstruct,
  simulateCt,
  toCanonical,
  writeFileAtomic,
  writeVolume,
  type Volume,
} from '../src/index.js'; // in your own project: from 'slicewise'

const [file, first = '30', last = '45'] = process.argv.slice(2);

// 1. The truth: only the comparison at the end sees it.
async function truthVolume(): Promise<Volume> {
  if (!file) {
    const thorax = { ...phantoms.get('thorax').make(), size: [360, 360, 16] as const };
    return rasterise(thorax, phantomGrid(thorax, [4, 96, 96]), 2);
  }
  const { volume } = toCanonical(await readVolume(await readInput(file)), 'axial');
  return cropSlices(volume, Number(first), Number(last) + 1);
}
const truth = await truthVolume();

// 2. The measurement: line integrals over 20 views of a parallel beam, 1e5 photons a detector bin.
const backend = createBackend();
const scan = await simulateCt(truth, { views: 20, photons: 1e5, seed: 1 }, backend);

// 3. Reconstructions. A run is iterated for its steps, or simply awaited.
const methods = [
  { method: 'fbp' },
  { method: 'admm-tv', methodOptions: { iterations: 50 } },
  { method: 'dds', prior: 'ct', seed: 1, methodOptions: { steps: 20 } },
];
for (const options of methods) {
  const run = reconstruct(scan, { ...options, backend });
  for await (const { step, steps, sigma, residual } of run) {
    if (step % 10 === 0) console.log(`${options.method} ${step}/${steps}  σ ${sigma?.toFixed(3) ?? '–'}  residual ${residual?.toFixed(4)}`);
  }
  const { volume, manifest } = await run.result();
  const { psnr, ssim } = compareVolumes(volume, truth);
  console.log(`${options.method}: PSNR ${psnr?.toFixed(2)} dB, SSIM ${ssim?.toFixed(3)}, ${manifest.timings.totalSeconds.toFixed(1)} s`);
  if (file) await writeFileAtomic(`${options.method}.nii.gz`, await writeVolume(`${options.method}.nii.gz`, volume));
}
await backend.dispose();
