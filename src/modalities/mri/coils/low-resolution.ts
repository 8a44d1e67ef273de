import { SlicewiseError } from '../../../../core/errors.js';
import { centredFft } from '../../../../core/fft.js';
import type { Calibration } from './calibration.js';
import { referenceCoil, turnTo, type PhaseReference } from './phase.js';
import { tissueLevel } from './scale.js';

export interface LowResolutionOptions {
  /** Maps are 0 where the low-resolution image is below this share of bright tissue. Default 0.05. */
  readonly crop?: number;
  /** Phase of the maps, see PhaseReference. Default 'virtual'. */
  readonly phase?: PhaseReference;
}

/**
 * Coil maps from low-resolution images: the calibration region under a Hann window, zero-filled to the image's size and transformed, over
 * the root sum of squares of the coils (the self-calibration of C. A. McKenzie et al., Magn. Reson. Med. 47 (2002) 529-538). Cheap, and
 * right as far as the maps are smooth over a blurred pixel; wrong at edges of the object, where the blur weighs the two sides.
 *
 * @returns maps complex, interleaved, [slice, coil, y, x] with Σ_c |s_c|² = 1 inside, 0 outside; the root sum of squares, [slice, y, x]
 * @throws SlicewiseError ARGUMENT for a crop out of range; GEOMETRY when nothing is above it
 */
export function lowResolutionMaps(
  calibration: Calibration,
  { crop = 0.05, phase }: LowResolutionOptions = {},
): { maps: Float32Array; magnitude: Float32Array } {
  if (!(crop >= 0 && crop < 1)) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'crop',
      expected: 'a share of bright tissue, 0 to 1',
      got: `${crop}`,
    });
  }
  const { slices, coils, image } = calibration;
  const pixels = image[0] * image[1];
  const maps = lowResolutionImages(calibration);
  const magnitude = coilEnergy(maps, slices, coils).map(Math.sqrt);
  const least = crop * tissueLevel(magnitude);
  const reference = referenceCoil(calibration, phase);
  const [re, im, turn] = [new Float64Array(coils), new Float64Array(coils), new Float64Array(2)];
  for (let i = 0; i < magnitude.length; i++) {
    const first = Math.floor(i / pixels) * coils * pixels + (i % pixels);
    const over = magnitude[i] > least ? 1 / magnitude[i] : 0;
    for (let c = 0; c < coils; c++) {
      re[c] = maps[2 * (first + c * pixels)] * over;
      im[c] = maps[2 * (first + c * pixels) + 1] * over;
    }
    turnTo(reference, re, im, turn);
    for (let c = 0; c < coils; c++) {
      maps[2 * (first + c * pixels)] = re[c] * turn[0] - im[c] * turn[1];
      maps[2 * (first + c * pixels) + 1] = re[c] * turn[1] + im[c] * turn[0];
    }
  }
  return { maps, magnitude };
}

/** Σ_c |image_c|², [slice, y, x]. */
export function coilEnergy(images: Float32Array, slices: number, coils: number): Float32Array {
  const pixels = images.length / (2 * slices * coils);
  const energy = new Float32Array(slices * pixels);
  for (let plane = 0; plane < slices * coils; plane++) {
    const [from, to] = [2 * plane * pixels, Math.floor(plane / coils) * pixels];
    for (let i = 0; i < pixels; i++) energy[to + i] += images[from + 2 * i] ** 2 + images[from + 2 * i + 1] ** 2;
  }
  return energy;
}

/** Coil images of the calibration region under the Hann window ½(1 + cos(2πj/n)), j from the centre of k-space; [slice, coil, y, x]. */
export function lowResolutionImages({ data, slices, coils, region, image }: Calibration): Float32Array {
  const [ny, nx] = image;
  const { ky, kx, height, width } = region;
  const out = new Float32Array(2 * slices * coils * ny * nx);
  const plane = new Float64Array(2 * ny * nx);
  const [rows, columns] = [hann(ny, ky, height), hann(nx, kx, width)];
  for (let p = 0; p < slices * coils; p++) {
    plane.fill(0);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const weight = rows[y] * columns[x];
        const [from, to] = [2 * ((p * height + y) * width + x), 2 * ((ky + y) * nx + kx + x)];
        plane[to] = weight * data[from];
        plane[to + 1] = weight * data[from + 1];
      }
    }
    // rows outside of the region are zero
    centredFft(plane.subarray(2 * ky * nx, 2 * (ky + height) * nx), [height, nx], 1, 'inverse');
    centredFft(plane, [ny, nx], 0, 'inverse');
    out.set(plane, p * plane.length);
  }
  return out;
}

const hann = (n: number, first: number, length: number): Float64Array =>
  Float64Array.from({ length }, (_, i) => 0.5 * (1 + Math.cos((2 * Math.PI * (first + i - Math.floor(n / 2))) / length)));
