import type { ExecutionContext } from 'ava';
import { createCpuBackend, type CpuBackend } from '../../compute/cpu/backend.js';
import type { WebGpuBackend } from '../../compute/webgpu/backend.js';
import { createBackend, zoo } from '../../src/node.js';
import { phantoms } from '../../src/modalities/ct/phantoms/index.js';
import { Reconstruction, type ReconstructOptions } from '../../src/engine/reconstruct.js';
import { scannedObject, simulateCt } from '../../src/modalities/ct/simulation/simulate.js';
import type { Measurement } from '../../volumes/measurement.js';
import { volumeData } from '../../volumes/volume.js';
import { onWebGpu } from '../support/every-backend.js';
import { mrScan, psnrOf, smallHead } from '../support/mr-scans.js';

/*
 * Every method on the GPU against the CPU: 4 slices of 96² for the classical ones, of 32² and 3 evaluations of the network for the
 * diffusion methods. The images are alike to 0.05 dB of their distance to the truth, and far nearer to each other than to it.
 */

interface Scene {
  readonly scan: Measurement;
  readonly truth: Float32Array;
}

async function ct(geometry: 'parallel' | 'fan' | 'cone', size: number): Promise<Scene> {
  const thorax = phantoms.get('thorax').make();
  const options = { geometry, views: 12, size, depth: 4, photons: 1e5, seed: 1 } as const;
  const scan = await simulateCt(thorax, options, createCpuBackend({ workers: 0 }));
  return { scan, truth: volumeData(scannedObject(thorax, options)) };
}

const mr = (size: number): Promise<Scene> =>
  mrScan({ coils: 3, mask: 'random', accel: 2, acs: 12, snr: 40 }, {}, smallHead([4, size, size]));

type Options = Omit<ReconstructOptions, 'backend'>;

async function reconstruct(scan: Measurement, options: Options, backend: CpuBackend | WebGpuBackend): Promise<Float32Array> {
  return volumeData((await new Reconstruction(scan, { zoo: zoo(), seed: 1, ...options, backend }).result()).volume);
}

/** dB of the largest value of `truth`; a difference of nothing counts as 200. */
const decibel = (image: Float32Array, truth: Float32Array): number => Math.min(200, psnrOf(image, truth));

async function alike(t: ExecutionContext, gpu: WebGpuBackend, { scan, truth }: Scene, options: Options): Promise<void> {
  // networks need a worker thread
  const cpu = createBackend({ workers: options.prior ? 1 : 0 });
  try {
    const [ours, theirs] = [await reconstruct(scan, options, gpu), await reconstruct(scan, options, cpu)];
    const [a, b, between] = [decibel(ours, truth), decibel(theirs, truth), decibel(ours, theirs)];
    const said = `GPU ${a.toFixed(3)} dB, CPU ${b.toFixed(3)} dB, between them ${between.toFixed(1)} dB`;
    t.log(said);
    t.true(Math.abs(a - b) < 0.05, said);
    t.true(between > Math.max(a, b) + 20, said);
  } finally {
    await cpu.dispose();
  }
}

const classicalCt: readonly [Options, ('parallel' | 'fan' | 'cone')[]][] = [
  [{ method: 'fbp' }, ['parallel', 'fan', 'cone']],
  [{ method: 'sirt', methodOptions: { iterations: 6 } }, ['parallel', 'fan', 'cone']],
  [{ method: 'cgls', methodOptions: { iterations: 5 } }, ['parallel', 'fan', 'cone']],
  [{ method: 'admm-tv', methodOptions: { iterations: 3, innerIterations: 3 } }, ['parallel', 'cone']],
];

for (const [options, geometries] of classicalCt) {
  for (const geometry of geometries) {
    // cone beam works on all slices of the volume at once, which takes SwiftShader long
    const size = geometry === 'cone' && options.method !== 'fbp' ? 48 : 96;
    onWebGpu(`${options.method}, ${geometry} beam: the image of the CPU`, async (t, gpu) => {
      await alike(t, gpu, await ct(geometry, size), options);
    });
  }
}

onWebGpu('cgls with photon counts as weights: the image of the CPU', async (t, gpu) => {
  const options: Options = { method: 'cgls', weights: 'counts', methodOptions: { iterations: 5 } };
  await alike(t, gpu, await ct('parallel', 96), options);
});

for (const options of [
  { method: 'zero-filled' },
  { method: 'sense', methodOptions: { iterations: 6 } },
  { method: 'cs-wavelet', methodOptions: { iterations: 6 } },
  { method: 'cs-tv', methodOptions: { iterations: 3, innerIterations: 3 } },
] satisfies Options[]) {
  onWebGpu(`${options.method}: the image of the CPU`, async (t, gpu) => {
    await alike(t, gpu, await mr(96), options);
  });
}

for (const geometry of ['parallel', 'fan', 'cone'] as const) {
  onWebGpu(`dds, ${geometry} beam: the image of the CPU`, async (t, gpu) => {
    // more iterations of CG would fit the noise of so few rays
    const methodOptions = { steps: 3, innerIterations: geometry === 'cone' ? 3 : 10 };
    await alike(t, gpu, await ct(geometry, 32), { method: 'dds', prior: 'ct', methodOptions });
  });
}

onWebGpu('dds from a classical start: the image of the CPU', async (t, gpu) => {
  const options: Options = { method: 'dds', prior: 'ct', methodOptions: { steps: 3, start: 'classical' } };
  await alike(t, gpu, await ct('parallel', 32), options);
});

// from noise three evaluations would leave little but noise
onWebGpu('diffusion-mbir: the image of the CPU', async (t, gpu) => {
  const methodOptions = { steps: 3, start: 'classical' };
  await alike(t, gpu, await ct('parallel', 32), { method: 'diffusion-mbir', prior: 'ct', methodOptions });
});

onWebGpu('dds of k-space: the image of the CPU', async (t, gpu) => {
  await alike(t, gpu, await mr(32), { method: 'dds', prior: 'mri', methodOptions: { steps: 3 } });
});

onWebGpu('samples: their mean and standard deviation are those of the CPU', async (t, gpu) => {
  const { scan } = await ct('parallel', 32);
  const options: Options = { method: 'dds', prior: 'ct', samples: 2, zoo: zoo(), seed: 3, methodOptions: { steps: 2 } };
  const cpu = createBackend({ workers: 1 });
  try {
    const [ours, theirs] = [
      await new Reconstruction(scan, { ...options, backend: gpu }).result(),
      await new Reconstruction(scan, { ...options, backend: cpu }).result(),
    ];
    t.true(decibel(volumeData(ours.volume), volumeData(theirs.volume)) > 60);
    t.true(decibel(volumeData(ours.std!), volumeData(theirs.std!)) > 40);
  } finally {
    await cpu.dispose();
  }
});
