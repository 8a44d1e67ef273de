import { elements, type ArrayData } from '../../../core/array.js';
import { IDENTITY_DIRECTION, placed, type Lattice } from '../../../core/placement.js';
import { SlicewiseError } from '../../../core/errors.js';
import { summariseMask } from '../../../core/sampling-mask.js';
import { checkMeasurement } from '../../finite.js';
import type { Geometry, Grid, Measurement, MeasurementMeta, NoiseModel } from '../../measurement.js';

import { CARTESIAN } from './schema.js';
import { applyMask, emptySlices, maskOfZeros, maskWarning, type KspaceShape, type Readout } from './mask.js';

/** What a reader of k-space knows. */
export interface KspaceParts {
  /** Complex interleaved [slice, coil, ky, kx], origin at ⌊N/2⌋ of ky and kx; overwritten. */
  readonly data: Float32Array;
  readonly shape: KspaceShape;
  readonly readout: Readout;
  /** [1 or slice, ky, kx]; without it, samples that are zero in all coils were not measured. */
  readonly mask?: ArrayData;
  readonly maskFrom?: 'file' | 'lines';
  /** Where the image lies; 1 mm voxels around the origin, with a warning, where a file does not say. */
  readonly place?: Partial<Lattice>;
  readonly geometry?: Geometry;
  readonly arrays?: { readonly [name: string]: ArrayData };
  readonly noise?: NoiseModel;
  /** What to do with coils that hold nothing but zeros. */
  readonly zeroCoils?: 'drop';
  readonly meta: MeasurementMeta;
}

/**
 * A `fourier.cartesian` measurement; every reader of k-space ends with it. Data outside the mask become zero.
 * @throws SlicewiseError ARGUMENT for coils without any signal, NOT_FINITE, SHAPE
 */
export function kspaceMeasurement(parts: KspaceParts): Measurement {
  const warnings = [...(parts.meta.warnings ?? [])];
  const { data, shape, arrays } = withoutZeroCoils(parts, warnings);
  const [slices, , ny, nx] = shape;
  const mask = parts.mask ?? maskOfZeros(data, shape);
  const { acceleration } = summariseMask(mask);
  if (parts.mask) applyMask(data, shape, mask);
  else if (acceleration > 1) warnings.push(maskWarning(mask));
  const empty = emptySlices(data, slices);
  if (empty.length > 0 && empty.length < slices) {
    warnings.push(
      `slices without data (zeros alone): ${empty.slice(0, 8).join(', ')}${empty.length > 8 ? ', …' : ''} of 0 … ${slices - 1}`,
    );
  }
  const measurement = checkMeasurement({
    kind: CARTESIAN,
    data,
    shape,
    dtype: 'complex64',
    geometry: { readout: parts.readout, acceleration, ...parts.geometry },
    noise: parts.noise ?? { type: 'unknown' },
    grid: kspaceGrid([slices, ny, nx], parts.place, warnings),
    arrays: { mask, ...arrays },
    meta: { ...parts.meta, maskFrom: parts.maskFrom ?? (parts.mask ? 'file' : 'zeros'), warnings },
  });
  return measurement;
}

/** The image on the matrix of the k-space; the middle pixel at the origin where the file gives no position. */
export function kspaceGrid(shape: readonly [number, number, number], place: KspaceParts['place'] = {}, warnings: string[] = []): Grid {
  if (!place.spacing) warnings.push('the file has no voxel size: 1 mm assumed');
  const spacing = place.spacing ?? [1, 1, 1];
  const direction = place.direction ?? [...IDENTITY_DIRECTION];
  const middle = [shape[2], shape[1], shape[0]].map((n, a) => Math.floor(n / 2) * spacing[a]);
  const centred = [0, 1, 2].map((r) => -[0, 1, 2].reduce((sum, c) => sum + direction[3 * r + c] * middle[c], 0));
  const origin = place.origin ?? (centred as [number, number, number]);
  return { shape, ...placed({ spacing, origin, direction }), units: 'arbitrary', modality: 'MR' };
}

/**
 * Data and arrays without the coils that hold nothing but zeros, where the caller allows it.
 * @throws SlicewiseError ARGUMENT naming the coils, SHAPE
 */
export function withoutZeroCoils(
  { data, shape, arrays, zeroCoils }: Pick<KspaceParts, 'data' | 'shape' | 'arrays' | 'zeroCoils'>,
  warnings: string[],
) {
  if (data.length !== 2 * elements(shape)) {
    throw new SlicewiseError('SHAPE', {
      message: 'k-space',
      expected: `${2 * elements(shape)} values for complex ${shape.join('×')}`,
      got: `${data.length}`,
    });
  }
  const [slices, coils, ny, nx] = shape;
  const size = 2 * ny * nx;
  const planes = (coil: number) => Array.from({ length: slices }, (_, s) => (s * coils + coil) * size);
  const live = (coil: number) => planes(coil).some((at) => data.subarray(at, at + size).some((value) => value !== 0));
  const kept = Array.from({ length: coils }, (_, c) => c).filter(live);
  if (kept.length === coils) return { data, shape, arrays };
  const dead = Array.from({ length: coils }, (_, c) => c).filter((c) => !kept.includes(c));
  if (kept.length === 0 || zeroCoils !== 'drop') {
    throw new SlicewiseError('ARGUMENT', {
      message: kept.length === 0 ? 'the k-space is zero everywhere' : `coils without signal: ${dead.join(', ')} of 0 … ${coils - 1}`,
      expected: 'samples of every coil',
      got: 'zeros only',
      hint: kept.length === 0 ? 'is it the right array?' : 'leave them out with --zero-coils drop',
    });
  }
  warnings.push(`coils without signal left out: ${dead.join(', ')} of 0 … ${coils - 1}`);
  const pick = (from: Float32Array, count: number, length: number) => {
    const out = new Float32Array(count * kept.length * length);
    for (let s = 0; s < count; s++)
      kept.forEach((c, n) =>
        out.set(from.subarray((s * coils + c) * length, (s * coils + c + 1) * length), (s * kept.length + n) * length),
      );
    return out;
  };
  const pickArray = (array: ArrayData | undefined, axis: number): ArrayData | undefined => {
    if (!array) return undefined;
    const before = elements(array.shape.slice(0, axis));
    const after = 2 * elements(array.shape.slice(axis + 1));
    return {
      ...array,
      data: pick(array.data, before, after),
      shape: array.shape.map((n, a) => (a === axis ? kept.length : n)),
    };
  };
  const picked = {
    maps: pickArray(arrays?.maps, 1),
    calibration: pickArray(arrays?.calibration, 1),
    noiseScan: pickArray(arrays?.noiseScan, 0),
  };
  const left = Object.fromEntries(Object.entries({ ...arrays, ...picked }).filter(([, array]) => array !== undefined));
  return {
    data: pick(data, slices, size),
    shape: [slices, kept.length, ny, nx] as KspaceShape,
    arrays: left as { [name: string]: ArrayData },
  };
}
