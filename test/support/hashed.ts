/** Numbers from 0 to 1 by a 32-bit mixer of place and stream: the same as `hashed` of test/golden/scripts/dds2m-published.py. */
export function hashed(count: number, stream: number): Float64Array {
  const offset = Math.imul(stream, 0x9e3779b1);
  return Float64Array.from({ length: count }, (_, n) => {
    let x = (n + offset) >>> 0;
    for (const multiplier of [0x7feb352d, 0x846ca68b]) x = Math.imul(x ^ (x >>> 16), multiplier) >>> 0;
    return ((x ^ (x >>> 15)) >>> 8) / 2 ** 24;
  });
}

/** Likewise from −½ to ½. */
export const centred = (count: number, stream: number): Float64Array => hashed(count, stream).map((value) => value - 0.5);
