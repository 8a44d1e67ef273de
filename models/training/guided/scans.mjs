// Guides of training samples, made by the engine itself: scans of clean slices, and of each what a run would show its prior.
//
//     node models/training/guided/scans.mjs SHARD.json ...
//
// pool.py writes SHARD.json and SHARD.clean.i16 and calls this. Beside them goes SHARD.guides.i16: int16 [scan, image, channel, row,
// column], little endian, in steps of `quantum`, clipped to what int16 holds, and, where scans have a `run`, SHARD.found.i16, [scan, state,
// image, channel, row, column], what it had found after so many evaluations. Where guides are there nothing is done. The same shard gives
// the same files.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createBackend, guideImages, makeVolume, placed, reconstruct, simulateCt, simulateMri } from '../../../dist/src/index.js';
import { folderSource } from '../../../dist/core/platform/files.js';
import { loadModel } from '../../../dist/models/index.js';

/** Clean slices, [image, channel, row, column], in the prior's range. */
async function cleanSlices(stem, { quantum }) {
  const bytes = await readFile(`${stem}.clean.i16`);
  const stored = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  return Float32Array.from(stored, (v) => v * quantum);
}

/** Slices that need not be neighbours as a volume. */
function volumeOf(values, { images, size, range, modality }, spacing) {
  return makeVolume(values, [images, ...size], { ...placed({ spacing: [spacing, spacing, spacing] }), units: range.unit, modality });
}

/** What is told of the scanner is not always where it was: `misfit` is added to numbers of the geometry. */
function told(scan, misfit) {
  const moved = Object.entries(misfit).map(([name, by]) => [name, scan.geometry[name] + by]);
  return { ...scan, geometry: { ...scan.geometry, ...Object.fromEntries(moved) } };
}

/** Coil maps (1 + e) S, e smooth: waves of up to one period a side, [coil][wave] = [real, imaginary part, periods along y, x, phase]. */
function otherMaps(scan, waves) {
  const { maps } = scan.arrays;
  const [slices, coils, ny, nx] = maps.shape;
  const data = Float32Array.from(maps.data);
  for (let n = 0; n < slices * coils; n++) {
    for (let i = 0; i < ny * nx; i++) {
      let [re, im] = [1, 0];
      for (const [a, b, v, u, at] of waves[n % coils]) {
        const wave = Math.cos(2 * Math.PI * ((v * Math.floor(i / nx)) / ny + (u * (i % nx)) / nx) + at);
        re += a * wave;
        im += b * wave;
      }
      const k = 2 * (n * ny * nx + i);
      [data[k], data[k + 1]] = [re * data[k] - im * data[k + 1], re * data[k + 1] + im * data[k]];
    }
  }
  return { ...scan, arrays: { ...scan.arrays, maps: { ...maps, data } } };
}

/** A scan of clean slices, and what its guide is to be multiplied by to be in their units. */
const SCANNERS = {
  async CT(clean, shard, { spacing, simulate, misfit }, backend) {
    const { low, high } = shard.range;
    const volume = volumeOf(
      clean.map((v) => low + (high - low) * v),
      shard,
      spacing,
    );
    return { scan: told(await simulateCt(volume, simulate, backend), misfit), units: () => 1 };
  },
  async MR(clean, shard, { spacing, simulate, misfit }) {
    const pixels = shard.size[0] * shard.size[1];
    const of = (measure) =>
      Float32Array.from({ length: shard.images * pixels }, (_, n) => {
        const at = Math.floor(n / pixels) * pixels + n;
        return measure(clean[at], clean[at + pixels]);
      });
    const magnitude = volumeOf(of(Math.hypot), shard, spacing);
    const phase = volumeOf(
      of((re, im) => Math.atan2(im, re)),
      shard,
      spacing,
    );
    // a run finds the scale in its data; here the slices' own gains, which differ, are kept
    const scan = await simulateMri({ magnitude, phase }, simulate);
    return { scan: misfit.maps ? otherMaps(scan, misfit.maps) : scan, units: ({ scale }) => scale };
  },
};

const ofCard = (path) => loadModel(folderSource(pathToFileURL(`${dirname(path)}/`)), basename(path, '.json'));

/** Images [image, pixel], complex interleaved, in the units of clean slices, that a run had found after each of so many evaluations. */
async function found(scan, { prior: named, options, after }, { range }, backend) {
  const prior = named.endsWith('.json') ? await ofCard(named) : named;
  const methodOptions = { ...options, mode: '2d' };
  const complex = range.unit !== 'HU';
  const seen = [];
  for await (const { phase, step, estimate } of reconstruct(scan, { method: 'dds', methodOptions, prior, complex, backend })) {
    if (phase !== 'main' || !after.includes(step)) continue;
    const { data } = await estimate();
    seen.push(complex ? Float32Array.from(data) : data.map((v) => (v - range.low) / (range.high - range.low)));
  }
  return seen;
}

/** Into int16 [image, channel, row, column] at `at`; complex images come interleaved. */
function quantised(plane, { images, channels, size, quantum }, factor, into, at) {
  const pixels = size[0] * size[1];
  for (let k = 0; k < images; k++) {
    for (let c = 0; c < channels; c++) {
      const out = at + (k * channels + c) * pixels;
      for (let i = 0; i < pixels; i++) {
        const steps = Math.round((factor * plane[(k * pixels + i) * channels + c]) / quantum);
        into[out + i] = Math.max(-32768, Math.min(32767, steps));
      }
    }
  }
}

async function makeShard(path, backend) {
  const stem = path.replace(/\.json$/, '');
  const target = `${stem}.guides.i16`;
  if (existsSync(target)) return;
  const shard = JSON.parse(await readFile(path, 'utf8'));
  const { scans, images, channels, size, range } = shard;
  const clean = await cleanSlices(stem, shard);
  const each = images * channels * size[0] * size[1];
  const out = new Int16Array(scans.length * each);
  const states = scans[0].run?.after.length ?? 0;
  const seen = new Int16Array(states * out.length);
  for (const [n, drawn] of scans.entries()) {
    const { scan, units } = await SCANNERS[shard.modality](clean, shard, drawn, backend);
    const { planes, map } = await guideImages(scan, drawn.guide, { backend, range });
    quantised(planes[0], shard, units(map), out, n * each);
    if (states === 0) continue;
    for (const [s, image] of (await found(scan, drawn.run, shard, backend)).entries()) {
      quantised(image, shard, 1, seen, (n * states + s) * each);
    }
  }
  if (states > 0) await writeFile(`${stem}.found.i16`, seen);
  await writeFile(`${target}.part`, out);
  await rename(`${target}.part`, target);
}

const backend = createBackend({ workers: 1 });
for (const path of process.argv.slice(2)) await makeShard(path, backend);
await backend.dispose();
