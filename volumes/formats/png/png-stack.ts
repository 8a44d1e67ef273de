import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes } from '../../format.js';
import type { ArrayInfo, NumericArray, RawArray } from '../../raw-array.js';
import { naturalOrder } from '../tiff/tiff-stack.js';

/** Grey PNG images, 8 or 16 bits, of one size: one after another in natural order [page, row, column]. Source: PNG 1.2 (RFC 2083). */
const MAGIC = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

export const sniffPng = (bytes: Uint8Array): boolean => bytes.length > 33 && MAGIC.every((b, n) => bytes[n] === b);

/** Width, height, bits and colour type of the first chunk. @throws SlicewiseError FORMAT, FORMAT_UNSUPPORTED */
function headOf({ name, bytes }: NamedBytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!sniffPng(bytes)) throw new SlicewiseError('FORMAT', { message: `${name} is not a PNG`, expected: 'its signature' });
  const [width, height, bits, colour] = [view.getUint32(16), view.getUint32(20), bytes[24], bytes[25]];
  if (colour !== 0 || (bits !== 8 && bits !== 16)) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${name}: one grey value of 8 or 16 bits a pixel is needed`,
      got: colour === 0 ? `${bits} bits` : 'colour or transparency',
      hint: 'save it as grey, e.g. ImageMagick: convert IN -colorspace gray -alpha off OUT',
    });
  }
  // deflate makes at most 1032 bytes of one
  if (width < 1 || height < 1 || width * height * (bits / 8) > bytes.length * 1032) {
    throw new SlicewiseError('FORMAT', { message: name, expected: `an image that fits ${bytes.length} bytes`, got: `${height}×${width}` });
  }
  return { width, height, bits };
}

export const listPngStack = (files: readonly NamedBytes[]): Promise<ArrayInfo[]> => {
  const [first] = naturalOrder(files);
  const { width, height, bits } = headOf(first);
  return Promise.resolve([{ path: '', shape: [files.length, height, width], type: `uint${bits}`, numeric: true }]);
};

/** @throws SlicewiseError FORMAT (damaged), FORMAT_UNSUPPORTED (colour), SHAPE (images that differ) */
export async function readPngStack(files: readonly NamedBytes[]): Promise<RawArray> {
  const { decode } = await import('fast-png');
  const sorted = naturalOrder(files);
  const first = headOf(sorted[0]);
  const size = first.width * first.height;
  const heads = sorted.map(headOf);
  heads.forEach(({ width, height, bits }, n) => {
    if (width === first.width && height === first.height && bits === first.bits) return;
    throw new SlicewiseError('SHAPE', {
      message: 'the images of a PNG stack differ',
      expected: `${first.height}×${first.width} of ${first.bits} bits as in ${sorted[0].name}`,
      got: `${height}×${width} of ${bits} bits in ${sorted[n].name}`,
      hint: 'keep only the images of one scan in the folder, or name them: FOLDER/proj_*.png',
    });
  });
  const data: NumericArray = first.bits === 8 ? new Uint8Array(size * files.length) : new Uint16Array(size * files.length);
  sorted.forEach(({ name, bytes }, n) => {
    try {
      const image = decode(bytes);
      if (image.data.length !== size) throw new Error(`${image.data.length} pixels`);
      data.set(image.data, n * size);
    } catch (cause) {
      throw new SlicewiseError('FORMAT', {
        message: `cannot read ${name} as PNG`,
        got: cause instanceof Error ? cause.message : String(cause),
        hint: 'the file is damaged or truncated: copy it again',
        cause,
      });
    }
  });
  return { path: '', shape: [files.length, first.height, first.width], data };
}
