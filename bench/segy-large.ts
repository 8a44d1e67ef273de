/**
 * `npm run bench -- segy-large`: a post-stack cube of 20 GB (2000 inlines × 2350 crosslines × 1000 samples, IEEE float) that is made up
 * as it is read. Prints what is read, the time and the peak of memory for the geometry (headers; headers and samples), a window, and a
 * copy of 20 GB with every hundredth trace new, whose bytes are counted and dropped.
 */
import type { ByteSink, ByteSource } from '../volumes/byte-source.js';
import { findGeometry, openSegy, readWindow, startSegyCopy } from '../volumes/formats/segy/index.js';

const [INLINES, CROSSLINES, SAMPLES] = [2000, 2350, 1000];
const STRIDE = 240 + 4 * SAMPLES;
const isThere = (n: number): boolean => n % 100 !== 50;
const traces = INLINES * CROSSLINES - Math.floor((INLINES * CROSSLINES + 49) / 100);
let read = 0;

const head = new Uint8Array(3600);
{
  head.set(new TextEncoder().encode(Array.from({ length: 40 }, (_, n) => `C${String(n + 1).padStart(2)}`.padEnd(80)).join('')));
  const view = new DataView(head.buffer, 3200);
  for (const [at, value] of [
    [16, 4000],
    [20, SAMPLES],
    [24, 5],
    [54, 1],
    [300, 256],
    [302, 1],
  ])
    view.setUint16(at, value);
}

/** Trace n of the file is trace position(n) of the full cube. */
const positionOf = (n: number): number => {
  const block = Math.floor(n / 99);
  const rest = n % 99;
  return block * 100 + rest + (rest >= 50 ? 1 : 0);
};

const trace = new Uint8Array(STRIDE);
const view = new DataView(trace.buffer);
for (let k = 0; k < SAMPLES; k++) view.setFloat32(240 + 4 * k, Math.sin(k / 5));
const source: ByteSource = {
  size: 3600 + traces * STRIDE,
  read(offset, length) {
    const end = Math.min(source.size, offset + length);
    const bytes = new Uint8Array(Math.max(0, end - offset));
    read += bytes.length;
    for (let at = offset; at < end;) {
      if (at < 3600) {
        const part = head.subarray(at, Math.min(3600, end));
        bytes.set(part, at - offset);
        at += part.length;
        continue;
      }
      const n = Math.floor((at - 3600) / STRIDE);
      const position = positionOf(n);
      view.setInt16(28, 1);
      view.setInt16(114, SAMPLES);
      view.setInt16(116, 4000);
      view.setInt32(188, 100 + Math.floor(position / CROSSLINES));
      view.setInt32(192, 200 + (position % CROSSLINES));
      view.setInt32(180, 25 * Math.floor(position / CROSSLINES));
      view.setInt32(184, 25 * (position % CROSSLINES));
      const from = at - 3600 - n * STRIDE;
      const part = trace.subarray(from, Math.min(STRIDE, from + end - at));
      bytes.set(part, at - offset);
      at += part.length;
    }
    return Promise.resolve(bytes);
  },
};

let peak = 0;
const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 50);
async function measured<T>(name: string, run: () => Promise<T>): Promise<T> {
  read = 0;
  peak = process.memoryUsage.rss();
  const start = performance.now();
  const value = await run();
  // let the timer see what there is
  await new Promise((done) => setTimeout(done, 60));
  const seconds = (performance.now() - start) / 1000;
  console.log(`${name}: ${(read / 2 ** 30).toFixed(2)} GiB read, ${seconds.toFixed(1)} s, peak memory ${(peak / 2 ** 20).toFixed(0)} MiB`);
  return value;
}

console.log(`${(source.size / 1e9).toFixed(1)} GB, ${traces} traces, ${[0, 49, 50, 51].map((n) => isThere(n)).join(' ')}`);
const file = await measured('open', () => openSegy(source));
await measured('geometry by headers', () => findGeometry(file, { dead: 'codes' }));
const geometry = await measured('geometry, samples looked at', () => findGeometry(file));
console.log(geometry.report.join('\n'));
const window = { start: [1000, 1000, 200], count: [16, 32, 128] };
await measured('a window of 16 × 32 × 128', () => readWindow(file, geometry, window));
let written = 0;
const sink: ByteSink = {
  write(_, bytes) {
    written += bytes.length;
    return Promise.resolve();
  },
};
await measured('copy with new traces', () => startSegyCopy(file, geometry, sink));
console.log(`${(written / 1e9).toFixed(1)} GB written`);
clearInterval(watch);
