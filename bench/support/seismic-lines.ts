import { readFile } from 'node:fs/promises';
import { npzArrays } from '../../volumes/formats/npy/npz-arrays.js';
import { philox, philoxKey, uniform } from '../../core/philox.js';
import { TRIAL_MASKS } from './seismic-masks.js';
import type { TraceGrid } from '../../src/modalities/seismic/classical/grid.js';

/** A line of the data folder that nothing is tuned on. */
export interface Line {
  readonly name: string;
  readonly data: Float32Array;
  readonly shape: readonly [number, number, number];
}

const FILES: { readonly [name: string]: { readonly file: string; readonly samples?: readonly [number, number] } } = {
  real3d: { file: 'real3d_poststack' },
  teapot: { file: 'teapot_2d_357x315' },
  teapot251: { file: 'teapot_2d_357x251' },
  shot: { file: 'shot_2d_232x751' },
  volve: { file: 'volve_il10117_202x1125', samples: [400, 912] },
  arb: { file: 'volve_arb_225x850' },
};
export const LINES = Object.keys(FILES);

export async function readLine(folder: string, name: string): Promise<Line> {
  const { file, samples } = FILES[name];
  const array = npzArrays(new Uint8Array(await readFile(`${folder}/dev/seismic/${file}.npz`))).get('data');
  const shape = array.shape.length === 2 ? [1, ...array.shape] : [...array.shape];
  const [n1, n2, nt] = shape;
  const all = array.float32();
  if (!samples) return { name, data: all, shape: [n1, n2, nt] };
  const [from, to] = samples;
  const data = new Float32Array(n1 * n2 * (to - from));
  for (let k = 0; k < n1 * n2; k++) data.set(all.subarray(k * nt + from, k * nt + to), k * (to - from));
  return { name, data, shape: [n1, n2, to - from] };
}

export const MASKS = ['random30', 'random50', 'random70', 'regular', 'gap20'] as const;
export type MaskName = (typeof MASKS)[number];

/**
 * 1 for live: random shares, every second trace of the fast axis, or the middle 20 of it.
 * @param seed of the random ones; 0 for those of the trial (seismic-masks.ts)
 */
export function maskOf(name: MaskName, { name: line, shape: [n1, n2] }: Line, seed: number): Uint8Array {
  const live = new Uint8Array(n1 * n2).fill(1);
  const trial = seed === 0 ? TRIAL_MASKS[line]?.[name] : undefined;
  if (trial) return live.map((_, k) => (Number.parseInt(trial.slice(2 * (k >> 3), 2 * (k >> 3) + 2), 16) >> (7 - (k & 7))) & 1);
  if (name === 'regular') for (let k = 0; k < n1 * n2; k++) live[k] = (k % n2) % 2 === 0 ? 1 : 0;
  else if (name === 'gap20') {
    const from = Math.floor(n2 / 2) - 10;
    for (let k = 0; k < n1 * n2; k++) live[k] = k % n2 >= from && k % n2 < from + 20 ? 0 : 1;
  } else {
    const missing = Math.round((n1 * n2 * Number(name.slice(6))) / 100);
    const order = shuffled(n1 * n2, seed);
    for (let k = 0; k < missing; k++) live[order[k]] = 0;
  }
  return live;
}

function shuffled(n: number, seed: number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, k) => k);
  const words = new Uint32Array(4);
  const key = philoxKey(seed);
  for (let k = n - 1; k > 0; k--) {
    philox(words, k, 0, 0, 77, key);
    const other = Math.floor(uniform(words[0], words[1]) * (k + 1));
    [order[k], order[other]] = [order[other], order[k]];
  }
  return order;
}

export const gappy = ({ data, shape }: Line, live: Uint8Array): TraceGrid => {
  const cut = data.slice();
  for (let k = 0; k < live.length; k++) if (!live[k]) cut.fill(0, k * shape[2], (k + 1) * shape[2]);
  return { data: cut, shape, live };
};

/** 10 log₁₀ Σ truth² / Σ (estimate − truth)² over all traces, dB. */
export function snr(truth: Float32Array, estimate: Float32Array): number {
  let [signal, error] = [0, 0];
  for (let k = 0; k < truth.length; k++) {
    signal += truth[k] ** 2;
    error += (estimate[k] - truth[k]) ** 2;
  }
  return 10 * Math.log10(signal / error);
}
