import type { SimulateMriExtras, SimulateMriOptions } from '../../src/modalities/mri/simulation/simulate.js';
import { scannedMagnitude, simulateMri } from '../../src/modalities/mri/simulation/simulate.js';
import type { Measurement } from '../../volumes/measurement.js';
import { placed } from '../../core/placement.js';
import { makeVolume, volumeData, type Volume } from '../../volumes/volume.js';

/** A head of ellipses with a few details, [6, 48, 64] voxels of 4 × 4 × 5 mm, tissue around 800. */
export function smallHead([slices, rows, columns]: readonly [number, number, number] = [6, 48, 64]): Volume {
  const image = new Float32Array(slices * rows * columns);
  const ellipses = [
    [0, 0, 0.82, 0.88, 600],
    [0, 0, 0.7, 0.76, 300],
    [-0.25, -0.1, 0.15, 0.32, -500],
    [0.25, -0.1, 0.15, 0.32, -500],
    [0.1, 0.45, 0.18, 0.12, 400],
    [-0.35, 0.4, 0.06, 0.06, 700],
  ];
  for (let k = 0, at = 0; k < slices; k++) {
    for (let j = 0; j < rows; j++) {
      for (let i = 0; i < columns; i++, at++) {
        const [x, y] = [(2 * (i + 0.5)) / columns - 1, (2 * (j + 0.5)) / rows - 1];
        for (const [x0, y0, a, b, value] of ellipses) {
          const shrink = 1 - 0.03 * k;
          if (((x - x0) / (a * shrink)) ** 2 + ((y - y0) / (b * shrink)) ** 2 < 1) image[at] += value;
        }
      }
    }
  }
  return makeVolume(image, [slices, rows, columns], {
    ...placed({ spacing: [4, 4, 5] }),
    units: 'arbitrary',
    modality: 'MR',
  });
}

/** A scan of it and the magnitude behind the scan. */
export async function mrScan(
  options: Partial<SimulateMriOptions> = {},
  extras: SimulateMriExtras = {},
  head = smallHead(),
): Promise<{ scan: Measurement; truth: Float32Array }> {
  const all = { coils: 4, seed: 5, ...options };
  return { scan: await simulateMri(head, all, extras), truth: volumeData(scannedMagnitude(head, all)) };
}

/** Against the truth, dB of its largest value. */
export function psnrOf(image: ArrayLike<number>, truth: Float32Array): number {
  let [error, peak] = [0, 0];
  for (let i = 0; i < truth.length; i++) {
    error += (image[i] - truth[i]) ** 2 / truth.length;
    peak = Math.max(peak, truth[i]);
  }
  return 20 * Math.log10(peak / Math.sqrt(error));
}
