import type { ArrayData } from '../../core/array.js';

/** Real and imaginary parts of complex numbers. */
export const partsOf = ({ data }: ArrayData): [Float32Array, Float32Array] => [
  data.filter((_, n) => n % 2 === 0),
  data.filter((_, n) => n % 2 === 1),
];
