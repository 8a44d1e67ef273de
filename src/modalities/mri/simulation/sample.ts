import { placed } from '../../../../core/placement.js';
import { makeVolume, type Volume } from '../../../../volumes/volume.js';
import type { Sample } from '../../sample.js';
import { simulateMri } from './simulate.js';

const [SIZE, SLICES, MM] = [128, 4, 1.7];

/** Ellipses of a head, in units of half the field of view: centre, half axes, degrees, what they add, shrinking from slice to slice. */
const ELLIPSES = [
  [0, 0, 0.7, 0.88, 0, 0.75], // scalp
  [0, 0, 0.66, 0.84, 0, -0.65], // skull
  [0, -0.01, 0.61, 0.79, 0, 0.55], // brain
  [0.2, 0.02, 0.1, 0.28, -18, -0.4], // ventricles
  [-0.2, 0.02, 0.14, 0.36, 18, -0.4],
  [0, 0.4, 0.2, 0.2, 0, 0.2],
  [0, -0.12, 0.04, 0.04, 0, 0.3],
  [-0.08, -0.58, 0.05, 0.03, 0, 0.35], // small things, for the eye to look for
  [0.02, -0.58, 0.025, 0.025, 0, 0.35],
  [0.1, -0.58, 0.03, 0.05, 0, 0.35],
  [-0.38, -0.4, 0.07, 0.05, 30, 0.3], // only at one side: left and right can be told apart
] as const;

/** The magnitude of a head of ellipses, each pixel the mean of 3 × 3 points. */
function head(): Volume {
  const data = new Float32Array(SLICES * SIZE * SIZE);
  const fine = 3;
  for (let k = 0, at = 0; k < SLICES; k++) {
    const size = 1 - 0.04 * k;
    for (let j = 0; j < SIZE; j++) {
      for (let i = 0; i < SIZE; i++, at++) {
        let sum = 0;
        for (let s = 0; s < fine * fine; s++) {
          const x = (2 * (i + ((s % fine) + 0.5) / fine)) / SIZE - 1;
          const y = (2 * (j + (Math.floor(s / fine) + 0.5) / fine)) / SIZE - 1;
          sum += valueAt(x / size, y / size);
        }
        data[at] = (1000 * sum) / fine ** 2;
      }
    }
  }
  const side = SIZE * MM;
  const place = placed({ spacing: [MM, MM, 5], origin: [-side / 2, -side / 2, 0] });
  return makeVolume(data, [SLICES, SIZE, SIZE], { ...place, modality: 'MR', meta: { source: 'a head of ellipses' } });
}

function valueAt(x: number, y: number): number {
  let sum = 0;
  for (const [cx, cy, a, b, degrees, value] of ELLIPSES) {
    const turn = (degrees * Math.PI) / 180;
    const [dx, dy] = [x - cx, y - cy];
    const along = (dx * Math.cos(turn) + dy * Math.sin(turn)) / a;
    const across = (dy * Math.cos(turn) - dx * Math.sin(turn)) / b;
    if (along * along + across * across <= 1) sum += value;
  }
  return sum;
}

/** A head of ellipses, six coils, a third of the lines. */
export const mriSample: Sample = {
  words: 'a head phantom, six coils, a third of k-space',
  make: () => simulateMri(head(), { coils: 6, mask: 'gaussian', accel: 3, snr: 40, seed: 1 }),
};
