import { bytesSource, type ByteSource } from '../../volumes/byte-source.js';

/** A trace of a file made by hand: header words by first byte ([value, bytes]; 4 bytes where only the value stands) and raw samples. */
export interface HandTrace {
  readonly words?: { readonly [byte: number]: number | readonly [number, 2 | 4] };
  readonly samples: readonly number[];
}

export interface HandFile {
  readonly traces: readonly HandTrace[];
  readonly little?: boolean;
  /** 2-byte words of the binary header by their number in the standard (3217 …). */
  readonly binary?: { readonly [byte: number]: number };
  readonly text?: Uint8Array;
  /** Writes a sample; IEEE float by default. */
  readonly put?: { readonly bytes: number; set(view: DataView, at: number, value: number, little: boolean): void };
  readonly extra?: readonly Uint8Array[];
  readonly su?: boolean;
}

export const putFloat: NonNullable<HandFile['put']> = {
  bytes: 4,
  set: (view, at, value, little) => view.setFloat32(at, value, little),
};

/**
 * Bytes of a SEG-Y file written word by word with DataView, apart from the code under test: rev 1, IEEE float, 4 ms unless said
 * otherwise.
 */
export function handMade(file: HandFile): Uint8Array<ArrayBuffer> {
  const { little = false, put = putFloat, traces, su = false, extra = [] } = file;
  const samples = traces[0].samples.length;
  const headBytes = su ? 0 : 3600 + extra.reduce((sum, bytes) => sum + bytes.length, 0);
  const stride = 240 + samples * put.bytes;
  const bytes = new Uint8Array(headBytes + traces.length * stride);
  const view = new DataView(bytes.buffer);
  if (!su) {
    bytes.set(file.text ?? asciiText(['HAND MADE']));
    const binary = { 3217: 4000, 3221: samples, 3225: 5, 3229: 4, 3255: 1, 3501: 0x100, 3503: 1, ...file.binary };
    // the revision is two bytes, not a word
    for (const [byte, value] of Object.entries(binary))
      view.setUint16(Number(byte) - 1, value & 0xffff, Number(byte) === 3501 ? false : little);
    let at = 3600;
    for (const record of extra) {
      bytes.set(record, at);
      at += record.length;
    }
  }
  for (const [n, trace] of traces.entries()) {
    const at = headBytes + n * stride;
    const words = {
      1: n + 1,
      5: n + 1,
      29: [1, 2] as const,
      115: [samples, 2] as const,
      117: [4000, 2] as const,
      ...trace.words,
    };
    for (const [byte, word] of Object.entries(words)) {
      const [value, width] = typeof word === 'number' ? [word, 4] : word;
      if (width === 4) view.setInt32(at + Number(byte) - 1, value, little);
      else view.setInt16(at + Number(byte) - 1, value, little);
    }
    trace.samples.forEach((value, k) => put.set(view, at + 240 + k * put.bytes, value, little));
  }
  return bytes;
}

/** 40 cards in ASCII, `C 1 …`; nothing behind the lines given. */
export function asciiText(lines: readonly string[]): Uint8Array {
  const text = Array.from({ length: 40 }, (_, n) => `C${String(n + 1).padStart(2)} ${lines[n] ?? ''}`.padEnd(80)).join('');
  return new TextEncoder().encode(text);
}

/** Sample k at (inline i, crossline j), both from 0: round(100 sin(.3 k + .2 i + .1 j)(1 + k/60), 3). */
export const caseSample = (k: number, i: number, j: number): number =>
  Math.round(1000 * 100 * Math.sin(0.3 * k + 0.2 * i + 0.1 * j) * (1 + k / 60)) / 1000;

export const caseTrace = (i: number, j: number, count = 50): number[] => Array.from({ length: count }, (_, k) => caseSample(k, i, j));

/** 6 inlines from 100, 8 crosslines from 200: header words where rev 1 has them, with CMP coordinates 25 m apart. */
export function caseTraces(keep: (i: number, j: number) => boolean = () => true): HandTrace[] {
  const traces: HandTrace[] = [];
  for (let i = 0; i < 6; i++) {
    for (let j = 0; j < 8; j++) {
      if (!keep(i, j)) continue;
      traces.push({
        words: { 189: 100 + i, 193: 200 + j, 181: 1000 + 25 * i, 185: 2000 + 25 * j, 71: [1, 2] },
        samples: caseTrace(i, j),
      });
    }
  }
  return traces;
}

/** A source that counts what is read from it. */
export function countingSource(source: ByteSource): ByteSource & { readonly read_: { bytes: number; largest: number } } {
  const read_ = { bytes: 0, largest: 0 };
  return {
    size: source.size,
    read_,
    read(offset, length) {
      read_.bytes += length;
      read_.largest = Math.max(read_.largest, length);
      return source.read(offset, length);
    },
  };
}

export const sourceOf = (file: HandFile): ByteSource => bytesSource(handMade(file));

/** Numbers as exact IBM words, by whole-number arithmetic: rounds to nearest even. Independent of the code under test. */
export function ibmWordExactly(value: number): number {
  if (value === 0) return 0;
  const sign = value < 0 ? 1 : 0;
  // value = numerator / denominator exactly
  let numerator = BigInt(0);
  let denominator = BigInt(1);
  let magnitude = Math.abs(value);
  while (!Number.isInteger(magnitude)) {
    magnitude *= 2;
    denominator *= 2n;
  }
  numerator = BigInt(magnitude);
  let exponent = 64;
  while (numerator >= denominator) {
    denominator *= 16n;
    exponent++;
  }
  while (numerator * 16n < denominator) {
    numerator *= 16n;
    exponent--;
  }
  const scaled = numerator << 24n;
  let fraction = scaled / denominator;
  const rest = (scaled % denominator) * 2n;
  if (rest > denominator || (rest === denominator && fraction % 2n === 1n)) fraction++;
  if (fraction === 1n << 24n) {
    fraction >>= 4n;
    exponent++;
  }
  return Number((BigInt(sign) << 31n) | (BigInt(exponent) << 24n) | fraction);
}
