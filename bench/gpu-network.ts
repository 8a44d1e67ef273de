/**
 * The zoo's float priors on a WebGPU device, whole denoisings of a volume, against the same networks in PyTorch on the same card.
 *
 *     npm run bench -- gpu-network [--priors ct,mri] [--size 256] [--slices 64] [--batches 0,1,4,16,64] [--sigma 0.3] [--repeat 7]
 *         [--python PYTHON] [--dry] [--json FILE]
 *
 * Batch 0 is what the memory plan chooses. Ours: `NetworkPrior.denoise` in float32 on a field that is on the device, from an idle device to
 * an idle device; `in the network` are the device's own seconds between the first and the last command of ONNX Runtime (without timestamps:
 * the host's). PyTorch (bench/peers/network_torch.py; PYTHON with torch): the same denoiser with float32, TF32 products and bfloat16, with
 * the same batches and with the fastest of them. Rounds of both alternate. Operations: of the convolutions and linear layers, by PyTorch's
 * counter. `--dry` is a try on whatever adapter there is: 4 slices of 64², one round; its times mean nothing.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Field } from '../compute/backend.js';
import { processors } from '../core/platform/threads.js';
import { space } from '../core/space.js';
import { gpuNetworkBatch } from '../models/network/network-memory.js';
import { networkPrior } from '../models/network/network-prior.js';
import { createGpuBackend } from '../src/node.js';
import { useSwiftShader } from '../test/support/swiftshader.js';
import { markdown, median } from './support/numbers.js';
import { priorNote, priorsOf, type NamedPrior } from './support/priors.js';
import { PythonPeer } from './support/python.js';

const { values } = parseArgs({
  options: {
    priors: { type: 'string', default: 'ct,mri' },
    size: { type: 'string' },
    slices: { type: 'string' },
    batches: { type: 'string' },
    sigma: { type: 'string', default: '0.3' },
    repeat: { type: 'string' },
    python: { type: 'string' },
    dry: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const defaults = values.dry
  ? { size: '64', slices: '4', batches: '0,1', repeat: '1' }
  : { size: '256', slices: '64', batches: '0,1,4,16,64', repeat: '7' };
const given = { ...defaults, ...Object.fromEntries(Object.entries(values).filter(([, v]) => v !== undefined)) };
const [size, slices, repeat, sigma] = [given.size, given.slices, given.repeat, values.sigma].map(Number);
const wanted = given.batches.split(',').map(Number);
const PRECISIONS = ['fp32', 'tf32', 'bf16'] as const;
type Precision = (typeof PRECISIONS)[number];

const root = new URL(import.meta.url.includes('/dist/') ? '../../' : '../', import.meta.url);
const path = (name: string): string => fileURLToPath(new URL(name, root));

if (values.dry) useSwiftShader();
const gpu = await createGpuBackend();

/** Seconds a slice. */
interface Row {
  readonly prior: string;
  /** 'ours', or PyTorch's precision. */
  readonly what: 'ours' | Precision;
  /** 0: what the plan chose. */
  readonly asked: number;
  readonly batch: number;
  readonly seconds: number;
  readonly network?: number;
  readonly flops?: number;
  /** Where the first denoising compiled shaders, in all. */
  readonly first?: number;
}

interface Result {
  readonly rows: Row[];
  readonly failures: string[];
  readonly peer?: string;
  /** Greatest difference of ours from PyTorch's float32, in the prior's range. */
  readonly difference?: number;
}

/** Discs and noise, [slice, channel, row, column]. */
function noisyImages(channels: number): Float32Array {
  const plane = size * size;
  return Float32Array.from({ length: slices * channels * plane }, (_, i) => {
    const [x, y] = [i % size, Math.floor((i % plane) / size)].map((k) => (2 * k + 1) / size - 1);
    const disc = Math.hypot(x, y) < 0.8 ? 0.5 : 0;
    // of variance σ²; a network does not ask for more
    return disc + sigma * Math.SQRT2 * Math.sin(12.9898 * i + 4.1 * Math.sin(78.233 * i));
  });
}

/** As fields have complex images: interleaved. */
const interleaved = (x: Float32Array, channels: number): Float32Array => {
  const plane = size * size;
  return x.map((_, i) => x[(Math.floor(i / (channels * plane)) * channels + (i % channels)) * plane + (Math.floor(i / channels) % plane)]);
};

const bytesOf = (x: Float32Array): Uint8Array => new Uint8Array(x.buffer, x.byteOffset, x.byteLength);

interface Peer {
  readonly python: PythonPeer;
  readonly device: string;
  readonly flops: number;
}

async function openPeer(prior: NamedPrior, images: string): Promise<Peer | undefined> {
  if (!values.python) return undefined;
  const python = new PythonPeer(values.python, path('bench/peers/network_torch.py'), processors());
  try {
    const onnx = path(`models/zoo/${prior.card.file}`);
    const shape = [slices, prior.card.channels, size, size];
    const { device, flops } = await python.ask<{ device: string; flops: number }>({ op: 'open', onnx, images, shape, sigma });
    return { python, device, flops };
  } catch (error) {
    console.error(`no PyTorch peer by ${values.python}: ${String(error)}`);
    python.close();
    return undefined;
  }
}

async function measure(prior: NamedPrior, folder: string): Promise<Result> {
  const { card, weights } = prior;
  const planar = noisyImages(card.channels);
  const images = join(folder, `${prior.name}.f32`);
  await writeFile(images, bytesOf(planar));
  const peer = await openPeer(prior, images);
  const domain = space(['slice', 'y', 'x'], [slices, size, size], card.channels === 2 ? 'complex64' : 'float32');
  const [x, d] = [gpu.field(domain), gpu.field(domain)];
  await gpu.write(x, interleaved(planar, card.channels));
  const rows: Row[] = [];
  const failures: string[] = [];
  let difference: number | undefined;
  for (const asked of wanted.filter((n) => n <= slices)) {
    const batch = asked || gpuNetworkBatch(card, domain, gpu.device.limits);
    const ours = await networkPrior(card, weights, gpu, { batch });
    const round = async (): Promise<{ seconds: number; network: number }> => {
      await gpu.flush();
      const [before, start] = [await ours.runtimeSeconds(), performance.now()];
      ours.denoise(x, sigma, d);
      await gpu.flush();
      const seconds = (performance.now() - start) / 1000;
      return { seconds: seconds / slices, network: ((await ours.runtimeSeconds()) - before) / slices };
    };
    const first = (await round()).seconds * slices;
    const own: { seconds: number; network: number }[] = [];
    const theirs = new Map<Precision, number[]>(peer ? PRECISIONS.map((p) => [p, []]) : []);
    for (let r = 0; r < repeat; r++) {
      own.push(await round());
      for (const [precision, seconds] of theirs) {
        const answer = await peer!.python.ask<{ seconds?: number; failed?: string }>({
          op: 'denoise',
          precision,
          batch,
        });
        if (answer.seconds !== undefined) seconds.push(answer.seconds);
        else if (r === 0) failures.push(`PyTorch ${precision}, batch ${batch}: ${answer.failed?.split('\n')[0]}`);
      }
    }
    const shared = { prior: prior.name, asked, batch, flops: peer?.flops };
    const network = median(own.map((o) => o.network));
    rows.push({ ...shared, what: 'ours', seconds: median(own.map((o) => o.seconds)), network, first });
    for (const [what, seconds] of theirs) if (seconds.length > 0) rows.push({ ...shared, what, seconds: median(seconds) });
    if (peer && difference === undefined) difference = await compare(peer, folder, d, batch, card.channels);
    await ours.dispose();
  }
  peer?.python.close();
  for (const field of [x, d]) field.dispose();
  return { rows, failures, peer: peer?.device, difference };
}

async function compare(peer: Peer, folder: string, d: Field, batch: number, channels: number): Promise<number> {
  const file = join(folder, 'result.f32');
  await peer.python.ask({ op: 'result', batch, path: file });
  const bytes = await readFile(file);
  const theirs = interleaved(new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4), channels);
  return (await gpu.read(d)).reduce((most, v, i) => Math.max(most, Math.abs(v - theirs[i])), 0);
}

const ms = (seconds: number): string => (1e3 * seconds).toPrecision(3);

/** A line a prior and batch: ours, and each precision of PyTorch with the same batch and with its best one. */
function table(rows: readonly Row[]): string {
  const best = (prior: string, what: Precision): Row | undefined =>
    rows.filter((r) => r.prior === prior && r.what === what).sort((a, b) => a.seconds - b.seconds)[0];
  const has = PRECISIONS.filter((p) => rows.some((r) => r.what === p));
  const cells = rows
    .filter((r) => r.what === 'ours')
    .map((r) => {
      const same = (what: Precision): Row | undefined => rows.find((o) => o.prior === r.prior && o.what === what && o.asked === r.asked);
      const against = (what: Precision): string[] => {
        const fastest = best(r.prior, what);
        return [ms(same(what)?.seconds ?? NaN), fastest ? `${(r.seconds / fastest.seconds).toPrecision(2)} (${fastest.batch})` : ''];
      };
      return [
        r.prior,
        `${r.batch}${r.asked === 0 ? ' (plan)' : ''}`,
        ms(r.seconds),
        ms(r.network!),
        r.flops === undefined ? '' : (r.flops / r.seconds / 1e12).toPrecision(3),
        r.first!.toFixed(1),
        ...has.flatMap(against),
      ];
    });
  const head = ['prior', 'slices at once', 'ms a slice', 'in the network', 'TFLOP/s', 'first denoising, s'];
  return markdown([...head, ...has.flatMap((p) => [`PyTorch ${p}, ms`, `ours / its best (slices)`])], cells);
}

const folder = await mkdtemp(join(tmpdir(), 'slicewise-network-'));
try {
  const priors = await priorsOf(values.priors.split(','));
  const results: { [prior: string]: Result } = {};
  for (const prior of priors) results[prior.name] = await measure(prior, folder);
  const all = Object.values(results);
  const peer = all.find((r) => r.peer)?.peer;
  console.log(
    `${gpu.adapter}${gpu.software ? ' (computes on the processor: times mean nothing)' : ''}; ` +
      `${peer ? `PyTorch on ${peer}` : 'no PyTorch'}; ${slices} slices of ${size}², σ = ${sigma}, medians of ${repeat}\n`,
  );
  console.log(table(all.flatMap((r) => r.rows)));
  for (const [name, { difference }] of Object.entries(results)) {
    if (difference !== undefined)
      console.log(`\n${name}: ours from PyTorch's float32 at most ${difference.toExponential(1)} of the range.`);
  }
  for (const failure of all.flatMap((r) => r.failures)) console.log(`\n${failure}`);
  console.log(`\n${priorNote(priors)}`);
  if (values.json) {
    await writeFile(
      values.json,
      JSON.stringify({ adapter: gpu.adapter, software: gpu.software, peer, slices, size, sigma, repeat, results }, null, 1),
    );
  }
} finally {
  await rm(folder, { recursive: true });
  await gpu.dispose();
}
