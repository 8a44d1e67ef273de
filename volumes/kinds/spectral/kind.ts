import { elements, type ArrayData } from '../../../core/array.js';
import { SlicewiseError } from '../../../core/errors.js';
import { BAND_AXIS } from '../../bands.js';
import type { Grid, Measurement } from '../../measurement.js';
import { defineKind, type ScanKind } from '../kind.js';
import { entriesExample } from './example.js';
import { ENTRIES, entriesSchema } from './schema.js';

export const entries: ScanKind<typeof entriesSchema> = defineKind({
  name: ENTRIES,
  title: 'Entries of a spectral cube',
  axes: [BAND_AXIS, 'line', 'sample'],
  dtype: 'float32',
  geometry: entriesSchema,
  arrays: {
    mask: { axes: [BAND_AXIS, 'line', 'sample'], dtype: 'float32', what: '1 where an entry was measured' },
    noise: { axes: [BAND_AXIS], dtype: 'float32', what: 'standard deviation of the noise of each band' },
  },
  grid: (_, [bands, lines, samples]) => countedGrid([bands, lines, samples]),
  complete: completeEntries,
  example: entriesExample,
});

/** A grid whose bands, lines and samples are counted. */
export const countedGrid = (shape: readonly [number, number, number]): Grid => ({
  shape,
  axes: [
    { name: BAND_AXIS, unit: '', first: 1, step: 1 },
    { name: 'line', unit: '', step: 1 },
    { name: 'sample', unit: '', step: 1 },
  ],
  units: 'arbitrary',
  modality: 'hyperspectral',
});

/**
 * Every scan has a mask of zeros and ones in the shape of its data, and zeros where nothing was measured. A mask of one band [1,
 * line, sample] is that of all.
 * @throws SlicewiseError SHAPE for arrays of another shape, GEOMETRY for masks of other numbers and noise that is none
 */
function completeEntries(scan: Measurement): Measurement {
  const { shape, arrays = {} } = scan;
  const mask = wholeMask(arrays.mask, shape);
  const { noise } = arrays;
  if (noise && (noise.data.length !== shape[0] || noise.data.some((std) => !(std >= 0)))) {
    throw new SlicewiseError(noise.data.length === shape[0] ? 'GEOMETRY' : 'SHAPE', {
      message: 'the noise of the bands',
      expected: `${shape[0]} standard deviations, none negative`,
      got: `${noise.data.length} numbers`,
    });
  }
  const data = scan.data.some((value, n) => value !== 0 && mask[n] === 0) ? scan.data.map((value, n) => value * mask[n]) : scan.data;
  return { ...scan, data, arrays: { ...arrays, mask: { data: mask, shape, dtype: 'float32' } } };
}

function wholeMask(given: ArrayData | undefined, shape: readonly number[]): Float32Array {
  const count = elements(shape);
  if (!given) return new Float32Array(count).fill(1);
  const perBand = count / shape[0];
  if (given.data.length !== count && given.data.length !== perBand) {
    throw new SlicewiseError('SHAPE', {
      message: 'the mask of the entries',
      expected: `[${shape.join(', ')}], or [1, ${shape.slice(1).join(', ')}] for all bands`,
      got: `[${given.shape.join(', ')}]`,
    });
  }
  const wrong = given.data.find((value) => value !== 0 && value !== 1);
  if (wrong !== undefined) {
    throw new SlicewiseError('GEOMETRY', { message: 'the mask of the entries', expected: '0 and 1', got: `${wrong}` });
  }
  return given.data.length === count ? given.data : Float32Array.from({ length: count }, (_, n) => given.data[n % perBand]);
}
