/**
 * The CT projectors and their exact adjoints on a WebGPU device, against what the card can do and against PyTorch's rotate-and-sum
 * projector.
 *
 *     npm run bench -- gpu-projectors [--size 256] [--slices 256] [--views 8,20,60] [--kinds parallel,fan,cone] [--repeat 7]
 *         [--python PYTHON] [--swiftshader] [--json FILE]
 *
 * On an adapter that computes on the processor (SwiftShader, taken with --swiftshader) 64² × 4 is the default, and times say nothing about
 * a GPU.
 *
 * `bytes`: those that must move, the image and the projections once each, over the seconds, and over what a copy kernel reaches in the same
 * run. `operations`: the multiply-adds of the interpolation (two a step of a ray and slice; cone beam four a step and detector row), each
 * counted twice, over what a multiply-add kernel reaches.
 *
 * The peer (parallel beam, PYTHON with torch) samples the image of all slices at once on the turned grid (grid_sample) and adds along one
 * axis, view after view, on CUDA if torch has it, else on the processor. Its adjoint is autograd's, which is exact; `backprojection` is the
 * cheaper, inexact one that reads the projections bin by bin. Ours and the peer's rounds alternate.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { WebGpuBackend } from '../compute/webgpu/backend.js';
import { bytesOf } from '../core/space.js';
import type { LinearOperator } from '../operators/index.js';
import { operators } from '../operators/registry.js';
import { processors } from '../core/platform/threads.js';
import { createGpuBackend } from '../src/node.js';
import { useSwiftShader } from '../test/support/swiftshader.js';
import type { Grid } from '../volumes/measurement.js';
import { ceilings, secondsOf, type Ceilings } from './support/gpu-ceilings.js';
import { markdown, median, percent } from './support/numbers.js';
import { PythonPeer } from './support/python.js';
import { imageOf } from './support/radon-cases.js';
import { placed } from '../core/placement.js';
import { multiplyAdds } from './support/ray-steps.js';

const { values } = parseArgs({
  options: {
    size: { type: 'string' },
    slices: { type: 'string' },
    views: { type: 'string', default: '8,20,60' },
    kinds: { type: 'string', default: 'parallel,fan,cone' },
    repeat: { type: 'string', default: '7' },
    python: { type: 'string', default: process.env.PEER_PYTHON ?? process.env.PYTHON ?? 'python3' },
    swiftshader: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const root = new URL(import.meta.url.includes('/dist/') ? '../../' : '../', import.meta.url);
const script = fileURLToPath(new URL('bench/peers/rotate.py', root));
const repeat = Number(values.repeat);

if (values.swiftshader) useSwiftShader();
const gpu = await createGpuBackend();
const size = Number(values.size ?? (gpu.software ? 64 : 256));
const slices = Number(values.slices ?? (gpu.software ? 4 : 256));
const grid: Grid = { shape: [slices, size, size], ...placed(), units: '1/mm', modality: 'CT' };

type Direction = 'projection' | 'adjoint';
interface Row {
  readonly kind: string;
  readonly views: number;
  readonly direction: Direction;
  readonly seconds: number;
  readonly bytes: number;
  readonly operations: number;
  readonly peer?: number;
  /** Relative RMS difference of the first and last slice's projections from the peer's. */
  readonly difference?: number;
}

/** The pixels are 1 mm; parallel beam has as many bins as the image has columns, as the peer has. */
function geometryOf(kind: string, views: number): Record<string, unknown> {
  const angles = Array.from({ length: views }, (_, v) => (v * (kind === 'parallel' ? 180 : 360)) / views);
  if (kind === 'parallel') return { angles, detectorCount: size, detectorPitch: 1 };
  const distances = { sourceToAxis: 2 * size, sourceToDetector: 3.2 * size };
  const bins = Math.ceil(size * Math.SQRT2);
  if (kind === 'fan') return { angles, detectorCount: bins, detectorPitch: 1.6, ...distances };
  return { angles, rows: Math.ceil(1.2 * slices), columns: bins, rowPitch: 1.6, columnPitch: 1.6, ...distances };
}

/** PyTorch, when there is one. */
async function openPeer(image: Float32Array, folder: string): Promise<{ peer: PythonPeer; device: string } | undefined> {
  const peer = new PythonPeer(values.python, script, processors());
  try {
    const path = join(folder, 'image.f32');
    await writeFile(path, new Uint8Array(image.buffer));
    const { device } = await peer.ask<{ device: string }>({ op: 'open', image: path, slices, size });
    return { peer, device };
  } catch (error) {
    console.error(`no PyTorch peer by ${values.python}: ${String(error)}`);
    peer.close();
    return undefined;
  }
}

async function measure(kind: string, views: number, image: Float32Array, peer?: PythonPeer): Promise<Row[]> {
  const geometry = geometryOf(kind, views);
  const a: LinearOperator = await operators.get(`radon.${kind}`)({ geometry }, grid, gpu);
  const [x, y, back] = [gpu.field(a.domain), gpu.field(a.range), gpu.field(a.domain)];
  await gpu.write(x, image);
  a.apply(x, y);
  const work = { projection: () => a.apply(x, y), adjoint: () => a.adjoint(y, back) };
  const shared = { kind, views, bytes: bytesOf(a.domain) + bytesOf(a.range), operations: 2 * multiplyAdds(kind, geometry, grid) };

  let difference: number | undefined;
  if (peer) {
    const { ends } = await peer.ask<{ ends: number[] }>({ op: 'angles', angles: geometry.angles });
    const got = await gpu.read(y);
    const one = got.length / slices;
    difference = relative([...got.subarray(0, one), ...got.subarray(got.length - one)], ends);
  }
  const rows: Row[] = [];
  for (const direction of ['projection', 'adjoint', ...(peer ? ['backprojection'] : [])] as const) {
    const [own, other]: [number[], number[]] = [[], []];
    for (let r = 0; r < repeat; r++) {
      if (direction === 'projection' || direction === 'adjoint') own.push(await secondsOf(gpu, work[direction], 1));
      if (peer) other.push((await peer.ask<{ seconds: number }>({ op: direction })).seconds);
    }
    const theirs = other.length > 0 ? median(other) : undefined;
    if (direction === 'projection') rows.push({ ...shared, direction, seconds: median(own), peer: theirs, difference });
    else if (direction === 'adjoint') rows.push({ ...shared, direction, seconds: median(own), peer: theirs });
    else if (theirs !== undefined) console.error(`${views} views: PyTorch's inexact backprojection ${ms(theirs)} ms`);
  }
  for (const field of [x, y, back]) field.dispose();
  a.dispose();
  return rows;
}

function relative(a: readonly number[], b: readonly number[]): number {
  let [d, s] = [0, 0];
  b.forEach((v, i) => ((d += (a[i] - v) ** 2), (s += v ** 2)));
  return Math.sqrt(d / s);
}

const ms = (seconds: number): string => (1e3 * seconds).toPrecision(3);

function table(rows: readonly Row[], top: Ceilings): string {
  return markdown(
    ['', 'views', 'direction', 'ms', 'GB/s', 'of copy', 'GFLOP/s', 'of FMA', 'PyTorch ms', 'ours / PyTorch', 'results differ'],
    rows.map((r) => [
      r.kind,
      `${r.views}`,
      r.direction,
      ms(r.seconds),
      (r.bytes / r.seconds / 1e9).toPrecision(3),
      percent(r.bytes / r.seconds / top.bytes),
      (r.operations / r.seconds / 1e9).toPrecision(3),
      percent(r.operations / r.seconds / top.operations),
      r.peer === undefined ? '' : ms(r.peer),
      r.peer === undefined ? '' : (r.seconds / r.peer).toPrecision(2),
      r.difference === undefined ? '' : percent(r.difference),
    ]),
  );
}

async function main(device: WebGpuBackend, folder: string): Promise<void> {
  const top = await ceilings(device, repeat);
  const image = imageOf(size, slices, false);
  const opened = await openPeer(image, folder);
  const rows: Row[] = [];
  try {
    for (const kind of values.kinds.split(',')) {
      for (const views of values.views.split(',').map(Number)) {
        rows.push(...(await measure(kind, views, image, kind === 'parallel' ? opened?.peer : undefined)));
      }
    }
  } finally {
    opened?.peer.close();
  }
  const peer = opened ? `PyTorch on ${opened.device}` : 'no PyTorch';
  console.log(
    `${device.adapter}${device.software ? ' (computes on the processor)' : ''}; ${peer}; ${size}×${size}, ${slices} slices; medians ` +
      `of ${repeat}`,
  );
  console.log(`copy ${(top.bytes / 1e9).toPrecision(3)} GB/s, multiply-add ${(top.operations / 1e9).toPrecision(3)} GFLOP/s\n`);
  console.log(table(rows, top));
  if (values.json) {
    await writeFile(values.json, JSON.stringify({ adapter: device.adapter, peer, size, slices, repeat, top, rows }, undefined, 1));
  }
}

const folder = await mkdtemp(join(tmpdir(), 'slicewise-gpu-'));
try {
  await main(gpu, folder);
} finally {
  await rm(folder, { recursive: true });
  await gpu.dispose();
}
