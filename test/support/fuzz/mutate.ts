import type { NamedBytes } from '../../../volumes/format.js';

/** Numbers in [0, 1) from a seed. */
export type Random = () => number;

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)];
const below = (random: Random, n: number): number => Math.floor(random() * n);

const EXTREMES = [0, 1, 2, 3, 4, 7, 8, 16, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const WORDS = [
  '0',
  '-1',
  '1',
  '7',
  '65536',
  '2147483648',
  '99999999999999999999',
  '1e308',
  '-1e-308',
  'nan',
  'inf',
  '',
  ' ',
  '(',
  '%d',
  '\n',
];

/** Half of all changes lie in the first part of a file, where most formats say what follows. */
function spot(random: Random, length: number): number {
  return random() < 0.5 ? below(random, Math.min(length, 512)) : below(random, length);
}

function change(random: Random, bytes: Uint8Array<ArrayBuffer>, other: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.length < 2) return bytes;
  const at = spot(random, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const room = bytes.length - at;
  switch (below(random, 10)) {
    case 0: // a bit
      bytes[at] ^= 1 << below(random, 8);
      return bytes;
    case 1: // a byte
      bytes[at] = pick(random, EXTREMES) & 255;
      return bytes;
    case 2: // a field of 16 bits
      if (room >= 2) view.setUint16(at, pick(random, EXTREMES) & 65535, random() < 0.5);
      return bytes;
    case 3: // of 32
      if (room >= 4) view.setUint32(at, pick(random, EXTREMES) >>> 0, random() < 0.5);
      return bytes;
    case 4: // of 64, as a whole number or a double
      if (room >= 8 && random() < 0.5)
        view.setBigUint64(at, BigInt(pick(random, EXTREMES)) << BigInt(pick(random, [0, 8, 31])), random() < 0.5);
      else if (room >= 8) view.setFloat64(at, pick(random, [NaN, Infinity, -1, 0, 1e300, -1e-300]), random() < 0.5);
      return bytes;
    case 5: // the end cut off
      return random() < 0.3 ? bytes.slice(0, at) : bytes;
    case 6: {
      // a piece of another good file
      const length = Math.min(room, 1 + below(random, 64), other.length);
      const from = below(random, other.length - length + 1);
      bytes.set(other.subarray(from, from + length), at);
      return bytes;
    }
    case 7: {
      // a piece left out or doubled
      const length = Math.min(room, 1 + below(random, 32));
      const end = random() < 0.5 ? at + length : at;
      const start = end === at ? at + length : at;
      const out = new Uint8Array(start + bytes.length - end);
      out.set(bytes.subarray(0, start));
      out.set(bytes.subarray(end), start);
      return out;
    }
    case 8: {
      // a number written as text
      const digits = [...String.fromCharCode(...bytes.subarray(0, 4096)).matchAll(/\d+/g)];
      if (digits.length === 0) return bytes;
      const { index, 0: text } = pick(random, digits);
      const word = new TextEncoder().encode(pick(random, WORDS));
      const out = new Uint8Array(bytes.length - text.length + word.length);
      out.set(bytes.subarray(0, index));
      out.set(word, index);
      out.set(bytes.subarray(index + text.length), index + word.length);
      return out;
    }
    default: // zeros
      bytes.fill(pick(random, [0, 0xff]), at, at + 1 + below(random, 16));
      return bytes;
  }
}

/** A good input with 1 to 6 changes in one of its files, or in several; now and then a file is missing. */
export function mutated(random: Random, good: readonly NamedBytes[], others: readonly Uint8Array[]): NamedBytes[] {
  const files = good.map(({ name, bytes }) => ({ name, bytes: bytes.slice() }));
  const changes = 1 + below(random, 6);
  for (let n = 0; n < changes; n++) {
    const file = pick(random, files);
    file.bytes = change(random, file.bytes, pick(random, others));
  }
  return files.length > 1 && random() < 0.02 ? files.slice(1) : files;
}
