/**
 * Batched centred 2-D FFTs against SciPy (pocketfft, complex64) and BART (FFTW), and AᴴA of Cartesian MRI over the two batched FFTs it
 * stands for.
 *
 *     npm run bench -- fft [--python PYTHON] [--repeat 7] [--slices 64] [--coils 8] [--threads 1] [--sizes 320x320,256x256,368x640]
 *         [--bart] [--json FILE]
 *
 * PYTHON has scipy; `--bart` needs the program `bart`. Ours and the peers' repetitions alternate in one run, on as many threads. Data are
 * resident: ours in the slabs, SciPy's in its own memory and transformed in place, BART's in files whose reading and writing are
 * subtracted. Times are medians in ms an image (one coil of one slice): wall, and CPU of all threads, which other work on the machine
 * disturbs less.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cartesianFourier } from '../operators/fourier/cartesian/cartesian.js';
import type { SamplingMask } from '../core/sampling-mask.js';
import { coilMaps } from '../operators/fourier/sensitivities/sensitivities.js';
import { fourierTransform, type FourierAxes } from '../operators/fourier/fft/transform.js';
import { space } from '../core/space.js';
import { createBackend } from '../src/index.js';
import { markdown, median } from './support/numbers.js';
import { PythonPeer } from './support/python.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: process.env.PEER_PYTHON ?? process.env.PYTHON ?? 'python3' },
    repeat: { type: 'string', default: '7' },
    slices: { type: 'string', default: '64' },
    coils: { type: 'string', default: '8' },
    threads: { type: 'string', default: '1' },
    sizes: { type: 'string', default: '320x320,256x256,368x640' },
    bart: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const [repeat, slices, coils, threads] = [values.repeat, values.slices, values.coils, values.threads].map(Number);
const root = new URL(import.meta.url.includes('/dist/') ? '../../' : '../', import.meta.url);
const script = fileURLToPath(new URL('bench/peers/fft.py', root));

interface Time {
  readonly wall: number;
  readonly cpu: number;
}

const perImage = ({ wall, cpu }: Time, images: number): Time => ({
  wall: (1e3 * wall) / images,
  cpu: (1e3 * cpu) / images,
});
const middle = (times: readonly Time[]): Time => ({
  wall: median(times.map((t) => t.wall)),
  cpu: median(times.map((t) => t.cpu)),
});

async function timed(work: () => Promise<unknown>): Promise<Time> {
  const [start, used] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(used);
  return perImage({ wall: (performance.now() - start) / 1e3, cpu: (user + system) / 1e6 }, slices * coils);
}

/** Numbers of no structure; their transform has none either, so that repeated transforms stay in range. */
function noise(length: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

const repeated = (one: Float32Array): Float32Array => {
  const all = new Float32Array(one.length * slices);
  for (let k = 0; k < slices; k++) all.set(one, k * one.length);
  return all;
};

interface Transforms {
  readonly ours: Time;
  readonly scipy: Time;
  readonly bart?: Time;
  readonly difference: number;
}

async function transforms(rows: number, columns: number, folder: string): Promise<Transforms> {
  const backend = createBackend({ workers: threads });
  const peer = new PythonPeer(values.python, script, threads);
  try {
    const one = noise(2 * coils * rows * columns);
    const [images, out] = [join(folder, 'images.c64'), join(folder, 'out.c64')];
    await writeFile(images, new Uint8Array(one.buffer));
    await peer.ask({ op: 'setup', images, out, slices, coils, rows, columns, threads, bart: values.bart });
    const bytes = await readFile(out);
    const theirs = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));

    const x = backend.field(space(['slice', 'coil', 'y', 'x'], [slices, coils, rows, columns], 'complex64'));
    await backend.write(x, repeated(one));
    const fourier = fourierTransform([slices, rows, columns], backend);
    fourier.forward(x, x);
    const mine = (await backend.read(x)).subarray(0, one.length);
    let [d, s] = [0, 0];
    for (let i = 0; i < one.length; i++) [d, s] = [d + (mine[i] - theirs[i]) ** 2, s + theirs[i] ** 2];

    const all: Record<'ours' | 'scipy' | 'bart', Time[]> = { ours: [], scipy: [], bart: [] };
    for (let r = 0; r <= repeat; r++) {
      all.ours.push(
        await timed(() => {
          fourier.forward(x, x);
          return backend.flush();
        }),
      );
      for (const op of values.bart ? (['scipy', 'bart'] as const) : (['scipy'] as const)) {
        const answer = await peer.ask<Time & { images: number }>({ op });
        all[op].push(perImage(answer, answer.images));
      }
    }
    const [ours, scipy] = [middle(all.ours.slice(1)), middle(all.scipy.slice(1))]; // the first is warm-up
    return { ours, scipy, bart: values.bart ? middle(all.bart.slice(1)) : undefined, difference: Math.sqrt(d / s) };
  } finally {
    peer.close();
    await backend.dispose();
  }
}

/** A quarter of the samples along x, along y, or anywhere. */
function quarter(varies: FourierAxes, rows: number, columns: number): SamplingMask {
  const data = new Float32Array(rows * columns);
  for (let i = 0; i < data.length; i++) {
    const [y, x] = [Math.floor(i / columns), i % columns];
    const at = varies === 'x' ? x : varies === 'y' ? y : (x * 7 + y * 3 + ((x * y) % 5)) | 0;
    data[i] = Number(at % 4 === 0);
  }
  return { data, shape: [1, rows, columns] };
}

interface Normal {
  readonly varies: FourierAxes;
  readonly normal: Time;
  readonly transforms: Time;
}

async function normals(rows: number, columns: number): Promise<Normal[]> {
  const backend = createBackend({ workers: threads });
  try {
    const shape = [slices, rows, columns] as const;
    const maps = repeated(noise(2 * coils * rows * columns));
    const coilImages = backend.field(space(['slice', 'coil', 'y', 'x'], [slices, coils, rows, columns], 'complex64'));
    await backend.write(coilImages, maps);
    const fourier = fourierTransform(shape, backend);
    const results: Normal[] = [];
    for (const varies of ['yx', 'x', 'y'] as const) {
      const field = await coilMaps({ data: maps, shape: [slices, coils, rows, columns] }, shape, backend);
      const a = cartesianFourier({ shape, maps: field, mask: quarter(varies, rows, columns) }, backend);
      const [x, out] = [backend.field(a.domain), backend.field(a.domain)];
      backend.noise(x, { seed: 1, step: 0, stream: 0 });
      const [own, two]: [Time[], Time[]] = [[], []];
      for (let r = 0; r <= repeat; r++) {
        own.push(
          await timed(() => {
            a.normal(x, out);
            return backend.flush();
          }),
        );
        two.push(
          await timed(() => {
            fourier.forward(coilImages, coilImages, varies);
            fourier.inverse(coilImages, coilImages, varies);
            return backend.flush();
          }),
        );
      }
      results.push({ varies, normal: middle(own.slice(1)), transforms: middle(two.slice(1)) });
      a.dispose();
      for (const f of [x, out]) f.dispose();
    }
    return results;
  } finally {
    await backend.dispose();
  }
}

const sizes = values.sizes.split(',').map((s) => s.split('x').map(Number) as [number, number]);
const folder = await mkdtemp(join(tmpdir(), 'slicewise-fft-'));
const found: ({ size: string; normals: Normal[] } & Transforms)[] = [];
try {
  for (const [rows, columns] of sizes) {
    const fft = await transforms(rows, columns, folder);
    found.push({ size: `${rows}×${columns}`, ...fft, normals: await normals(rows, columns) });
    console.error(`${rows}×${columns}: ${fft.ours.cpu.toFixed(3)} against SciPy's ${fft.scipy.cpu.toFixed(3)} ms CPU`);
  }
} finally {
  await rm(folder, { recursive: true });
}

const ms = (v: number | undefined): string => (v === undefined ? '' : v.toFixed(3));
const ratio = (a: number, b: number | undefined): string => (b === undefined ? '' : (a / b).toFixed(2));
console.log(
  `${slices} slices × ${coils} coils, ${threads} thread(s), kernels ${createBackend({ workers: 0 }).build}; ms an image, medians of ` +
    `${repeat}\n`,
);
console.log(
  markdown(
    ['2-D FFT', 'ours', 'SciPy', 'ratio', 'ours CPU', 'SciPy CPU', 'ratio CPU', 'BART CPU', 'ratio CPU', 'results differ'],
    found.map(({ size, ours, scipy, bart, difference }) => [
      size,
      ms(ours.wall),
      ms(scipy.wall),
      ratio(ours.wall, scipy.wall),
      ms(ours.cpu),
      ms(scipy.cpu),
      ratio(ours.cpu, scipy.cpu),
      ms(bart?.cpu),
      ratio(ours.cpu, bart?.cpu),
      difference.toExponential(1),
    ]),
  ),
);
console.log('');
console.log(
  markdown(
    ['AᴴA', 'undersampled along', 'AᴴA', 'its two FFTs', 'ratio', 'AᴴA CPU', 'two FFTs CPU', 'ratio CPU'],
    found.flatMap(({ size, normals }) =>
      normals.map(({ varies, normal, transforms: two }) => [
        size,
        varies,
        ms(normal.wall),
        ms(two.wall),
        ratio(normal.wall, two.wall),
        ms(normal.cpu),
        ms(two.cpu),
        ratio(normal.cpu, two.cpu),
      ]),
    ),
  ),
);
if (values.json) await writeFile(values.json, JSON.stringify({ slices, coils, threads, repeat, found }, undefined, 1));
