/**
 * Philox4x32-10, a counter-based random generator (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11), and standard
 * normals from it by Box–Muller: the same words for the same counters as the kernels of the backends (compute/cpu/noise.as.ts), so the
 * normals agree to 1e-5. For data made outside a backend: simulated noise, phantoms, tests.
 */

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** What one draw is keyed by: `key` is the 64-bit seed in two words, low first. */
export type PhiloxKey = readonly [low: number, high: number];

/** The 64-bit seed as a key. Negative seeds wrap. */
export function philoxKey(seed: number | bigint): PhiloxKey {
  const bits = BigInt.asUintN(64, BigInt(seed));
  return [Number(bits & 0xffffffffn), Number(bits >> 32n)];
}

/** Four random 32-bit words for the counter (c0, c1, c2, c3), written to `out`. */
export function philox(out: Uint32Array, c0: number, c1: number, c2: number, c3: number, [k0, k1]: PhiloxKey): void {
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(c0, M0);
    const low0 = Math.imul(c0, M0);
    const high1 = multiplyHigh(c2, M1);
    const low1 = Math.imul(c2, M1);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + W0) | 0;
    k1 = (k1 + W1) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** The high word of the 64-bit product of two unsigned words, by 16-bit halves. */
function multiplyHigh(a: number, b: number): number {
  const [a0, a1, b0, b1] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = a1 * b0 + ((a0 * b0) >>> 16); // below 2³²
  const other = a0 * b1 + (middle % 0x10000);
  return (a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(other / 0x10000)) | 0;
}

/** A uniform number in (0, 1) with 52 bits from two words: never 0 and never 1. */
export const uniform = (high: number, low: number): number => ((high >>> 0) * 2 ** 20 + (low >>> 12) + 0.5) * 2 ** -52;

/**
 * Standard normals for one slice: element e comes from the counter (⌊e/4⌋, slice, step, stream), as `Backend.noise` draws them.
 * @returns `length` numbers
 */
export function normals(length: number, key: PhiloxKey, slice: number, step: number, stream: number): Float64Array {
  const out = new Float64Array(length);
  const words = new Uint32Array(4);
  for (let e = 0; e < length; e += 2) {
    if (e % 4 === 0) philox(words, e / 4, slice, step, stream, key);
    const half = e % 4;
    const radius = Math.sqrt(-2 * Math.log(((words[half] >>> 8) + 1) * 2 ** -24));
    const angle = 2 * Math.PI * (words[half + 1] >>> 8) * 2 ** -24;
    out[e] = radius * Math.cos(angle);
    if (e + 1 < length) out[e + 1] = radius * Math.sin(angle);
  }
  return out;
}
