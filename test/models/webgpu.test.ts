import test from 'ava';
import * as node from 'onnxruntime-node';
import { listModels, loadModel } from '../../models/zoo.js';
import { zoo } from '../../src/node.js';
import { testNumbers } from '../support/backends.js';
import { openDenoiser, type Denoiser } from '../support/denoise.js';
import { fallbackIn, fallbackOf } from '../support/placement.js';
import { useSwiftShader } from '../support/swiftshader.js';
import { webRuntime } from '../support/web-runtime.js';
import { openWebGpu } from '../support/webgpu-device.js';

/*
 * Every network of the zoo on ONNX Runtime's WebGPU provider, as pages have it (onnxruntime-web, on a device of Dawn), against its CPU provider. The
 * adapter is SwiftShader where Debian's chromium is installed, else this machine's own; an evaluation at 64² takes SwiftShader 1 to 2 s.
 */

const driver = useSwiftShader();
const webgpu = await openWebGpu();
const cards = await listModels(zoo());
const missing = webgpu ? '' : ' (needs a WebGPU adapter: apt-get install chromium libvulkan1 brings a driver)';
const onDevice = webgpu ? test.serial : test.serial.skip;
const open: Denoiser[] = [];

test.after.always(async () => {
  // only now: the provider drops its compiled shaders with its last session
  for (const denoiser of open) await denoiser.close();
  webgpu?.close();
});

const SIDE = 64;
/** Noise levels of the two images of a batch; every prior of the zoo knows them. */
const SIGMAS = [0.05, 3];

/** Discs in air, the second channel a fraction of the first, and noise: [N, channels, SIDE, SIDE]. */
function noisyImages(channels: number, sigmas: readonly number[]): Float32Array {
  const next = testNumbers(channels);
  const gaussian = (): number => Math.sqrt(-2 * Math.log((next() + 1.0000001) / 2)) * Math.cos(Math.PI * next());
  const discs = [[0, 0, 0.85, 0.5], [0.35, 0.1, 0.3, -0.4], [-0.2, 0.4, 0.15, 0.35], [-0.3, -0.3, 0.2, 0.05]]; // prettier-ignore
  const image = SIDE * SIDE;
  return Float32Array.from({ length: sigmas.length * channels * image }, (_, i) => {
    const [x, y] = [i % SIDE, Math.floor((i % image) / SIDE)].map((k) => (2 * k + 1) / SIDE - 1);
    const clean = discs.reduce((sum, [cx, cy, r, v]) => sum + (Math.hypot(x - cx, y - cy) < r ? v : 0), 0);
    const channel = Math.floor(i / image) % channels;
    return (channel ? 0.3 : 1) * clean + sigmas[Math.floor(i / (channels * image))] * gaussian();
  });
}

interface Difference {
  readonly max: number;
  readonly rms: number;
}

/** Of each image of a batch. */
function differences(a: Float32Array, b: Float32Array, count: number): Difference[] {
  const image = a.length / count;
  return Array.from({ length: count }, (_, k) => {
    const d = a.subarray(k * image, (k + 1) * image).map((v, i) => Math.abs(v - b[k * image + i]));
    return { max: d.reduce((m, v) => Math.max(m, v), 0), rms: Math.sqrt(d.reduce((s, v) => s + v * v, 0) / image) };
  });
}

const show = ({ max, rms }: Difference): string => `max ${max.toExponential(1)}, rms ${rms.toExponential(1)}`;

/**
 * Greatest answer of an 8-bit network on the CPU to a change of its input by 1e-5 of its scale. Such a network is not continuous: a sum next to a
 * rounding threshold becomes the next integer, and the rounding errors of all that follows are drawn anew.
 */
async function ownScatter(cpu: Denoiser, x: Float32Array, sigmas: readonly number[]): Promise<Difference[]> {
  const reference = await cpu.denoise(x, sigmas);
  const scatter = sigmas.map(() => ({ max: 0, rms: 0 }));
  const image = x.length / sigmas.length;
  for (const seed of [1, 2, 3]) {
    const next = testNumbers(seed);
    const moved = x.map((v, i) => v + 1e-5 * Math.hypot(1, sigmas[Math.floor(i / image)]) * next());
    differences(await cpu.denoise(moved, sigmas), reference, sigmas.length).forEach(({ max, rms }, k) => {
      scatter[k] = { max: Math.max(max, scatter[k].max), rms: Math.max(rms, scatter[k].rms) };
    });
  }
  return scatter;
}

for (const { name } of cards) {
  onDevice(`the network '${name}' gives on WebGPU what it gives on the CPU${missing}`, async (t) => {
    if (!webgpu) return;
    const entry = await loadModel(zoo(), name);
    const { channels, precision } = entry.card;
    const cpu = await openDenoiser(node, entry, 'cpu');
    const gpu = await openDenoiser(await webRuntime(webgpu), entry, 'webgpu');
    open.push(cpu, gpu);
    t.log(`${webgpu.name}${driver ? ` (${driver})` : ''}`);
    for (const sigmas of [SIGMAS.slice(0, 1), SIGMAS]) {
      const x = noisyImages(channels, sigmas);
      const found = differences(await gpu.denoise(x, sigmas), await cpu.denoise(x, sigmas), sigmas.length);
      // 1e-4 of the range: drivers may compute sin and cos, of which the noise level's features are made, to 2^-11 only
      const allowed = precision === 'int8' ? await ownScatter(cpu, x, sigmas) : sigmas.map(() => ({ max: 0, rms: 0 }));
      found.forEach((d, k) => {
        const bound = { max: Math.max(1e-4, 2 * allowed[k].max), rms: Math.max(1e-4, 2 * allowed[k].rms) };
        const what = `N = ${sigmas.length}, σ = ${sigmas[k]}: ${show(d)}; allowed ${show(bound)}`;
        t.true(d.max <= bound.max && d.rms <= bound.rms, what);
        t.log(what);
      });
    }
  });

  onDevice(`what of '${name}' WebGPU leaves to the CPU is known${missing}`, async (t) => {
    const { card, weights } = await loadModel(zoo(), name);
    const fallback = await fallbackOf(weights, 'webgpu');
    // the provider reads 8-bit weights but cannot round to 8 bits: such a network computes in float, and copies every layer to the host and back
    const { QuantizeLinear: rounded = 0, ...others } = fallback;
    t.deepEqual(others, {});
    if (card.precision === 'int8') t.log(`${rounded} QuantizeLinear run on the CPU`);
    else t.is(rounded, 0);
  });
}

test('placements are read from ONNX Runtime’s log', (t) => {
  const line = (text: string): string => `[V:onnxruntime:, session_state.cc:1385 VerifyEachNodeIsAssignedToAnEp] ${text}\n`;
  const mixed = [' Node(s) placed on [CPUExecutionProvider]. Number of nodes: 3', '  Hardmax (a)', '  MemcpyToHost (b)', '  Hardmax (c)',
    ' Node(s) placed on [WebGpuExecutionProvider]. Number of nodes: 1', '  Conv (d)'].map(line).join(''); // prettier-ignore
  t.deepEqual(fallbackIn(mixed), { Hardmax: 2 });
  t.deepEqual(fallbackIn(line(' All nodes placed on [WebGpuExecutionProvider]. Number of nodes: 4')), {});
  t.deepEqual(fallbackIn(line(' All nodes placed on [CPUExecutionProvider]. Number of nodes: 4')), { 'every operation': 1 });
  t.throws(() => fallbackIn('no such line'));
});
