/**
 * Batched centred 2-D FFTs on the GPU (WebGPU) against its memory and PyTorch (cuFFT), and AᴴA of Cartesian MRI over the two batched FFTs
 * it stands for.
 *
 *     npm run bench -- gpu-fft [--python PYTHON] [--repeat 7] [--times 10] [--slices 64] [--coils 8] [--sizes 320x320,256x256,368x640]
 *         [--software] [--json FILE]
 *
 * PYTHON has torch with CUDA; without either the columns of the peer stay empty. `--software` computes on the processor (SwiftShader), to
 * see that the bench runs: it then defaults to a few small images. Data are resident. A repetition queues `times` transforms and waits for
 * the last one; medians of `repeat` repetitions, which alternate with the peer's. GB/s counts what two passes must move (each reads and
 * writes every image once); the ceiling is a copy of the same field, measured in the same run.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Backend } from '../compute/backend.js';
import type { SamplingMask } from '../core/sampling-mask.js';
import { space } from '../core/space.js';
import { cartesianFourier } from '../operators/fourier/cartesian/cartesian.js';
import { fourierTransform, type FourierAxes } from '../operators/fourier/fft/transform.js';
import { createBackend, createGpuBackend } from '../src/node.js';
import { useSwiftShader } from '../test/support/swiftshader.js';
import { markdown, median } from './support/numbers.js';
import { PythonPeer } from './support/python.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: process.env.PEER_PYTHON ?? process.env.PYTHON ?? 'python3' },
    repeat: { type: 'string' },
    times: { type: 'string' },
    slices: { type: 'string' },
    coils: { type: 'string' },
    sizes: { type: 'string' },
    software: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
if (values.software) useSwiftShader();
const backend = await createGpuBackend();
const usual = backend.software
  ? { repeat: '3', times: '1', slices: '2', coils: '2', sizes: '32x32,23x40' }
  : { repeat: '7', times: '10', slices: '64', coils: '8', sizes: '320x320,256x256,368x640' };
const given = { ...usual, ...Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) };
const [repeat, times, slices, coils] = [given.repeat, given.times, given.slices, given.coils].map(Number);
const sizes = given.sizes.split(',').map((s) => s.split('x').map(Number) as [number, number]);
const root = new URL(import.meta.url.includes('/dist/') ? '../../' : '../', import.meta.url);
const script = fileURLToPath(new URL('bench/peers/fft_cuda.py', root));

/** Seconds of one of `times` calls queued together. */
async function timed(work: () => void): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < times; i++) work();
  await backend.flush();
  return (performance.now() - start) / 1e3 / times;
}

const seed = { seed: 1, step: 0, stream: 0 };

/** Relative difference of the GPU's transform from the CPU's, of one slice. */
async function difference(rows: number, columns: number): Promise<number> {
  const one = async (b: Backend, data?: Float32Array): Promise<[Float32Array, Float32Array]> => {
    const x = b.field(space(['slice', 'coil', 'y', 'x'], [1, coils, rows, columns], 'complex64'));
    if (data) await b.write(x, data);
    else b.noise(x, seed);
    const before = await b.read(x);
    const fourier = fourierTransform([1, rows, columns], b);
    fourier.forward(x, x);
    const after = await b.read(x);
    for (const used of [x, fourier]) used.dispose();
    return [before, after];
  };
  const [data, ours] = await one(backend);
  const cpu = createBackend({ workers: 0 });
  const [, wanted] = await one(cpu, data);
  await cpu.dispose();
  let [d, s] = [0, 0];
  for (let i = 0; i < ours.length; i++) [d, s] = [d + (ours[i] - wanted[i]) ** 2, s + wanted[i] ** 2];
  return Math.sqrt(d / s);
}

interface Transforms {
  /** Seconds: of a transform of all images, of a copy of them, of the peer's transforms and copy. */
  readonly ours: number;
  readonly copy: number;
  readonly plain?: number;
  readonly centred?: number;
  readonly peerCopy?: number;
  readonly difference: number;
}

async function transforms(rows: number, columns: number, peer: PythonPeer | undefined): Promise<Transforms> {
  const images = space(['slice', 'coil', 'y', 'x'], [slices, coils, rows, columns], 'complex64');
  const [x, out] = [backend.field(images), backend.field(images)];
  backend.noise(x, seed);
  const fourier = fourierTransform([slices, rows, columns], backend);
  await peer?.ask({ op: 'setup', images: slices * coils, rows, columns });
  const [ours, copy]: [number[], number[]] = [[], []];
  const theirs: Record<'plain' | 'centred' | 'copy', number[]> = { plain: [], centred: [], copy: [] };
  for (let r = 0; r <= repeat; r++) {
    ours.push(await timed(() => fourier.forward(x, out)));
    copy.push(await timed(() => backend.lincomb(out, [1, x])));
    for (const op of ['plain', 'centred', 'copy'] as const) {
      if (peer) theirs[op].push((await peer.ask<{ seconds: number }>({ op, repeat: times })).seconds);
    }
  }
  for (const used of [x, out, fourier]) used.dispose();
  const middle = (list: readonly number[]): number => median(list.slice(1)); // the first is warm-up
  const peers = peer && {
    plain: middle(theirs.plain),
    centred: middle(theirs.centred),
    peerCopy: middle(theirs.copy),
  };
  return { ours: middle(ours), copy: middle(copy), ...peers, difference: await difference(rows, columns) };
}

/** A quarter of the samples along x, along y, or anywhere. */
function quarter(varies: FourierAxes, rows: number, columns: number): SamplingMask {
  const data = new Float32Array(rows * columns);
  for (let i = 0; i < data.length; i++) {
    const [y, x] = [Math.floor(i / columns), i % columns];
    const at = varies === 'x' ? x : varies === 'y' ? y : x * 7 + y * 3 + ((x * y) % 5);
    data[i] = Number(at % 4 === 0);
  }
  return { data, shape: [1, rows, columns] };
}

interface Normal {
  readonly varies: FourierAxes;
  readonly normal: number;
  readonly transforms: number;
}

async function normals(rows: number, columns: number): Promise<Normal[]> {
  const images = space(['slice', 'coil', 'y', 'x'], [slices, coils, rows, columns], 'complex64');
  const fourier = fourierTransform([slices, rows, columns], backend);
  const results: Normal[] = [];
  for (const varies of ['yx', 'x', 'y'] as const) {
    const [maps, coilImages] = [backend.field(images), backend.field(images)];
    for (const field of [maps, coilImages]) backend.noise(field, seed);
    const a = cartesianFourier({ shape: [slices, rows, columns], maps, mask: quarter(varies, rows, columns) }, backend);
    const [x, out] = [backend.field(a.domain), backend.field(a.domain)];
    backend.noise(x, seed);
    const [own, two]: [number[], number[]] = [[], []];
    for (let r = 0; r <= repeat; r++) {
      own.push(await timed(() => a.normal(x, out)));
      two.push(
        await timed(() => {
          fourier.forward(coilImages, coilImages, varies);
          fourier.inverse(coilImages, coilImages, varies);
        }),
      );
    }
    results.push({ varies, normal: median(own.slice(1)), transforms: median(two.slice(1)) });
    for (const used of [a, x, out, coilImages]) used.dispose();
  }
  fourier.dispose();
  return results;
}

/** The peer, where there is one. */
async function openPeer(): Promise<{ peer?: PythonPeer; device: string }> {
  const peer = new PythonPeer(values.python, script, 1);
  try {
    const { device } = await peer.ask<{ device: string | null }>({ op: 'available' });
    if (device) return { peer, device };
  } catch {
    // no Python
  }
  peer.close();
  return { device: 'no PyTorch with CUDA' };
}

const { peer, device } = await openPeer();
const found: ({ size: string; bytes: number; normals: Normal[] } & Transforms)[] = [];
try {
  for (const [rows, columns] of sizes) {
    const bytes = 8 * slices * coils * rows * columns;
    const fft = await transforms(rows, columns, peer);
    found.push({ size: `${rows}×${columns}`, bytes, ...fft, normals: await normals(rows, columns) });
    console.error(`${rows}×${columns}: ${fft.ours.toExponential(3)} s`);
  }
} finally {
  peer?.close();
  await backend.dispose();
}

const ms = (seconds: number | undefined): string => (seconds === undefined ? '' : (1e3 * seconds).toFixed(3));
const gigabytes = (bytes: number, seconds: number | undefined): string =>
  seconds === undefined ? '' : (bytes / seconds / 1e9).toPrecision(3);
const ratio = (a: number, b: number | undefined): string => (b === undefined ? '' : (a / b).toFixed(2));
console.log(`${slices} slices × ${coils} coils on ${backend.adapter}; peer: ${device}; ms for all, medians of ${repeat}\n`);
console.log(
  markdown(
    [
      '2-D FFT',
      'ours',
      'GB/s',
      'copy GB/s',
      'of the ceiling',
      'cuFFT',
      'ratio',
      'cuFFT centred',
      'ratio',
      'its copy GB/s',
      'differs from the CPU',
    ],
    found.map(({ size, bytes, ours, copy, plain, centred, peerCopy, difference: differs }) => [
      size,
      ms(ours),
      gigabytes(4 * bytes, ours),
      gigabytes(2 * bytes, copy),
      ratio(2 * copy, ours),
      ms(plain),
      ratio(ours, plain),
      ms(centred),
      ratio(ours, centred),
      gigabytes(2 * bytes, peerCopy),
      differs.toExponential(1),
    ]),
  ),
);
console.log('');
console.log(
  markdown(
    ['AᴴA', 'undersampled along', 'AᴴA', 'its two FFTs', 'ratio'],
    found.flatMap(({ size, normals: list }) =>
      list.map(({ varies, normal, transforms: two }) => [size, varies, ms(normal), ms(two), ratio(normal, two)]),
    ),
  ),
);
if (values.json) {
  const run = { adapter: backend.adapter, peer: device, slices, coils, times, repeat, found };
  await writeFile(values.json, JSON.stringify(run, undefined, 1));
}
