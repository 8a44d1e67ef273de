import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import * as node from 'onnxruntime-node';
import type { Backend, Field } from '../../compute/backend.js';
import { space } from '../../core/space.js';
import { parseCard } from '../../models/card/card.js';
import { networkPrior, type NetworkPrior } from '../../models/network/network-prior.js';
import { loadModel } from '../../models/sources/zoo.js';
import { createBackend, zoo } from '../../src/node.js';
import { testNumbers } from '../support/backends.js';
import { openDenoiser, type Denoiser } from '../support/denoise.js';
import { onWebGpu } from '../support/every-backend.js';
import { fallbackIn, fallbackOf } from '../support/placement.js';
import { webRuntime } from '../support/web-runtime.js';

/*
 * Every network of the zoo on ONNX Runtime's WebGPU provider, as pages have it (onnxruntime-web, on a device of Dawn), against its CPU
 * provider: float networks through the prior, 8-bit ones, which the prior refuses, in bare sessions. The first evaluation takes SwiftShader
 * 10 s, one more at 64² 1 to 2 s.
 */

const cards = readdirSync('models/zoo')
  .filter((file) => file.endsWith('.json'))
  .map((file) => parseCard(JSON.parse(readFileSync(`models/zoo/${file}`, 'utf8')), file))
  // networks of blocks run on the CPU whatever the backend (block-network.ts)
  .filter(({ block }) => block === undefined);

const SIDE = 32;
/** Noise levels of the two images of a batch; every prior of the zoo knows them. */
const SIGMAS = [0.05, 3];

/** Discs in air, the second channel a fraction of the first, and noise: [N, channels, SIDE, SIDE]. */
function noisyImages(channels: number, sigmas: readonly number[]): Float32Array {
  const next = testNumbers(channels);
  const gaussian = (): number => Math.sqrt(-2 * Math.log((next() + 1.0000001) / 2)) * Math.cos(Math.PI * next());
  const discs = [
    [0, 0, 0.85, 0.5],
    [0.35, 0.1, 0.3, -0.4],
    [-0.2, 0.4, 0.15, 0.35],
    [-0.3, -0.3, 0.2, 0.05],
  ];
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
 * Greatest answer of an 8-bit network on the CPU to a change of its input by 1e-5 of its scale. Such a network is not continuous: a sum
 * next to a rounding threshold becomes the next integer, and the rounding errors of all that follows are drawn anew.
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

/** D(x; σ) of images [N, channels, SIDE, SIDE], which a field has interleaved. */
async function through(backend: Backend, prior: NetworkPrior, x: Float32Array, sigma: number): Promise<Float32Array> {
  const { channels } = prior.card;
  const slices = x.length / (channels * SIDE * SIDE);
  const field = backend.field(space(['slice', 'y', 'x'], [slices, SIDE, SIDE], channels === 2 ? 'complex64' : 'float32'));
  const plane = SIDE * SIDE;
  const planar = (i: number): number =>
    (Math.floor(i / (channels * plane)) * channels + (i % channels)) * plane + (Math.floor(i / channels) % plane);
  await backend.write(
    field,
    x.map((_, i) => x[planar(i)]),
  );
  const guide: Field[] = [];
  for (let p = 0; p < (prior.guide?.planes ?? 0); p++) {
    guide.push(backend.field(field.space));
    // the same for every slice: one of a batch is compared with one alone
    await backend.write(
      guide[p],
      x.map((_, i) => 0.25 * Math.sin((i % (channels * plane)) * (0.1 + 0.07 * p))),
    );
  }
  prior.denoise(field, sigma, field, guide.length > 0 ? { guide } : {});
  const d = await backend.read(field);
  for (const used of [field, ...guide]) used.dispose();
  return d;
}

for (const { name } of cards.filter(({ precision }) => precision !== 'int8')) {
  onWebGpu(`the prior '${name}' gives what it gives on the CPU, and a slice in a batch what it gives alone`, async (t, gpu) => {
    const { card, weights } = await loadModel(zoo(), name);
    const cpu = createBackend({ workers: 1 });
    const [ours, theirs] = [await networkPrior(card, weights, gpu, { batch: 2 }), await networkPrior(card, weights, cpu)];
    t.log(gpu.adapter);
    for (const sigma of SIGMAS.filter((level) => level >= card.sigmaMin && level <= card.sigmaMax)) {
      const x = noisyImages(card.channels, [sigma, sigma, sigma]); // a batch of two and one alone
      const image = x.length / 3;
      x.set(x.subarray(0, image), 2 * image);
      const d = await through(gpu, ours, x, sigma);
      const found = differences(d, await through(cpu, theirs, x, sigma), 3);
      t.log(`σ = ${sigma}: ${found.map(show).join('; ')}`);
      // of the range: drivers may compute sin and cos, of which some networks make the noise level's features, to 2^-11 only
      for (const { max } of found) t.true(max <= 1e-4);
      const [batch] = differences(d.slice(0, image), d.slice(2 * image), 1);
      t.log(`alone against in a batch: ${show(batch)}`);
      t.true(batch.max <= 1e-6);
    }
    const seconds = await ours.runtimeSeconds();
    t.true(seconds > 0);
    await ours.dispose();
    await theirs.dispose();
    await cpu.dispose();
  });
}

for (const { name } of cards.filter(({ precision }) => precision === 'int8')) {
  onWebGpu(`the 8-bit network '${name}' gives on WebGPU what it gives on the CPU, and is refused as a prior`, async (t, gpu) => {
    const entry = await loadModel(zoo(), name);
    const hint = new RegExp(`8-bit.*'${entry.card.derivedFrom!.name}'`);
    await t.throwsAsync(networkPrior(entry.card, entry.weights, gpu), { message: hint });
    const cpu = await openDenoiser(node, entry, 'cpu');
    const web = await openDenoiser(await webRuntime(gpu), entry, 'webgpu');
    const x = noisyImages(entry.card.channels, SIGMAS);
    const found = differences(await web.denoise(x, SIGMAS), await cpu.denoise(x, SIGMAS), 2);
    const allowed = await ownScatter(cpu, x, SIGMAS);
    found.forEach((d, k) => {
      const bound = { max: Math.max(1e-4, 2 * allowed[k].max), rms: Math.max(1e-4, 2 * allowed[k].rms) };
      const what = `σ = ${SIGMAS[k]}: ${show(d)}; allowed ${show(bound)}`;
      t.true(d.max <= bound.max && d.rms <= bound.rms, what);
      t.log(what);
    });
    await cpu.close();
    await web.close();
  });
}

for (const { name } of cards) {
  onWebGpu(`what of '${name}' WebGPU leaves to the CPU is known`, async (t) => {
    const { card, weights } = await loadModel(zoo(), name);
    const fallback = await fallbackOf(weights, 'webgpu');
    // the provider reads 8-bit weights but cannot round to 8 bits: such a network computes in float, and copies every layer to the host and
    // back
    const { QuantizeLinear: rounded = 0, ...others } = fallback;
    t.deepEqual(others, {});
    if (card.precision === 'int8') t.log(`${rounded} QuantizeLinear run on the CPU`);
    else t.is(rounded, 0);
  });
}

test('placements are read from ONNX Runtime’s log', (t) => {
  const line = (text: string): string => `[V:onnxruntime:, session_state.cc:1385 VerifyEachNodeIsAssignedToAnEp] ${text}\n`;
  const mixed = [
    ' Node(s) placed on [CPUExecutionProvider]. Number of nodes: 3',
    '  Hardmax (a)',
    '  MemcpyToHost (b)',
    '  Hardmax (c)',
    ' Node(s) placed on [WebGpuExecutionProvider]. Number of nodes: 1',
    '  Conv (d)',
  ]
    .map(line)
    .join('');
  t.deepEqual(fallbackIn(mixed), { Hardmax: 2 });
  t.deepEqual(fallbackIn(line(' All nodes placed on [WebGpuExecutionProvider]. Number of nodes: 4')), {});
  t.deepEqual(fallbackIn(line(' All nodes placed on [CPUExecutionProvider]. Number of nodes: 4')), { 'every operation': 1 });
  t.throws(() => fallbackIn('no such line'));
});
