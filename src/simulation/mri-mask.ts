import { decode } from 'fast-png';
import { SlicewiseError } from '../../core/errors.js';
import type { SamplingMask } from '../../operators/mask/index.js';
import { arrayFormats, readArray } from '../../volumes/array-formats.js';
import type { NamedBytes } from '../../volumes/format.js';
import { squeeze } from '../../volumes/raw-array.js';

const isPng = (bytes: Uint8Array): boolean => String.fromCharCode(...bytes.subarray(1, 4)) === 'PNG';

/**
 * A user's sampling mask: `.npy`, `.npz`, `.mat`, HDF5 (an array `mask`, or `dataset`), `.png` or TIFF. Axes [ky, kx] or [slice, ky, kx], DC at
 * ⌊n/2⌋; a list of as many values as ky has samples whole lines. Values are 0 and one other.
 *
 * @param shape [slice, ky, kx] of the k-space it is for
 * @throws SlicewiseError SHAPE when it does not fit, FORMAT when its values are not those of a mask
 */
export async function readMask(
  file: NamedBytes,
  shape: readonly [number, number, number],
  dataset?: string,
): Promise<SamplingMask> {
  const [slices, ny, nx] = shape;
  const array = isPng(file.bytes) ? readPng(file) : await readNumbers(file, dataset);
  const given = squeeze(array.shape, 1);
  const stack = array.shape.length === 3 && array.shape[0] === slices;
  const frames = given.join() === `${ny},${nx}` ? 1 : stack ? slices : 0;
  const lines = given.length === 1 && given[0] === ny;
  if (!lines && (frames === 0 || array.shape.slice(-2).join() !== `${ny},${nx}`)) {
    throw new SlicewiseError('SHAPE', {
      message: `the mask ${file.name} is not for this k-space`,
      expected: `[ky, kx] = [${ny}, ${nx}], [${slices}, ${ny}, ${nx}] for a mask a slice, or [${ny}] for lines`,
      got: `[${array.shape.join(', ')}]`,
      hint: array.shape.join() === `${nx},${ny}` ? 'it is [kx, ky]: transpose it' : '',
    });
  }
  const levels = new Set<number>();
  for (let n = 0; n < array.data.length && levels.size < 4; n++) levels.add(array.data[n]);
  if (
    levels.size > 2 ||
    (levels.size === 2 && !levels.has(0)) ||
    (levels.size === 1 && levels.has(0)) ||
    levels.has(NaN)
  ) {
    throw new SlicewiseError('FORMAT', {
      message: `${file.name} is not a mask`,
      expected: '0 where nothing is measured and one other value where it is',
      got: levels.size > 2 ? `many values, among them ${[...levels].slice(0, 3).join(', ')}` : [...levels].join(', '),
    });
  }
  const data = Float32Array.from({ length: (lines ? 1 : frames) * ny * nx }, (_, at) =>
    array.data[lines ? Math.floor(at / nx) : at] === 0 ? 0 : 1,
  );
  return { data, shape: [lines ? 1 : frames, ny, nx] };
}

interface Numbers {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/** Any channel counts: a mask drawn in white on black has the same in all. Transparency does not. */
function readPng({ bytes, name }: NamedBytes): Numbers {
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

async function readNumbers(file: NamedBytes, dataset: string | undefined): Promise<Numbers> {
  const format = arrayFormats.entries().find(([, f]) => f.sniff(file.bytes))?.[1];
  if (!format) {
    throw new SlicewiseError('FORMAT', {
      message: `${file.name}: not a mask we read`,
      expected: '.npy, .npz, .mat, .h5, .png or .tif',
    });
  }
  const has = async (path: string) => (await format.list([file])).some((array) => array.path === path);
  const array = await readArray(format, [file], dataset ?? ((await has('mask')) ? 'mask' : undefined));
  if (!array.complex) return array;
  throw new SlicewiseError('FORMAT', {
    message: `${file.name} is not a mask`,
    expected: 'real values',
    got: 'complex',
  });
}
