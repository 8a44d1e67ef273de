import { isSlicewiseError } from '../../core/errors.js';
import { bytesSink, bytesSource } from '../../volumes/byte-source.js';
import { findGeometry, openSegy, readWindow, segyFacts, startSegyCopy, type SegyFile } from '../../volumes/formats/segy/index.js';
import { openSu } from '../../volumes/formats/su/su.js';
import { asciiText, caseTraces, countingSource, handMade, ibmWordExactly } from './segy.js';

/** Numbers in [0, 1) from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const traces = caseTraces((i, j) => !(i === 2 && j === 3) && !(i === 5 && j > 5));
const short = traces.map(({ words, samples }) => ({
  words: { ...words, 9: words![189], 13: words![193], 37: 50 },
  samples: samples.slice(0, 9),
}));
const BASES: readonly { readonly su: boolean; readonly bytes: Uint8Array }[] = [
  {
    su: false,
    bytes: handMade({
      traces,
      put: { bytes: 4, set: (v, at, x, le) => v.setUint32(at, ibmWordExactly(x), le) },
      binary: { 3225: 1 },
    }),
  },
  {
    su: false,
    bytes: handMade({
      traces: short,
      little: true,
      binary: { 3501: 0x200, 3505: 1 },
      extra: [asciiText(['((SEG:EndText))'])],
    }),
  },
  {
    su: false,
    bytes: handMade({
      traces: short,
      put: { bytes: 2, set: (v, at, x, le) => v.setInt16(at, x, le) },
      binary: { 3225: 3, 3501: 0 },
    }),
  },
  { su: true, bytes: handMade({ traces: short, su: true }) },
];

/** A file with some bytes changed, cut or appended; those that say something are changed most. */
export function mutated(random: () => number): { su: boolean; bytes: Uint8Array } {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
  const base = pick(BASES);
  let bytes = base.bytes.slice();
  const view = new DataView(bytes.buffer);
  const start = base.su ? 0 : 3600;
  const changes = 1 + Math.floor(random() * 8);
  for (let n = 0; n < changes; n++) {
    const inBinary = !base.su && random() < 0.5;
    const spot = inBinary
      ? 3200 +
        pick([12, 16, 20, 24, 28, 54, 60, 68, 72, 96, 98, 300, 302, 304, 306, 308, 312, 316, 320, 324, 328, Math.floor(random() * 396)])
      : start + Math.floor(random() * (bytes.length - start - 8));
    const value = pick([0, 1, -1, 2, 127, 128, 255, 256, 32767, -32768, 65535, 2 ** 31 - 1, -(2 ** 31), Math.floor(random() * 2 ** 32)]);
    const width = pick([1, 2, 4]);
    const little = random() < 0.5;
    if (width === 1) view.setUint8(spot, value & 255);
    else if (width === 2) view.setInt16(spot, value, little);
    else view.setInt32(spot, value, little);
  }
  const kind = random();
  if (kind < 0.15) bytes = bytes.slice(0, Math.floor(random() * bytes.length));
  else if (kind < 0.25) {
    const longer = new Uint8Array(bytes.length + Math.floor(random() * 2000)).map(() => Math.floor(random() * 256));
    longer.set(bytes);
    bytes = longer;
  }
  return { su: base.su, bytes };
}

/**
 * Reads, describes and copies such a file as a program would. What comes out, or the code of the refusal.
 * @throws whatever is no SlicewiseError; an Error when more memory is asked for than the file can account for
 */
export async function useMutated({ su, bytes }: { su: boolean; bytes: Uint8Array }): Promise<string> {
  const source = countingSource(bytesSource(bytes));
  try {
    const options = { truncated: 'whole-traces' as const };
    const file: SegyFile = await (su ? openSu : openSegy)(source, options);
    if (file.start + file.traces * file.traceBytes > bytes.length) throw new Error('traces beyond the end of the file');
    const geometry = await findGeometry(file);
    if (geometry.traceOf.length > 64 * file.traces + 4096) throw new Error(`${geometry.traceOf.length} positions`);
    const window = { start: geometry.axes.map(() => 0), count: geometry.axes.map(({ count }) => Math.min(count, 3)) };
    const { data } = await readWindow(file, geometry, window);
    if (!data.every(Number.isFinite)) throw new Error('a window with numbers that are not finite');
    if (segyFacts(file, geometry).some(({ value }) => /NaN(?! or infinite)|undefined/.test(value)))
      throw new Error('a fact that says nothing');
    const sink = bytesSink();
    await startSegyCopy(file, geometry, sink, { fill: 'outline' });
    if (sink.bytes().length > bytes.length + geometry.traceOf.length * file.traceBytes) throw new Error('a copy too long');
    return 'read';
  } catch (error) {
    if (!isSlicewiseError(error)) throw error;
    return error.code;
  } finally {
    if (source.read_.largest > Math.max(bytes.length, 4 << 20)) throw new Error(`a read of ${source.read_.largest} bytes`);
  }
}
