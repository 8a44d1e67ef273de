/**
 * Compressed-sensing MRI, the script to start from: k-space of a scanner (or of a phantom, with noise), zero-filled, CG-SENSE, CS-wavelet,
 * CS-TV.
 *
 *     node dist/examples/cs-mri.js [kspace.npz] [axes, e.g. coil,ky,kx]
 */
import {
  compareVolumes,
  createBackend,
  makeVolume,
  phantomGrid,
  phantoms,
  rasterise,
  readInput,
  readMeasurement,
  reconstruct,
  scannedMagnitude,
  simulateMri,
  volumeData,
  writeFileAtomic,
  writeVolume,
  type Measurement,
  type Volume,
} from '../src/index.js'; // in your own project: from 'slicewise'

const [file, axes] = process.argv.slice(2);

// 1. The measurement. Of a phantom the truth is known too: only the comparison at the end sees it.
async function measured(): Promise<{ scan: Measurement; truth?: Volume }> {
  if (file) return { scan: await readMeasurement(await readInput(file), { axes }) };
  const thorax = { ...phantoms.get('thorax').make(), size: [360, 360, 12] as const };
  const hu = rasterise(thorax, phantomGrid(thorax, [3, 128, 128]), 2);
  // tissue bright, air dark: a phantom of CT numbers taken as a proton density
  const brightness = volumeData(hu).map((value) => Math.max(0, Math.min(value, 300) + 1000));
  const object = makeVolume(brightness, [3, 128, 128], {
    axes: hu.axes,
    placement: hu.placement,
    units: 'arbitrary',
    modality: 'MR',
  });
  const options = { coils: 8, mask: 'poisson', accel: 5, acs: 20, snr: 30, seed: 1 };
  return { scan: await simulateMri(object, options), truth: scannedMagnitude(object, options) };
}
const { scan, truth } = await measured();

// 2. Reconstructions: coil maps come from the data (ESPIRiT), λ has a default. With a prior: { method: 'dds', prior: 'mri', seed: 1 }.
const backend = createBackend();
for (const method of ['zero-filled', 'sense', 'cs-wavelet', 'cs-tv']) {
  const run = reconstruct(scan, { method, backend });
  for await (const { step, steps, residual } of run) {
    if (step === steps) console.log(`${method} ${step}/${steps}  residual ${residual?.toFixed(4)}`);
  }
  const { volume, manifest } = await run.result();
  const figures = truth ? `PSNR ${compareVolumes(volume, truth).psnr?.toFixed(2)} dB, ` : '';
  console.log(`${method}: ${figures}${manifest.timings.totalSeconds.toFixed(1)} s`);
  if (file) await writeFileAtomic(`${method}.nii.gz`, await writeVolume(`${method}.nii.gz`, volume));
}
await backend.dispose();
