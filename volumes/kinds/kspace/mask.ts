import { SlicewiseError } from '../../../core/errors.js';
import { summariseMask } from '../../../core/sampling-mask.js';
import type { ArrayData } from '../../../core/array.js';
import type { Measurement } from '../../measurement.js';
import { elements } from '../../../core/array.js';
import { squeeze, type NumericArray } from '../../raw-array.js';

/** The k-space shape [slice, coil, ky, kx]. */
export type KspaceShape = readonly [number, number, number, number];

/** The axis along which lines were read out without gaps; `slice` after its inverse transform (3-D encodings). */
export type Readout = 'kx' | 'ky' | 'slice';

/** The axis that lines are left out along, where there is just one. */
export const phaseAxis = (readout: Readout): 'kx' | 'ky' | undefined => (readout === 'slice' ? undefined : readout === 'kx' ? 'ky' : 'kx');

/** How a mask came to be known; `meta.maskFrom`. */
export type MaskSource = 'file' | 'zeros' | 'lines' | 'user';

/**
 * The mask of samples that are not zero in all coils: [1, ky, kx] when all slices have the same, else [slice, ky, kx]. Slices that hold
 * zeros
 * alone (not acquired, padded) do not tell it: they have that of the nearest one that does.
 */
export function maskOfZeros(data: Float32Array, shape: KspaceShape): ArrayData {
  const [slices, coils, ny, nx] = shape;
  const size = ny * nx;
  const mask = new Float32Array(slices * size);
  for (let s = 0; s < slices; s++) {
    for (let c = 0; c < coils; c++) {
      const at = 2 * (s * coils + c) * size;
      for (let n = 0; n < size; n++) if (data[at + 2 * n] !== 0 || data[at + 2 * n + 1] !== 0) mask[s * size + n] = 1;
    }
  }
  const empty = emptySlices(mask, slices);
  const told = Array.from({ length: slices }, (_, s) => s).filter((s) => !empty.includes(s));
  for (const s of told.length > 0 ? empty : []) {
    const nearest = told.reduce((best, t) => (Math.abs(t - s) < Math.abs(best - s) ? t : best), told[0]);
    mask.copyWithin(s * size, nearest * size, (nearest + 1) * size);
  }
  return sharedMask(mask, slices, ny, nx);
}

/** Slices of [slice, …] that hold zeros alone. */
export function emptySlices(values: Float32Array, slices: number): number[] {
  const size = values.length / slices;
  return Array.from({ length: slices }, (_, s) => s).filter((s) => values.subarray(s * size, (s + 1) * size).every((value) => value === 0));
}

/** [slice, ky, kx], or [1, ky, kx] when every slice has the same. */
export function sharedMask(mask: Float32Array, slices: number, ny: number, nx: number): ArrayData {
  const size = ny * nx;
  const same = mask.every((value, n) => value === mask[n % size]);
  const kept = same ? mask.slice(0, size) : mask;
  return { data: kept, shape: [same ? 1 : slices, ny, nx], dtype: 'float32' };
}

/**
 * A mask as files have it, on the grid of the k-space: [kx], [ky, kx], [1 or slice, ky, kx], axes of length 1 where it is the same along
 * one.
 * @param line the axis a one-dimensional mask runs along, where there is one such
 * @throws SlicewiseError SHAPE when it fits no such shape, ARGUMENT for values other than 0 and 1 or a mask without samples
 */
export function maskFromArray(
  values: NumericArray,
  shape: readonly number[],
  [slices, , ny, nx]: KspaceShape,
  what: string,
  line?: 'kx' | 'ky',
): ArrayData {
  const short = squeeze(shape);
  const full = (s: number) => [s, ny, nx].filter((n) => n !== 1).join();
  let at: ((s: number, y: number, x: number) => number) | undefined;
  if (short.join() === full(slices)) at = (s, y, x) => (s * ny + y) * nx + x;
  else if (short.join() === full(1)) at = (_, y, x) => y * nx + x;
  else if (short.length === 1 && line === 'kx' && short[0] === nx) at = (_s, _y, x) => x;
  else if (short.length === 1 && line === 'ky' && short[0] === ny) at = (_s, y) => y;
  if (!at || elements(shape) !== values.length) {
    throw new SlicewiseError('SHAPE', {
      message: `${what} does not fit the k-space`,
      expected: `${ny}×${nx} (ky, kx), ${slices}×${ny}×${nx} (slice, ky, kx)${line ? `, or ${line === 'kx' ? nx : ny} (${line})` : ''}`,
      got: shape.join('×'),
      hint: short.join() === `${nx},${ny}` ? 'it is [kx, ky]: transpose it' : '',
    });
  }
  const odd = values.findIndex((value) => value !== 0 && value !== 1);
  if (odd >= 0) {
    throw new SlicewiseError('ARGUMENT', {
      message: `values of ${what}`,
      expected: '0 (not measured) and 1 (measured)',
      got: `${values[odd]}`,
      hint: 'make it 0 and 1 first, e.g. mask > 0 in NumPy',
    });
  }
  if (!values.includes(1 as never)) {
    throw new SlicewiseError('ARGUMENT', {
      message: `${what} has no samples`,
      expected: 'at least one 1',
      got: 'zeros',
    });
  }
  const mask = new Float32Array(slices * ny * nx);
  for (let s = 0, n = 0; s < slices; s++) for (let y = 0; y < ny; y++) for (let x = 0; x < nx; x++) mask[n++] = values[at(s, y, x)];
  return sharedMask(mask, slices, ny, nx);
}

/**
 * Is the mask the wrong way round: nothing but zeros where it says measured, and something where it says not?
 * @throws SlicewiseError ARGUMENT
 */
export function requireSamples(data: Float32Array, [slices, coils, ny, nx]: KspaceShape, mask: ArrayData, what: string): void {
  const size = ny * nx;
  let outside = false;
  for (let p = 0; p < slices * coils; p++) {
    const from = mask.shape[0] === 1 ? 0 : Math.floor(p / coils) * size;
    for (let n = 0; n < size; n++) {
      if (data[2 * (p * size + n)] === 0 && data[2 * (p * size + n) + 1] === 0) continue;
      if (mask.data[from + n] === 1) return;
      outside = true;
    }
  }
  if (!outside) return;
  throw new SlicewiseError('ARGUMENT', {
    message: `${what} is the wrong way round`,
    expected: '1 where samples were measured',
    got: 'zeros in all samples that it calls measured, and numbers in those that it does not',
    hint: 'turn it, e.g. 1 - mask in NumPy',
  });
}

/** Zeros where nothing was measured, in place. */
export function applyMask(data: Float32Array, [slices, coils, ny, nx]: KspaceShape, mask: ArrayData): void {
  const size = ny * nx;
  for (let p = 0; p < slices * coils; p++) {
    const from = mask.shape[0] === 1 ? 0 : Math.floor(p / coils) * size;
    for (let n = 0; n < size; n++) if (mask.data[from + n] === 0) data.fill(0, 2 * (p * size + n), 2 * (p * size + n) + 2);
  }
}

/**
 * The same scan measured through the user's mask: retrospective undersampling, or what a file without a mask does not say.
 * @param array of the mask file
 * @throws SlicewiseError SHAPE, ARGUMENT; ARGUMENT too when the mask takes samples that the scan's own mask says were not measured
 */
export function withMask(
  scan: Measurement,
  array: { readonly data: NumericArray; readonly shape: readonly number[] },
  name = 'the mask file',
): Measurement {
  const shape = scan.shape as unknown as KspaceShape;
  const mask = maskFromArray(array.data, array.shape, shape, name, phaseAxis(scan.geometry.readout as Readout));
  const own = scan.arrays?.mask;
  // zeros only suggest what was measured: the user knows better
  if (own && scan.meta.maskFrom !== 'zeros') requireMeasured(mask, own, name);
  const data = scan.data.slice();
  applyMask(data, shape, mask);
  const warnings = (scan.meta.warnings ?? []).filter((text) => text !== maskWarning(own));
  return {
    ...scan,
    data,
    geometry: { ...scan.geometry, acceleration: summariseMask(mask).acceleration },
    arrays: { ...scan.arrays, mask },
    meta: { ...scan.meta, maskFrom: 'user' satisfies MaskSource, warnings },
  };
}

/** What a reader says when it had to derive the mask. */
export const maskWarning = (mask: ArrayData | undefined): string =>
  mask
    ? `the file has no mask: samples that are zero in all coils are taken as not measured ` +
      `(${(100 / summariseMask(mask).acceleration).toFixed(1)} % measured)`
    : '';

function requireMeasured(mask: ArrayData, own: ArrayData, name: string): void {
  const size = own.shape[1] * own.shape[2];
  const slices = Math.max(mask.shape[0], own.shape[0]);
  const value = (m: ArrayData, s: number, n: number) => m.data[(m.shape[0] === 1 ? 0 : s * size) + n];
  let missing = 0;
  for (let s = 0; s < slices; s++) for (let n = 0; n < size; n++) if (value(mask, s, n) === 1 && value(own, s, n) === 0) missing++;
  if (missing === 0) return;
  throw new SlicewiseError('ARGUMENT', {
    message: `${name} takes samples that were not measured`,
    expected: 'samples out of those the scan has',
    got: `${missing} others`,
  });
}
