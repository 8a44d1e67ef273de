import { SlicewiseError } from '../../core/errors.js';
import { arrayFormats, readArray } from '../array-formats.js';
import { readCfl, isCflHeader } from '../formats/cfl.js';
import type { NamedBytes } from '../format.js';
import type { NumericArray } from '../raw-array.js';

/**
 * The array of a mask file, for `withMask`: .npy, .npz, HDF5, MATLAB, TIFF, or BART's .cfl with .hdr (its real part).
 * @throws SlicewiseError FORMAT, FORMAT_UNSUPPORTED for complex numbers, ARGUMENT when a container holds several arrays
 */
export async function readMaskFile(
  files: readonly NamedBytes[],
  dataset?: string,
): Promise<{ data: NumericArray; shape: readonly number[] }> {
  const what = files.map((file) => file.name).join(', ');
  if (files.some((file) => isCflHeader(file.bytes))) {
    const { data, shape } = readCfl(files);
    return { data: data.filter((_, n) => n % 2 === 0), shape };
  }
  const format = arrayFormats.entries().map(([, f]) => f).find((f) => f.sniff(files[0].bytes)); // prettier-ignore
  if (!format) {
    throw new SlicewiseError('FORMAT', {
      message: `${what}: not a mask file`,
      expected: '.npy, .npz, HDF5, MATLAB, TIFF or BART',
    });
  }
  const array = await readArray(format, files, dataset);
  if (!array.complex) return array;
  throw new SlicewiseError('FORMAT_UNSUPPORTED', {
    message: `the mask ${what}`,
    expected: 'zeros and ones',
    got: 'complex numbers',
  });
}
