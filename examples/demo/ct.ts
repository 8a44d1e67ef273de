/** A real chest, scanned with 20 views: what FBP, total variation and DDS make of it. */
import { fileURLToPath } from 'node:url';
import { createBackend, readInput, readVolume, simulateCt } from '../../src/index.js';
import { compare } from './compared.js';

// beside this file's source: examples/demo/CREDITS.md says whose it is
const CHEST = fileURLToPath(new URL('../../../examples/demo/chest.nii.gz', import.meta.url));

/** Scans the chest, and writes `demo.png` and `demo.html` into the folder. */
export async function demo(folder: string): Promise<void> {
  const truth = await readVolume(await readInput(CHEST), { units: 'HU' });
  const backend = createBackend();
  try {
    console.log('A chest CT (CMB-CRC-MSB-01068, 12 slices of 256×256): 20 parallel views, 1e5 photons …');
    const scan = await simulateCt(truth, { views: 20, photons: 1e5, seed: 1 }, backend);
    const methods = [
      { name: 'FBP', method: 'fbp', methodOptions: { filter: 'hann' } },
      { name: 'ADMM-TV', method: 'admm-tv', methodOptions: { iterations: 60, lambda: 3e-4 } },
      { name: 'DDS', method: 'dds', prior: 'ct', seed: 1, methodOptions: { steps: 20 } },
    ];
    await compare({ title: 'A chest from 20 views', scan, truth, backend, folder, methods });
  } finally {
    await backend.dispose();
  }
}
