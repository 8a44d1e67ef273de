import { readFileSync } from 'node:fs';
import { gunzipSync } from 'fflate';
import type { NamedBytes } from '../../volumes/format.js';
import { golden } from './golden.js';

const FOLDER = 'test/golden/trajectories';
const truth = golden<{ [name: string]: { shape: number[]; data: number[] } }>('trajectories/trajectories.json');

/** An array that NumPy or BART computed (test/golden/scripts/trajectories.py); complex interleaved. */
export const trajectoryTruth = (name: string): { shape: number[]; data: number[] } => truth[name];

export function trajectoryGolden(name: string): NamedBytes {
  const bytes = new Uint8Array(readFileSync(`${FOLDER}/${name}`));
  return name.endsWith('.gz') ? { name: name.replace(/\.gz$/, ''), bytes: gunzipSync(bytes) } : { name, bytes };
}

export const bartPair = (name: string): NamedBytes[] => ['cfl', 'hdr'].map((end) => trajectoryGolden(`${name}.${end}`));

/**
 * Samples of coil images m s_c straight from the sum of docs/reference/formats.md, orthonormal: complex [coil, sample].
 * @param image complex [rows, columns]
 * @param maps complex [coil, rows, columns]
 * @param k pairs (ky, kx), cycles per field of view
 */
export function directSamples(
  image: ArrayLike<number>,
  maps: ArrayLike<number>,
  [rows, columns]: readonly [number, number],
  k: ArrayLike<number>,
): Float64Array {
  const [pixels, samples] = [rows * columns, k.length / 2];
  const coils = maps.length / 2 / pixels;
  const out = new Float64Array(2 * coils * samples);
  for (let s = 0; s < samples; s++) {
    for (let p = 0; p < pixels; p++) {
      const [y, x] = [Math.floor(p / columns) - Math.floor(rows / 2), (p % columns) - Math.floor(columns / 2)];
      const angle = -2 * Math.PI * ((k[2 * s] * y) / rows + (k[2 * s + 1] * x) / columns);
      const [cos, sin] = [Math.cos(angle) / Math.sqrt(pixels), Math.sin(angle) / Math.sqrt(pixels)];
      const [re, im] = [image[2 * p] * cos - image[2 * p + 1] * sin, image[2 * p] * sin + image[2 * p + 1] * cos];
      for (let c = 0; c < coils; c++) {
        const [a, b] = [maps[2 * (c * pixels + p)], maps[2 * (c * pixels + p) + 1]];
        out[2 * (c * samples + s)] += a * re - b * im;
        out[2 * (c * samples + s) + 1] += a * im + b * re;
      }
    }
  }
  return out;
}
