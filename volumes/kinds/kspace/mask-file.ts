import { decode } from 'fast-png';
import { SlicewiseError } from '../../../core/errors.js';
import { arrayFormats, readArray } from '../../array-formats.js';
import type { NamedBytes } from '../../format.js';
import { isCflHeader, readCfl } from '../../formats/bart/cfl.js';
import type { NumericArray } from '../../raw-array.js';

const isPng = (bytes: Uint8Array): boolean => String.fromCharCode(...bytes.subarray(1, 4)) === 'PNG';

/** A mask as its file has it: 0 and 1, axes not yet looked at (`withMask`, `maskFromArray`). */
export interface MaskArray {
  readonly data: NumericArray;
  readonly shape: readonly number[];
}

/**
 * The array of a mask file: .npy, .npz, HDF5, MATLAB (an array `mask`, or `dataset`), TIFF, PNG, or BART's .cfl with .hdr (its real part).
 * What is measured may be any one value, such as the 255 of an image; it becomes 1.
 * @throws SlicewiseError FORMAT for other files and for values that are not those of a mask, FORMAT_UNSUPPORTED for complex numbers,
 *   ARGUMENT when a container holds several arrays and none is called mask
 */
export async function readMaskFile(files: readonly NamedBytes[], dataset?: string): Promise<MaskArray> {
  const what = files.map((file) => file.name).join(', ');
  const { data, shape } = await readNumbers(files, what, dataset);
  const levels = new Set<number>();
  for (let n = 0; n < data.length && levels.size < 4; n++) levels.add(data[n]);
  const measured = [...levels].filter((value) => value !== 0);
  if (measured.length !== 1 || Number.isNaN(measured[0]) || (levels.size === 2 && !levels.has(0))) {
    throw new SlicewiseError('FORMAT', {
      message: `${what} is not a mask`,
      expected: '0 where nothing is measured and one other value where it is',
      got: levels.size > 2 ? `many values, among them ${[...levels].slice(0, 3).join(', ')}` : [...levels].join(', '),
    });
  }
  return { data: Float32Array.from(data, (value) => (value === 0 ? 0 : 1)), shape };
}

async function readNumbers(files: readonly NamedBytes[], what: string, dataset?: string): Promise<MaskArray> {
  const [file] = files;
  if (files.some(({ bytes }) => isCflHeader(bytes))) {
    const { data, shape } = readCfl(files);
    return { data: data.filter((_, n) => n % 2 === 0), shape };
  }
  if (isPng(file.bytes)) return readPng(file);
  const format = arrayFormats.entries().find(([, f]) => f.sniff(file.bytes))?.[1];
  if (!format) {
    throw new SlicewiseError('FORMAT', {
      message: `${what}: not a mask file`,
      expected: '.npy, .npz, HDF5, MATLAB, TIFF, PNG or BART',
    });
  }
  const named = dataset === undefined && (await format.list(files)).some(({ path }) => path === 'mask');
  const array = await readArray(format, files, named ? 'mask' : dataset);
  if (!array.complex) return array;
  throw new SlicewiseError('FORMAT_UNSUPPORTED', {
    message: `the mask ${what}`,
    expected: 'zeros and ones',
    got: 'complex numbers',
  });
}

/** Any channel counts: a mask drawn in white on black has the same in all. Transparency does not. */
function readPng({ bytes, name }: NamedBytes): MaskArray {
  try {
    const { width, height, channels, data, palette, depth } = decode(bytes);
    if (palette || depth < 8) {
      const hint = 'save it as 8-bit grey';
      throw new SlicewiseError('FORMAT_UNSUPPORTED', { message: `${name} has a palette or less than 8 bits`, hint });
    }
    const colours = channels - (channels % 2 === 0 ? 1 : 0);
    const grey = Float32Array.from({ length: width * height }, (_, at) =>
      Math.max(...data.subarray(at * channels, at * channels + colours)),
    );
    return { data: grey, shape: [height, width] };
  } catch (cause) {
    if (cause instanceof SlicewiseError) throw cause;
    throw new SlicewiseError('FORMAT', { message: `the image ${name} is damaged`, cause });
  }
}
