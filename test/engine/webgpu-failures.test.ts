import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { createWebGpuBackend, type WebGpuBackend } from '../../compute/webgpu/backend.js';
import { tryMemory } from '../../compute/webgpu/free-memory.js';
import { space } from '../../core/space.js';
import { checkpointFolder } from '../../core/platform/checkpoints.js';
import { SUPPORT_ITEM } from '../../src/engine/memory/memory-parts.js';
import { requireDeviceMemory } from '../../src/engine/device-memory.js';
import { createGpuBackend, zoo } from '../../src/node.js';
import { Reconstruction, type ReconstructOptions } from '../../src/engine/reconstruct.js';
import type { Measurement } from '../../volumes/measurement.js';
import { volumeData } from '../../volumes/volume.js';
import { inlineBackend } from '../support/backends.js';
import { onWebGpu } from '../support/every-backend.js';
import { mrScan, smallHead } from '../support/mr-scans.js';
import { smallScan } from '../support/scans.js';

/* What happens to a run when the GPU is lost, is full, or is too small; its checkpoints; its memory plan. */

const METHOD = { method: 'admm-tv', methodOptions: { iterations: 4, innerIterations: 3 } } as const;

async function image(scan: Measurement, options: Omit<ReconstructOptions, 'method'>): Promise<Float32Array> {
  return volumeData((await new Reconstruction(scan, { ...METHOD, ...options }).result()).volume);
}

const inFolder = async (work: (folder: string) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'slicewise-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
};

/** Something that ends the run on this GPU, and the error that the run must end with. */
const ends: readonly [string, (gpu: WebGpuBackend) => void, string, RegExp][] = [
  ['the device is lost', (gpu) => gpu.device.destroy(), 'BACKEND', /GPU device was closed/],
  [
    'the GPU is out of memory',
    // SwiftShader gives no buffer of 1 GiB, whatever its limits say; filling another GPU would hurt those who use it
    (gpu) => gpu.fill(gpu.field(space(['slice', 'y', 'x'], [1, 2 ** 14, 2 ** 14])), 1),
    'MEMORY',
    /GPU is out of memory.*[Ff]ewer slices/,
  ],
];

for (const [what, end, code, message] of ends) {
  onWebGpu(
    `where ${what} in the middle of a run, the error is clear, the checkpoint stays, and the resumed run has the bits of an ` +
      `uninterrupted one`,
    (t, shared) =>
      inFolder(async (folder) => {
        if (code === 'MEMORY' && !shared.software) return void t.pass('on SwiftShader only');
        const { scan } = await smallScan(3, 32, 8);
        const checkpoint = checkpointFolder(folder);
        const lost = await createGpuBackend();
        const run = new Reconstruction(scan, { ...METHOD, backend: lost, checkpoint, checkpointSeconds: 0 });
        const failure = await t.throwsAsync(async () => {
          for await (const step of run) if (step.step === 2) end(lost);
        });
        t.is((failure as { code?: string }).code, code, failure?.message);
        t.regex(failure!.message, message);
        await lost.dispose();
        t.true((await readdir(folder)).includes('step-000-000002'));
        const resumed = await image(scan, { backend: shared, checkpoint, resume: true });
        t.deepEqual(resumed, await image(scan, { backend: shared }));
      }),
  );
}

onWebGpu('a run with a network whose device is lost resumes on another device with the same bits', (t, shared) =>
  inFolder(async (folder) => {
    const { scan } = await smallScan(1, 32, 8);
    const checkpoint = checkpointFolder(folder);
    const options = { method: 'dds', prior: 'ct', zoo: zoo(), methodOptions: { steps: 2 } };
    const lost = await createGpuBackend();
    const run = new Reconstruction(scan, { ...options, backend: lost, checkpoint, checkpointSeconds: 0 });
    const failure = await t.throwsAsync(async () => {
      for await (const step of run) if (step.step === 1) lost.device.destroy();
    });
    t.is((failure as { code?: string }).code, 'BACKEND', failure?.message);
    await lost.dispose();
    const of = async (more: object): Promise<Float32Array> =>
      volumeData((await new Reconstruction(scan, { ...options, backend: shared, ...more }).result()).volume);
    t.deepEqual(await of({ checkpoint, resume: true }), await of({}));
  }),
);

onWebGpu('a checkpoint of one backend is refused on another, which rounds differently', (t, backend) =>
  inFolder(async (folder) => {
    const { scan } = await smallScan(2, 24, 6);
    const checkpoint = checkpointFolder(folder);
    await image(scan, { backend: inlineBackend(), checkpoint, checkpointSeconds: 0 });
    const refused = await t.throwsAsync(image(scan, { backend, checkpoint, resume: true }));
    t.is((refused as { code?: string }).code, 'CHECKPOINT');
    t.regex(refused!.message, /'build' differs.*wgsl.*simd.*--backend/);
  }),
);

onWebGpu('the manifest names the backend, its adapter and the bytes on it', async (t, backend) => {
  const { scan } = await smallScan(2, 24, 6);
  const { manifest } = await new Reconstruction(scan, { ...METHOD, backend }).result();
  t.is(manifest.runtime.backend, 'webgpu');
  t.is(manifest.runtime.build, `wgsl ${backend.adapter}`);
  t.true((manifest.gpuPeakBytes ?? 0) > 2 * 24 * 24 * 4);
  t.is(manifest.peakBytes, null);
});

onWebGpu('a slice larger than a buffer of the GPU is refused before the run', async (t, { device }) => {
  const { scan } = await smallScan(2, 32, 6);
  const backend = await createWebGpuBackend({ device, maxChunkBytes: 32 * 32 * 4 - 4 });
  const refused = await t.throwsAsync(new Reconstruction(scan, { ...METHOD, backend }).ready);
  t.is((refused as { code?: string }).code, 'MEMORY');
  t.regex(refused!.message, /one slice.*does not fit into a buffer of the GPU/);
  await backend.dispose();
});

onWebGpu('a provider is refused on a GPU backend', async (t, backend) => {
  const { scan } = await smallScan(2, 24, 6);
  const refused = await t.throwsAsync(new Reconstruction(scan, { ...METHOD, backend, provider: 'cpu' }).ready);
  t.is((refused as { code?: string }).code, 'ARGUMENT');
});

onWebGpu('the GPU is asked for memory before a run, and says how much there is', async (t, { device, software }) => {
  t.is(await tryMemory(device, 1_000_000), 1_000_000);
  t.is(await tryMemory(device, 1_000_000, 2 ** 18), 1_000_000);
  // two of the largest buffers that SwiftShader promises: it gives none of this size
  if (software) t.is(await tryMemory(device, 2 ** 31, 2 ** 30), 0);
});

test('a plan that the GPU has no room for is refused, with what there is', async (t) => {
  const plan = { items: [{ what: 'fields', bytes: 3 * 2 ** 30, where: 'gpu' as const }] };
  const backend = await fakeGpu();
  await t.notThrowsAsync(requireDeviceMemory(backend, plan, async (_, bytes) => bytes));
  const refused = await t.throwsAsync(requireDeviceMemory(backend, plan, async () => 2 ** 30));
  t.is((refused as { code?: string }).code, 'MEMORY');
  t.regex(refused!.message, /1024 MiB.*3072 MiB.*--backend cpu/);
});

/** A backend on a device that is none: enough to ask for its memory. */
function fakeGpu(): Promise<WebGpuBackend> {
  const device = {
    adapterInfo: { vendor: 'acme' },
    limits: { maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 28, minUniformBufferOffsetAlignment: 256 },
    lost: new Promise(() => undefined),
    createBuffer: () => ({}),
  };
  return createWebGpuBackend({ device: device as unknown as GPUDevice });
}

for (const { method, methodOptions, scene } of [
  { method: 'cgls', methodOptions: { iterations: 2 }, scene: () => smallScan(16, 96, 8) },
  { method: 'sirt', methodOptions: { iterations: 2 }, scene: () => smallScan(16, 96, 8) },
  { method: 'admm-tv', methodOptions: { iterations: 2, innerIterations: 2 }, scene: () => smallScan(16, 96, 8) },
  { method: 'sense', methodOptions: { iterations: 2 }, scene: () => mrScan({ acs: 16 }, {}, smallHead([8, 80, 80])) },
  { method: 'cs-tv', methodOptions: { iterations: 2, innerIterations: 2 }, scene: () => mrScan({ acs: 16 }, {}, smallHead([8, 80, 80])) },
]) {
  onWebGpu(`${method}: the plan is within 5 % of what the fields take at the peak`, async (t, { device }) => {
    const { scan } = await scene();
    const backend = await createWebGpuBackend({ device }); // with a pool of its own
    const run = new Reconstruction(scan, { method, methodOptions: { ...methodOptions }, backend });
    await run.ready;
    const planned = run.plan.items.reduce((sum, { what, bytes, where }) => sum + (where === 'gpu' && what !== SUPPORT_ITEM ? bytes : 0), 0);
    await run.result();
    const { peak } = backend.memory();
    t.true(Math.abs(planned / peak - 1) < 0.05, `planned ${planned}, peak ${peak}`);
    await backend.dispose();
  });
}
