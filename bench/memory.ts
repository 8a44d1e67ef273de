/**
 * Resident memory of whole runs against the size of the volume and the plan printed before them: every run in a process of its own (scan
 * file read, reconstruction, result as a volume), workers included.
 *
 *     npm run bench -- memory [--size 256x256x16 …] [--method cgls …] [--workers 2] [--json FILE]
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createBackend, writeFileAtomic, writeMeasurement } from '../src/index.js';
import { inChild } from './support/child.js';
import { markdown, megabytes } from './support/numbers.js';
import { thorax } from './support/scene.js';
import type { MemoryRun, MemoryUse } from './support/memory-run.js';

const { values } = parseArgs({
  options: {
    size: { type: 'string', multiple: true, default: ['256x256x16', '256x256x100', '512x512x64', '512x512x200'] },
    method: { type: 'string', multiple: true, default: ['cgls', 'admm-tv', 'dds'] },
    views: { type: 'string', default: '20' },
    workers: { type: 'string', default: `${availableParallelism()}` },
    json: { type: 'string' },
  },
});

/** Few steps: every field is there after the first, networks have met each other after some, and the peak is the reading of the result. */
const OPTIONS: { readonly [method: string]: object } = {
  cgls: { iterations: 3 },
  sirt: { iterations: 3 },
  'admm-tv': { iterations: 2, innerIterations: 2 },
  dds: { steps: 4, innerIterations: 2 },
  'diffusion-mbir': { steps: 1 },
};

const folder = await mkdtemp(join(tmpdir(), 'slicewise-memory-'));
const found: (MemoryUse & { size: string; method: string; volume: number })[] = [];
try {
  for (const size of values.size) {
    const [width, height, depth] = size.split('x').map(Number);
    if (width !== height || !(depth > 0)) throw new Error(`--size ${size}: N×N×slices, as 256x256x16`);
    const path = join(folder, `${size}.h5`);
    const backend = createBackend({ workers: 1 });
    const scan = await thorax(width, depth).scan({ views: Number(values.views), photons: 1e5, seed: 1, oversample: 1 }, backend);
    await backend.dispose();
    await writeFileAtomic(path, await writeMeasurement(path, scan));
    for (const method of values.method) {
      const options = { ...OPTIONS[method], ...(method === 'dds' && depth > 50 ? { steps: 1 } : {}) };
      const run: MemoryRun = { scan: path, method, options, workers: Number(values.workers) };
      const use = await inChild<MemoryUse>(new URL('./support/memory-run.js', import.meta.url), run);
      const volume = 4 * width * height * depth;
      found.push({ size, method, volume, ...use });
      const [planned, measured] = [use.planned, use.peak].map(megabytes);
      console.error(`${size} ${method}: planned ${planned}, measured ${measured}, before ${megabytes(use.before)}`);
    }
  }
} finally {
  await rm(folder, { recursive: true });
}

const rows = found.map(({ size, method, volume, planned, peak }) => [
  size,
  method,
  megabytes(volume),
  megabytes(peak),
  (peak / volume).toFixed(1),
  megabytes(planned),
  (planned / peak).toFixed(2),
]);
console.log(`\n${values.views} views, ${values.workers} workers, Node ${process.version}\n`);
console.log(markdown(['volume', 'method', 'its bytes', 'measured peak', '× volume', 'plan', 'plan / measured'], rows));
if (values.json) await writeFile(values.json, JSON.stringify(found, null, 2));
