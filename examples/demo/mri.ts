/** A phantom in an MR scanner of eight coils, a fifth of k-space: what zero filling, wavelets and DDS make of it. */
import { createBackend, makeVolume, phantomGrid, phantoms, rasterise, scannedMagnitude, simulateMri, volumeData } from '../../src/index.js';
import { compare } from './compared.js';

/** Scans the phantom, and writes `demo.png` and `demo.html` into the folder. */
export async function demo(folder: string): Promise<void> {
  const thorax = { ...phantoms.get('thorax').make(), size: [360, 360, 24] as const };
  const hu = rasterise(thorax, phantomGrid(thorax, [6, 192, 192]), 2);
  // tissue bright, air dark: CT numbers taken as a proton density
  const brightness = volumeData(hu).map((value) => Math.max(0, Math.min(value, 300) + 1000));
  const object = makeVolume(brightness, [6, 192, 192], { axes: hu.axes, placement: hu.placement, units: 'arbitrary', modality: 'MR' });
  const options = { coils: 8, mask: 'poisson', accel: 8, acs: 20, snr: 30, seed: 1 };
  console.log('A phantom of tissue (6 slices of 192×192), 8 coils, every eighth point of k-space …');
  const scan = await simulateMri(object, options);
  const backend = createBackend();
  try {
    const methods = [
      { name: 'zero-filled', method: 'zero-filled' },
      { name: 'CS-wavelet', method: 'cs-wavelet' },
      { name: 'DDS', method: 'dds', prior: 'mri', seed: 1, methodOptions: { steps: 20 } },
    ];
    const truth = scannedMagnitude(object, options);
    await compare({ title: 'A phantom from an eighth of k-space', scan, truth, backend, folder, methods });
  } finally {
    await backend.dispose();
  }
}
