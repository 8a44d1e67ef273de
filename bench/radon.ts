/**
 * The CT projectors and their adjoints against ASTRA's CPU projectors (parallel `linear`, `line_fanflat`), scikit-image's radon and iradon,
 * and RTK's CPU Joseph projectors (cone beam), on the same input. Ours and the peer's repetitions alternate in one run.
 *
 *     npm run bench -- radon [--python PYTHON] [--repeat 7] [--size 256] [--slices 64] [--only astra] [--workers N] [--json FILE]
 *
 * PYTHON has astra-toolbox, scikit-image and itk-rtk. All data are resident: ours in the slabs, theirs in their own memory; what bringing
 * 64 slices into the slabs and back costs is a row of its own. Times are medians in ms per slice: wall, and CPU (all threads), which other
 * work on the machine disturbs less. Peers without threads of their own run with one; they repeat one slice, since all slices cost the
 * same. `--workers`: threads of ours, whatever the peer's (with `--slices 1`: how much of one slice they share).
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { LinearOperator } from '../operators/index.js';
import { createBackend } from '../src/index.js';
import { cases, imageOf, type RadonCase } from './support/radon-cases.js';
import { markdown, median } from './support/numbers.js';
import { placed } from '../core/placement.js';
import { PythonPeer } from './support/python.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: process.env.PEER_PYTHON ?? process.env.PYTHON ?? 'python3' },
    repeat: { type: 'string', default: '7' },
    size: { type: 'string', default: '256' },
    slices: { type: 'string', default: '64' },
    only: { type: 'string' },
    workers: { type: 'string' },
    json: { type: 'string' },
  },
});
const [repeat, size, slices] = [values.repeat, values.size, values.slices].map(Number);
const root = new URL(import.meta.url.includes('/dist/') ? '../../' : '../', import.meta.url);
const script = fileURLToPath(new URL('bench/peers/radon.py', root));

interface Time {
  readonly wall: number;
  readonly cpu: number;
}

async function timed(work: () => Promise<unknown>): Promise<Time> {
  const [start, used] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(used);
  return { wall: (performance.now() - start) / 1e3, cpu: (user + system) / 1e6 };
}

/** Relative RMS difference of the first slice (cone: all). */
function difference(a: Float32Array, b: Float32Array): number | undefined {
  if (b.length === 0) return undefined;
  let [d, s] = [0, 0];
  for (let i = 0; i < b.length; i++) [d, s] = [d + (a[i] - b[i]) ** 2, s + b[i] ** 2];
  return Math.sqrt(d / s);
}

interface Row {
  readonly name: string;
  readonly threads: number;
  readonly direction: 'forward' | 'adjoint';
  readonly ours: Time;
  readonly peer: Time;
  readonly difference?: number;
}

async function measure(c: RadonCase, folder: string): Promise<Row[]> {
  const grid = { shape: [slices, size, size], ...placed(), units: '1/mm', modality: 'CT' } as const;
  const backend = createBackend({ workers: values.workers ? Number(values.workers) : c.threads });
  const peer = new PythonPeer(values.python, script, c.threads);
  try {
    const a: LinearOperator = await c.operator({ geometry: c.geometry }, grid, backend);
    const [x, y, back] = [backend.field(a.domain), backend.field(a.range), backend.field(a.domain)];
    const image = imageOf(size, slices, c.peer === 'rtk');
    await backend.write(x, image);
    a.apply(x, y);
    a.adjoint(y, back);
    const projected = await backend.read(y);

    const [input, out] = [join(folder, 'image.f32'), join(folder, 'out.f32')];
    const given = c.peer === 'rtk' ? image : image.subarray(0, size * size);
    await writeFile(input, new Uint8Array(given.buffer, 0, given.byteLength));
    const theirSlices = c.peer === 'rtk' ? slices : c.peerSlices;
    const setup = { op: 'setup', peer: c.peer, image: input, out, threads: c.threads, size, slices: theirSlices };
    await peer.ask({ ...c.geometry, ...setup });
    const bytes = await readFile(out);
    const theirs = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));

    const rows: Row[] = [];
    for (const direction of ['forward', 'adjoint'] as const) {
      const [own, other]: [Time[], Time[]] = [[], []];
      for (let r = 0; r <= repeat; r++) {
        const mine = await timed(() => {
          if (direction === 'forward') a.apply(x, y);
          else a.adjoint(y, back);
          return backend.flush();
        });
        const his = await peer.ask<Time>({ op: direction });
        if (r === 0) continue; // warm-up
        own.push(perSlice(mine, slices));
        other.push(perSlice(his, theirSlices));
      }
      const found = direction === 'forward' ? difference(projected, theirs) : undefined;
      rows.push({
        name: c.name,
        threads: c.threads,
        direction,
        ours: middle(own),
        peer: middle(other),
        difference: found,
      });
    }
    return rows;
  } finally {
    peer.close();
    await backend.dispose();
  }
}

const perSlice = ({ wall, cpu }: Time, n: number): Time => ({ wall: (1e3 * wall) / n, cpu: (1e3 * cpu) / n });
const middle = (times: readonly Time[]): Time => ({
  wall: median(times.map((t) => t.wall)),
  cpu: median(times.map((t) => t.cpu)),
});

/** Bringing slices into the lanes of the slabs, and back. */
async function transfers(): Promise<{ write: Time; read: Time }> {
  const backend = createBackend({ workers: 1 });
  const field = backend.field({
    axes: ['slice', 'y', 'x'],
    shape: [slices, size, size],
    dtype: 'float32',
  });
  const image = imageOf(size, slices, false);
  const [write, read]: [Time[], Time[]] = [[], []];
  for (let r = 0; r <= repeat; r++) {
    write.push(perSlice(await timed(() => backend.write(field, image)), slices));
    read.push(perSlice(await timed(() => backend.read(field)), slices));
  }
  await backend.dispose();
  return { write: middle(write.slice(1)), read: middle(read.slice(1)) };
}

const folder = await mkdtemp(join(tmpdir(), 'slicewise-radon-'));
const rows: Row[] = [];
try {
  for (const c of cases(size, slices)) {
    if (values.only && !c.name.toLowerCase().includes(values.only.toLowerCase())) continue;
    for (const row of await measure(c, folder)) {
      rows.push(row);
      const ratio = (row.ours.wall / row.peer.wall).toFixed(2);
      console.error(`${row.name}, ${row.direction}: ${row.ours.wall.toFixed(2)} against ${row.peer.wall.toFixed(2)} ms, ratio ${ratio}`);
    }
  }
} finally {
  await rm(folder, { recursive: true });
}
const moved = await transfers();
const ms = (v: number): string => (v < 10 ? v.toFixed(2) : v.toFixed(1));
console.log(`${size}×${size}, ${slices} slices, kernels ${createBackend({ workers: 0 }).build}; ms per slice, medians of ${repeat}\n`);
console.log(
  markdown(
    ['ours against', 'threads', 'direction', 'ours', 'peer', 'ratio', 'ours CPU', 'peer CPU', 'ratio CPU', 'results differ'],
    rows.map((r) => [
      r.name,
      `${r.threads}`,
      r.direction,
      ms(r.ours.wall),
      ms(r.peer.wall),
      (r.ours.wall / r.peer.wall).toFixed(2),
      ms(r.ours.cpu),
      ms(r.peer.cpu),
      (r.ours.cpu / r.peer.cpu).toFixed(2),
      r.difference === undefined ? '' : `${(100 * r.difference).toFixed(2)} %`,
    ]),
  ),
);
console.log(
  `\nBringing slices into the slabs: ${ms(moved.write.wall)} ms a slice (CPU ${ms(moved.write.cpu)}); back: ${ms(moved.read.wall)} (CPU ` +
    `${ms(moved.read.cpu)}). Once a run, not once an operator call.`,
);
if (values.json) await writeFile(values.json, JSON.stringify({ size, slices, repeat, rows, moved }, undefined, 1));
