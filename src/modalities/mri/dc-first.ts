import { SlicewiseError } from '../../../core/errors.js';
import type { Measurement } from '../../../volumes/measurement.js';
import { telling } from '../modality.js';
import { maskOf } from './stages.js';

const AXES = ['ky', 'kx'] as const;
export type KAxis = (typeof AXES)[number];

/**
 * Axes of `--fftshift ky,kx`.
 * @throws SlicewiseError ARGUMENT for anything else
 */
export function parseKAxes(text: string): readonly KAxis[] {
  const words = text.split(',').map((word) => word.trim().toLowerCase());
  const wrong = words.find((word) => !(AXES as readonly string[]).includes(word));
  if (wrong === undefined) return [...new Set(words)] as KAxis[];
  throw new SlicewiseError('ARGUMENT', { message: '--fftshift', expected: 'ky, kx or ky,kx', got: `'${wrong}'` });
}

/**
 * k-space that an unshifted transform (numpy.fft) left with its DC first along some axes, with DC in the middle: samples and mask rolled
 * by ⌊n/2⌋. Coil maps and calibration scans are of the image, or bring their own centre.
 */
export function dcFirst(scan: Measurement, axes: readonly KAxis[]): Measurement {
  const [, , ny, nx] = scan.shape;
  const [dy, dx] = halves(scan, axes);
  const mask = maskOf(scan);
  const shifted = {
    ...scan,
    data: rolled(scan.data, ny, nx, dy, dx, 2),
    ...(scan.arrays?.mask && { arrays: { ...scan.arrays, mask: { ...mask, data: rolled(mask.data, ny, nx, dy, dx, 1) } } }),
  };
  return telling(shifted, `k-space moved by half of its extent along ${axes.join(' and ')} (--fftshift)`);
}

/** By how much the axes move. */
export const halves = ({ shape: [, , ny, nx] }: Pick<Measurement, 'shape'>, axes: readonly KAxis[]): [dy: number, dx: number] => [
  axes.includes('ky') ? Math.floor(ny / 2) : 0,
  axes.includes('kx') ? Math.floor(nx / 2) : 0,
];

/** Planes [ny, nx] of values of `lanes` numbers, each moved round by dy, dx. */
export function rolled<T extends Float32Array | Uint8Array>(data: T, ny: number, nx: number, dy: number, dx: number, lanes: number): T {
  const out = data.slice() as T;
  const row = nx * lanes;
  for (let plane = 0; plane < data.length; plane += ny * row) {
    for (let y = 0; y < ny; y++) {
      const [from, to] = [plane + y * row, plane + ((y + dy) % ny) * row];
      out.set(data.subarray(from, from + row - dx * lanes), to + dx * lanes);
      out.set(data.subarray(from + row - dx * lanes, from + row), to);
    }
  }
  return out;
}
