import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { createWebGpuBackend, type WebGpuBackend } from '../../compute/webgpu/backend.js';
import { space } from '../../core/space.js';
import type { Card } from '../../models/card/card.js';
import { gpuNetworkBatch, gpuNetworkMemory } from '../../models/network/network-memory.js';
import { networkPrior, type NetworkOptions } from '../../models/network/network-prior.js';
import { tryModel } from '../../models/sources/trial.js';
import { loadModel } from '../../models/sources/zoo.js';
import { createBackend, createGpuBackend, zoo } from '../../src/node.js';
import { testArray } from '../support/backends.js';
import { onWebGpu } from '../support/every-backend.js';
import { denoised, difference, planesOf, turned } from '../support/network-images.js';
import { closedForm, network, type NetworkName } from '../support/networks.js';

// float32 sums of a few terms, and of a mean over up to 64 pixels in another order
const ROUNDING = 2e-6;

for (const name of ['complex', 'complex-edge'] as const) {
  onWebGpu(`complex images of odd sides go through '${name}' as its closed form says, for every batch`, async (t, gpu) => {
    const sigma = 0.7;
    for (const [slices, rows, columns] of [
      [1, 5, 7],
      [5, 8, 3],
      [19, 7, 6],
    ] as const) {
      let first: Float32Array | undefined;
      for (const [batch, inPlace] of [
        [1, false],
        [3, true],
        [undefined, false],
      ] as const) {
        const { x, d } = await denoised(gpu, name, [slices, rows, columns], sigma, { complex: true, batch, inPlace });
        const wanted = Array.from({ length: slices }, (_, k) => closedForm(name, planesOf(x, k, rows * columns, 2), rows, columns, sigma));
        t.true(difference(d, wanted, 2) < ROUNDING, `${slices}×${rows}×${columns}, batch ${batch}`);
        first ??= d;
        t.true(
          difference(
            d,
            Array.from({ length: slices }, (_, k) => planesOf(first!, k, rows * columns, 2)),
            2,
          ) < 1e-6,
        );
      }
    }
  });
}

onWebGpu('slices of a batch may lie in several chunks of a field', async (t, { device }) => {
  const chunked = await createWebGpuBackend({ device, maxChunkBytes: 2 * 5 * 7 * 8 });
  for (const inPlace of [false, true]) {
    const { x, d } = await denoised(chunked, 'complex', [7, 5, 7], 0.7, { complex: true, batch: 3, inPlace });
    const wanted = Array.from({ length: 7 }, (_, k) => closedForm('complex', planesOf(x, k, 35, 2), 5, 7, 0.7));
    t.true(difference(d, wanted, 2) < ROUNDING);
  }
  await chunked.dispose();
});

onWebGpu('with a phase the network sees the image turned, and its answer is turned back', async (t, gpu) => {
  const { x, d } = await denoised(gpu, 'complex', [3, 5, 7], 2, { complex: true, batch: 2, phase: 1.1 });
  const wanted = [0, 1, 2].map((k) => turned(closedForm('complex', turned(planesOf(x, k, 35, 2), 1.1), 5, 7, 2), -1.1));
  t.true(difference(d, wanted, 2) < ROUNDING);
});

onWebGpu('a network of two planes and their variances is used for its first two only, in its parametrisation', async (t, gpu) => {
  const sigma = Math.sqrt(0.1 * 0.5); // half way between t = 1 and t = 2
  const { x, d } = await denoised(gpu, 'learned-variance', [3, 5, 6], sigma, { complex: true, batch: 2 });
  const scale = 1 / Math.sqrt(1 + sigma * sigma);
  const wanted = [0, 1, 2].map((k) => {
    const planes = planesOf(x, k, 30, 2);
    const epsilon = closedForm(
      'learned-variance',
      planes.map((p) => p.map((v) => v * scale)),
      5,
      6,
      1.5,
    );
    return planes.map((plane, p) => plane.map((v, i) => v - sigma * epsilon[p][i]));
  });
  t.true(difference(d, wanted, 2) < ROUNDING);
});

onWebGpu('a network of whole time steps is asked for the nearest one, and refuses noise levels between', async (t, gpu) => {
  const { x, d } = await denoised(gpu, 'whole-steps', [2, 4, 4], 0.51, { complex: true }); // t = 2 is 0.5
  const scale = 1 / Math.sqrt(1 + 0.51 ** 2);
  const wanted = [0, 1].map((k) => {
    const planes = planesOf(x, k, 16, 2);
    const v = closedForm(
      'whole-steps',
      planes.map((p) => p.map((value) => value * scale)),
      4,
      4,
      2,
    );
    return planes.map((plane, p) => plane.map((value, i) => scale * scale * value - 0.51 * scale * v[p][i]));
  });
  t.true(difference(d, wanted, 2) < ROUNDING);
  const between = denoised(gpu, 'whole-steps', [2, 4, 4], 0.3, { complex: true });
  await t.throwsAsync(between, { message: /whole time steps.*nearest being 0\.5.*got σ = 0\.3/ });
});

onWebGpu('a real image goes through a complex prior with an imaginary part of 0, and the record says so', async (t, gpu) => {
  const { x, d, described } = await denoised(gpu, 'complex', [3, 5, 7], 2, { complex: false, batch: 2 });
  const wanted = [0, 1, 2].map((k) => closedForm('complex', [planesOf(x, k, 35, 1)[0], new Float64Array(35)], 5, 7, 2));
  t.true(difference(d, wanted, 1) < ROUNDING);
  t.is(described.realImages, 'imaginary part 0, real part kept');
  t.is(described.provider, 'webgpu');
  t.regex(String(described.runtime), /^onnxruntime-web \d+\.\d+/);
});

onWebGpu('a real prior denoises real images and refuses complex ones', async (t, gpu) => {
  const { x, d } = await denoised(gpu, 'real', [18, 6, 5], 0.3, { complex: false, batch: 4 });
  const wanted = Array.from({ length: 18 }, (_, k) => closedForm('real', planesOf(x, k, 30, 1), 6, 5, 0.3));
  t.true(difference(d, wanted, 1) < ROUNDING);
  const error = await t.throwsAsync(denoised(gpu, 'real', [2, 4, 4], 0.3, { complex: true }));
  t.is((error as { code?: string }).code, 'SHAPE');
});

onWebGpu('a graph that is not the card’s, or has no kernels on WebGPU, is refused, and the backend goes on', async (t, gpu) => {
  const load = async (name: NetworkName, changes: Partial<Card>, options: NetworkOptions = {}): Promise<string> => {
    const { card, weights } = network(name, changes);
    const error = (await t.throwsAsync(networkPrior(card, weights, gpu, options)))!;
    t.true(['MODEL', 'ARGUMENT'].includes((error as unknown as { code: string }).code));
    return error.message;
  };
  t.regex(await load('complex', { output: 'y' }), /no output 'y', the graph has 'f'/);
  t.regex(await load('third-input', {}), /input 'label' that the card does not name/);
  t.regex(await load('fixed-size', {}), /got float32 \[N, 1, 64, 64\].*dynamic N, H and W/);
  t.regex(await load('no-gpu', {}), /operations on images would silently run on the CPU/);
  const derivedFrom = { name: 'coarse', version: '1', sha256: '0'.repeat(64) };
  t.regex(await load('real', { precision: 'int8', derivedFrom }), /8-bit layers.*Use the float network it was made of, 'coarse'/);
  t.regex(await load('real', {}, { provider: 'cuda' }), /'cuda' belongs to the backend 'cpu'.*--provider/);
  t.regex(await load('real', {}, { batch: 0 }), /batch; expected a positive integer; got 0/);
  const { card } = network('real');
  const noNetwork = networkPrior(card, new TextEncoder().encode('no network'), gpu);
  await t.throwsAsync(noNetwork, { message: /cannot load the network of 'real'/ });
  // arithmetic of shapes may be on the host
  const cpu = createBackend({ workers: 1 });
  const [ours, theirs] = await Promise.all([gpu, cpu].map((backend) => denoised(backend, 'shapes', [2, 8, 8], 0.5, { complex: false })));
  t.true(
    difference(
      ours.d,
      [0, 1].map((k) => planesOf(theirs.d, k, 64, 1)),
      1,
    ) < ROUNDING,
  );
  await cpu.dispose();
});

onWebGpu('the trial of a model tells a network that mixes slices from a good one', async (t, gpu) => {
  const { card, weights } = network('real');
  t.is((await tryModel(card, weights, gpu)).length, 3);
  const coupled = network('batch-coupled');
  await t.throwsAsync(tryModel(coupled.card, coupled.weights, gpu), { message: /slice in a batch than for the slice alone/ });
});

onWebGpu('two priors on two devices do not disturb each other', async (t, gpu) => {
  const other = await createGpuBackend();
  const results = await Promise.all(
    [gpu, other, gpu].map((backend) => denoised(backend, 'complex', [4, 5, 7], 0.7, { complex: true, batch: 1 })),
  );
  await other.dispose();
  const wanted = [0, 1, 2, 3].map((k) => closedForm('complex', planesOf(results[0].x, k, 35, 2), 5, 7, 0.7));
  for (const { d } of results) t.true(difference(d, wanted, 2) < ROUNDING);
});

/** A denoising on a backend of its own, which ends with an error. */
async function failing(name: NetworkName, during: (gpu: WebGpuBackend) => void, batch = 1): Promise<unknown> {
  const gpu = await createGpuBackend();
  const { card, weights } = network(name);
  const prior = await networkPrior(card, weights, gpu, { batch });
  const x = gpu.field(space(['slice', 'y', 'x'], [6, 8, 8]));
  prior.denoise(x, 1, x);
  during(gpu);
  try {
    await gpu.read(x);
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await prior.dispose();
    await gpu.dispose();
  }
}

onWebGpu('an output of another shape than the graph states is an error, not an image', async (t) => {
  const error = (await failing('shrinks', () => undefined)) as Error;
  t.regex(error.message, /another shape.*expected float32 \[1, 1, 8, 8\]; got float32 \[1, 1, 4, 4\]/);
});

onWebGpu(
  'a device that runs out of memory in the network ends the run with an error that says how many slices it had',
  async (t, { software }) => {
    if (!software) return void t.pass('on SwiftShader only, which gives no buffer of 1 GiB');
    const error = (await failing(
      'complex',
      ({ device }) => {
        const make = device.createBuffer.bind(device);
        device.createBuffer = (descriptor) => make({ ...descriptor, size: 2 ** 30 });
      },
      2,
    )) as { code?: string; message: string };
    t.is(error.code, 'MEMORY', error.message);
    t.regex(error.message, /GPU is out of memory in the network of 'complex'.*room for 2 slices at once.*--batch/s);
  },
);

onWebGpu('without onnxruntime-web the error says what to install', async (t) => {
  const hook = `export async function resolve(name, context, next) {
    if (name.startsWith('onnxruntime-web')) throw new Error('Cannot find package ' + name);
    return next(name, context);
  }`;
  const dataUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
  const start = `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hook))});`;
  const script = `
    import { networkPrior } from './dist/models/network/network-prior.js';
    import { createGpuBackend } from './dist/src/node.js';
    import { network } from './dist/test/support/networks.js';
    const { card, weights } = network('real');
    const gpu = await createGpuBackend();
    await networkPrior(card, weights, gpu).catch(({ code, message }) => console.log(code, message));
    await gpu.flush();
    await gpu.dispose();
    process.exit();`;
  const args = ['--import', dataUrl(start), '--input-type=module', '-e', script];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  t.regex(stdout, /^RUNTIME_MISSING .*onnxruntime-web.*npm install onnxruntime-web/);
});

onWebGpu('a device that goes away in the network ends the run with an error, and networks on other devices go on', async (t, gpu) => {
  const error = (await failing('real', ({ device }) => device.destroy())) as { code?: string; message: string };
  t.is(error.code, 'BACKEND');
  t.regex(error.message, /device was (closed|lost)/);
  const { x, d } = await denoised(gpu, 'real', [2, 4, 4], 0.3, { complex: false });
  const wanted = [0, 1].map((k) => closedForm('real', planesOf(x, k, 16, 1), 4, 4, 0.3));
  t.true(difference(d, wanted, 1) < ROUNDING);
});

onWebGpu('a prior that was disposed of, or whose backend was, is refused and released', async (t, { device }) => {
  const gpu = await createWebGpuBackend({ device });
  const { card, weights } = network('real');
  const [first, second] = [await networkPrior(card, weights, gpu), await networkPrior(card, weights, gpu)];
  const x = gpu.field(space(['slice', 'y', 'x'], [1, 4, 4]));
  first.denoise(x, 1, x);
  await first.dispose();
  await first.dispose();
  t.throws(() => first.denoise(x, 1, x), { message: /disposed of/ });
  second.denoise(x, 1, x);
  t.true((await gpu.read(x)).every(Number.isFinite));
  await gpu.dispose();
  await second.dispose();
  await t.throwsAsync(networkPrior(card, weights, gpu), { message: /backend was disposed of/ });
});

onWebGpu('seconds in the network are counted', async (t, gpu) => {
  const { card, weights } = network('complex');
  const prior = await networkPrior(card, weights, gpu);
  t.is(await prior.runtimeSeconds(), 0);
  const domain = space(['slice', 'y', 'x'], [2, 5, 7], 'complex64');
  const x = gpu.field(domain);
  await gpu.write(x, testArray(140, 1));
  const start = performance.now();
  prior.denoise(x, 1, x);
  await gpu.flush();
  const [seconds, wall] = [await prior.runtimeSeconds(), (performance.now() - start) / 1000];
  t.true(seconds > 0 && seconds <= wall, `${seconds} of ${wall}`);
  t.true(prior.bytes(domain).items.every(({ bytes }) => bytes > 0));
  await prior.dispose();
});

test('how many slices a network gets at once follows from the device, the image and the network', async (t) => {
  const { card } = await loadModel(zoo(), 'ct');
  const images = (n: number, side: number) => space(['slice', 'y', 'x'], [n, side, side]);
  const limits = (bytes: number) => ({ maxStorageBufferBindingSize: bytes });
  const large = gpuNetworkBatch(card, images(256, 256), limits(2 ** 31));
  t.true(large >= 8 && large <= 32, `${large}`);
  t.true(gpuNetworkBatch(card, images(256, 256), limits(2 ** 27)) < large);
  t.is(gpuNetworkBatch(card, images(256, 4096), limits(2 ** 27)), 1);
  t.is(gpuNetworkBatch(card, images(3, 64), limits(2 ** 31)), 3);
  // equal calls: 22 slices at most, and 23 are 12 and 11
  t.is(gpuNetworkBatch(card, images(large + 1, 256), limits(2 ** 31)), Math.ceil((large + 1) / 2));
  const bytes = (batch: number) => gpuNetworkMemory(card, images(256, 256), batch).device.items[0].bytes;
  t.true(bytes(large) < 2 ** 29 * 1.2 && bytes(1) < bytes(2));
});
