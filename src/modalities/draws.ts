import { philox, philoxKey, uniform } from '../../core/philox.js';

/** Philox stream of these draws, apart from those of noise. */
const STREAM = 0x41de;

/** `count` of the values, drawn by seed without replacement, in rising order. */
export function drawn(values: readonly number[], count: number, seed: number): number[] {
  const order = [...values];
  const words = new Uint32Array(4);
  const key = philoxKey(seed);
  for (let k = 0; k < Math.min(count, order.length - 1); k++) {
    philox(words, k, 0, 0, STREAM, key);
    const other = k + Math.min(order.length - k - 1, Math.floor(uniform(words[0], words[1]) * (order.length - k)));
    [order[k], order[other]] = [order[other], order[k]];
  }
  return order.slice(0, count).sort((a, b) => a - b);
}
