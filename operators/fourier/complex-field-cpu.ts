import type { CpuField } from '../../compute/cpu/field.js';
import type { Planes } from './fft/lines-cpu.js';

/** Addresses of image `index` (a coil) of a complex field of images [slice, …, y, x]. */
export function planesOf(field: CpuField, planeBytes: number, index = 0): Planes {
  const re = field.address + index * planeBytes;
  return [re, re + field.floats * 2];
}
