import { encodePng } from '../../report/png.js';
import type { Figure } from '../../report/types.js';
import type { Measurement } from '../../../volumes/measurement.js';

/** The mask, the first slice's where slices differ. */
export function maskFigures({ arrays }: Measurement): readonly Figure[] {
  return arrays?.mask ? [maskFigure(arrays.mask)] : [];
}

/** The trajectory in the k-space of the image. */
export function trajectoryFigures({ arrays, grid }: Measurement): readonly Figure[] {
  if (!arrays?.trajectory) return [];
  return [trajectoryFigure(arrays.trajectory.data, [grid.shape[1], grid.shape[2]])];
}

/** White where k-space was measured, ky downwards and kx to the right, one pixel a sample. */
function maskFigure({ data, shape }: NonNullable<Measurement['arrays']>[string]): Figure {
  const [slices, height, width] = shape;
  const pixels = new Uint8Array(3 * height * width);
  for (let i = 0; i < height * width; i++) if (data[i] !== 0) pixels.fill(255, 3 * i, 3 * i + 3);
  const alt = slices > 1 ? `sampling mask of slice 0 of 0–${slices - 1}` : 'sampling mask';
  return {
    png: encodePng(pixels, width, height),
    width,
    height,
    alt,
    caption: `${alt}: ky downwards, kx to the right`,
  };
}

/** Pixels of the longer side of the picture of a trajectory. */
const SIDE = 256;

/**
 * The samples in the k-space of the image, ky downwards and kx to the right; the brighter a pixel the more samples fall into it, so that
 * neighbouring spokes stay apart. Samples are joined by nothing: where one readout ends is not known.
 */
function trajectoryFigure(points: Float32Array, [rows, columns]: readonly [number, number]): Figure {
  const longest = Math.max(rows, columns);
  const [height, width] = [rows, columns].map((n) => Math.round((SIDE * n) / longest));
  const hits = new Uint32Array(height * width);
  for (let s = 0; s + 1 < points.length; s += 2) {
    const y = Math.min(height - 1, Math.floor((points[s] / rows + 0.5) * height));
    const x = Math.min(width - 1, Math.floor((points[s + 1] / columns + 0.5) * width));
    hits[y * width + x]++;
  }
  const pixels = new Uint8Array(3 * height * width);
  hits.forEach((count, i) => pixels.fill(count === 0 ? 0 : 255 * (1 - 0.35 ** count), 3 * i, 3 * i + 3));
  const alt = `trajectory: every sample in the k-space of ${rows} × ${columns} pixels`;
  return {
    png: encodePng(pixels, width, height),
    width,
    height,
    alt,
    caption: `${alt}; ky downwards, kx to the right`,
  };
}
