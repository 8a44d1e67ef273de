// Guides of training samples, made by the engine itself: scans of clean slices, and of each what a run would show its prior.
//
//     node models/training/guided/scans.mjs SHARD.json ...
//
// pool.py writes SHARD.json and SHARD.clean.i16 and calls this. Beside them goes SHARD.guides.i16: int16 [scan, image, row, column], little
// endian, in steps of `quantum`, clipped to what int16 holds. Where it is there nothing is done. The same shard gives the same file.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { createBackend, guideImages, makeVolume, placed, simulateCt } from '../../../dist/src/index.js';

/** Clean slices as a volume of slices that need not be neighbours. */
async function cleanVolume(stem, { images, size, quantum, range }, spacing) {
  const bytes = await readFile(`${stem}.clean.i16`);
  const stored = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  const { low, high, unit } = range;
  const values = Float32Array.from(stored, (v) => low + (high - low) * v * quantum);
  return makeVolume(values, [images, ...size], { ...placed({ spacing: [spacing, spacing, spacing] }), units: unit, modality: 'CT' });
}

/** What is told of the scanner is not always where it was: `misfit` is added to numbers of the geometry. */
function told(scan, misfit = {}) {
  const moved = Object.entries(misfit).map(([name, by]) => [name, scan.geometry[name] + by]);
  return { ...scan, geometry: { ...scan.geometry, ...Object.fromEntries(moved) } };
}

function quantised(plane, quantum, into, at) {
  for (let i = 0; i < plane.length; i++) into[at + i] = Math.max(-32768, Math.min(32767, Math.round(plane[i] / quantum)));
}

async function makeShard(path, backend) {
  const stem = path.replace(/\.json$/, '');
  const target = `${stem}.guides.i16`;
  if (existsSync(target)) return;
  const shard = JSON.parse(await readFile(path, 'utf8'));
  const { scans, images, size, quantum, range } = shard;
  const each = images * size[0] * size[1];
  const out = new Int16Array(scans.length * each);
  for (const [n, { spacing, simulate, misfit, guide }] of scans.entries()) {
    const volume = await cleanVolume(stem, shard, spacing);
    const scan = told(await simulateCt(volume, simulate, backend), misfit);
    const { planes } = await guideImages(scan, guide, { backend, range });
    quantised(planes[0], quantum, out, n * each);
  }
  await writeFile(`${target}.part`, out);
  await rename(`${target}.part`, target);
}

const backend = createBackend({ workers: 1 });
for (const path of process.argv.slice(2)) await makeShard(path, backend);
await backend.dispose();
