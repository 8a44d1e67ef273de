import { uniforms } from '../../../../operators/patterns/draws.js';

/** Measured entries as they are used. */
export interface Split {
  /** [band, pixel], 1 where an entry is fitted. */
  readonly fitted: Float32Array;
  /** Places of entries that are held back, in order. */
  readonly held: Uint32Array;
}

const SLICE = 1 << 25;

/** Holds back each measured entry with a probability of `share`; drawn by the seed, another draw for each `draw`. */
export function holdBack(mask: Float32Array, share: number, seed: number, draw = 0): Split {
  const measured: number[] = [];
  mask.forEach((one, n) => one === 1 && measured.push(n));
  const scores = uniforms(measured.length, seed, SLICE + draw);
  const held = Uint32Array.from(measured.filter((_, n) => scores[n] < share));
  const fitted = mask.slice();
  for (const n of held) fitted[n] = 0;
  return { fitted, held };
}
