import * as z from 'zod';
import { SlicewiseError } from '../../../core/errors.js';
import { cubeMeasurement, isCube } from '../../../volumes/kinds/spectral/from-volume.js';
import type { Measurement } from '../../../volumes/measurement.js';
import type { Reading } from '../reading.js';
import { suggestCube } from './suggest.js';

const options = {
  badBands: z.string().describe('bands not to be used, counted from 1: 1-5,103,200-224; reconstructed from the others'),
};

/** What may be said of the file of a spectral cube. */
export interface SpectralScanOptions {
  readonly badBands?: string;
}

/** A cube is a scan of itself: denoised, and filled where it says no data. */
export const spectralReading: Reading = {
  options,
  suggest: suggestCube,
  volume: (volume) => (isCube(volume) ? cubeMeasurement(volume) : undefined),
  attach: async (scan, { badBands }) => (badBands === undefined ? scan : withoutBands(scan, bandsNamed(badBands as string))),
};

/** The scan without the entries of some bands. @throws SlicewiseError ARGUMENT for bands that are not there */
function withoutBands(scan: Measurement, bands: readonly number[]): Measurement {
  const { shape, arrays } = scan;
  const outside = bands.find((band) => band >= shape[0]);
  if (outside !== undefined) {
    throw new SlicewiseError('ARGUMENT', { message: 'bands', expected: `1 to ${shape[0]}`, got: `${outside + 1}` });
  }
  const [data, mask] = [scan.data.slice(), arrays!.mask.data.slice()];
  const size = shape[1] * shape[2];
  for (const band of bands) for (const array of [data, mask]) array.fill(0, band * size, (band + 1) * size);
  return { ...scan, data, arrays: { ...arrays, mask: { ...arrays!.mask, data: mask } } };
}

/** @example bandsNamed('1-3,7') // [0, 1, 2, 6] */
export function bandsNamed(text: string | undefined): number[] {
  if (text === undefined) return [];
  return text.split(',').flatMap((part) => {
    const [, first, last = first] = /^\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?$/.exec(part) ?? [];
    const [low, high] = [Number(first), Number(last)];
    if (low >= 1 && high >= low) return Array.from({ length: high - low + 1 }, (_, n) => low - 1 + n);
    throw new SlicewiseError('ARGUMENT', {
      message: 'bands',
      expected: 'numbers from 1 and ranges, such as 1-5,103,200-224',
      got: `'${part.slice(0, 40)}'`,
    });
  });
}
