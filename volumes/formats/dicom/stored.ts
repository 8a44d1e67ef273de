import { SlicewiseError } from '../../../core/errors.js';
import type { Units } from '../../volume.js';
import { summariseValues } from '../support/samples.js';

/** Values as signed numbers of 16 bits: value = slope · stored. */
export interface StoredValues {
  readonly slope: number;
  readonly stored: Int16Array;
}

const MOST = 32767;
/** HU are never kept finer than this: 1/1024. */
const FINEST_HU = 2 ** -10;

/**
 * One slope for the whole series. Whole numbers that fit are stored as they are. Other HU get the smallest power of two that lets all fit
 * (1/8 HU where they reach 4000), everything else a slope of six digits from the largest value; rounding is half a slope.
 * @throws SlicewiseError NOT_FINITE
 */
export function storedValues(data: Float32Array, units: Units): StoredValues {
  const { min, max, notFinite, integers } = summariseValues(data);
  if (notFinite > 0) {
    throw new SlicewiseError('NOT_FINITE', {
      message: `${notFinite} values are NaN or infinite, which DICOM cannot hold`,
      expected: 'finite numbers',
      hint: 'write .nii.gz, .npz or .h5',
    });
  }
  const largest = Math.max(Math.abs(min), Math.abs(max));
  const slope = slopeFor(largest, integers, units);
  return { slope, stored: Int16Array.from(data, (value) => Math.round(value / slope)) };
}

function slopeFor(largest: number, integers: boolean, units: Units): number {
  if (largest === 0 || (integers && largest <= MOST)) return 1;
  if (units === 'HU') return Math.max(FINEST_HU, 2 ** Math.ceil(Math.log2(largest / MOST)));
  // six digits, rounded up: a decimal string holds them exactly
  const exact = largest / MOST;
  const unit = 10 ** (Math.floor(Math.log10(exact)) - 5);
  return Number((Math.ceil(exact / unit) * unit).toPrecision(6));
}
