import { SlicewiseError } from '../../../core/errors.js';
import type { DicomImage } from './image.js';
import { asWords, decodeFrame, type Words } from './decode.js';
import { decodeRle } from './rle.js';
import { swapBytes } from '../support/samples.js';

/** Transfer syntaxes (PS3.5 §10, PS3.6 table A-1) and the codec that reads them; none for plain pixels. */
const SYNTAXES: { readonly [uid: string]: { readonly name: string; readonly codec?: string } } = {
  '1.2.840.10008.1.2': { name: 'implicit little endian' },
  '1.2.840.10008.1.2.1': { name: 'explicit little endian' },
  '1.2.840.10008.1.2.1.99': { name: 'deflated explicit little endian' },
  '1.2.840.10008.1.2.2': { name: 'explicit big endian' },
  '1.2.840.10008.1.2.5': { name: 'RLE' },
  '1.2.840.10008.1.2.4.50': { name: 'JPEG baseline', codec: '1.2.840.10008.1.2.4.50' },
  // 8-bit extended streams are within what the baseline decoder reads; 12 bits are refused below
  '1.2.840.10008.1.2.4.51': { name: 'JPEG extended', codec: '1.2.840.10008.1.2.4.50' },
  '1.2.840.10008.1.2.4.57': { name: 'JPEG lossless', codec: '1.2.840.10008.1.2.4.57' },
  '1.2.840.10008.1.2.4.70': { name: 'JPEG lossless SV1', codec: '1.2.840.10008.1.2.4.70' },
  '1.2.840.10008.1.2.4.80': { name: 'JPEG-LS lossless', codec: '1.2.840.10008.1.2.4.80' },
  '1.2.840.10008.1.2.4.81': { name: 'JPEG-LS near-lossless', codec: '1.2.840.10008.1.2.4.81' },
  '1.2.840.10008.1.2.4.90': { name: 'JPEG 2000 lossless', codec: '1.2.840.10008.1.2.4.90' },
  '1.2.840.10008.1.2.4.91': { name: 'JPEG 2000', codec: '1.2.840.10008.1.2.4.91' },
  '1.2.840.10008.1.2.4.201': { name: 'HTJ2K lossless', codec: '1.2.840.10008.1.2.4.201' },
  '1.2.840.10008.1.2.4.202': { name: 'HTJ2K RPCL', codec: '1.2.840.10008.1.2.4.202' },
  '1.2.840.10008.1.2.4.203': { name: 'HTJ2K', codec: '1.2.840.10008.1.2.4.203' },
};
const BIG_ENDIAN = '1.2.840.10008.1.2.2';
const RLE = '1.2.840.10008.1.2.5';
const EXTENDED = '1.2.840.10008.1.2.4.51';

/** MONOCHROME1 is shown with its smallest value white; the values mean the same (PS3.3 C.7.6.3.1.2). */
const GREY: readonly string[] = ['MONOCHROME1', 'MONOCHROME2'];

export const syntaxName = (uid: string): string => SYNTAXES[uid]?.name ?? uid;

/**
 * Refuses what is not a grey image of integers whose values can be trusted.
 * @throws SlicewiseError FORMAT_UNSUPPORTED
 */
export function checkPixels(image: DicomImage): void {
  const { format, name } = image;
  const refuse = (what: string, got: string, hint = '') => {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', { message: `${name}: ${what} not supported`, got, hint });
  };
  const { bitsAllocated, bitsStored, highBit, transferSyntax } = format;
  if (format.samples !== 1 || !GREY.includes(format.photometric)) {
    refuse('pixel type', `${format.photometric || 'unknown'} with ${format.samples} samples`, 'only grey images can be volumes');
  }
  if (format.floats && ![32, 64].includes(bitsAllocated)) refuse('pixel layout', `floats of ${bitsAllocated} bits`);
  if (format.floats && SYNTAXES[transferSyntax]?.codec) refuse('compressed float pixels', syntaxName(transferSyntax));
  if (
    !format.floats &&
    (![8, 16, 32].includes(bitsAllocated) ||
      bitsStored < 1 ||
      bitsStored > bitsAllocated ||
      highBit >= bitsAllocated ||
      highBit + 1 < bitsStored)
  ) {
    refuse('pixel layout', `${bitsStored} bits stored of ${bitsAllocated}, highest ${highBit}`);
  }
  if (!SYNTAXES[transferSyntax]) refuse('transfer syntax', transferSyntax, 'decompress the files first (gdcmconv -w, dcmdjpeg)');
  if (transferSyntax === EXTENDED && bitsStored > 8) {
    refuse('12-bit JPEG extended', `${bitsStored} bits`, 'decompress the files first (dcmdjpeg)');
  }
  if (image.modalityLut) {
    const hint = "write the values that it stands for into an array, e.g. pydicom.pixels.apply_modality_lut, or convert with GDCM's tools";
    refuse('modality look-up table', 'a table instead of slope and intercept', hint);
  }
  if (image.slope === 0) refuse('rescale slope of 0', `every value would be ${image.intercept}`, 'take the tag out, or set it to 1');
  if (image.imageType.includes('MOSAIC')) refuse('Siemens mosaic', image.imageType.join('\\'), 'convert to NIfTI first');
}

/**
 * The pixels of an image as slope · stored + intercept into `out` [rows · columns]; padding becomes NaN.
 * @returns how many pixels were padding, between which values they would lie, and these in order where they differ
 * @throws SlicewiseError FORMAT when pixels are missing or the compressed stream is damaged
 */
export async function readPixels(image: DicomImage, out: Float32Array): Promise<Padding> {
  const { format, slope, intercept } = image;
  const { bitsStored, highBit, signed } = format;
  if (format.floats) {
    const stored = storedFloats(image);
    for (let n = 0; n < out.length; n++) out[n] = slope * stored[n] + intercept;
    return { count: 0, lowest: Infinity, highest: -Infinity };
  }
  const words = await storedWords(image);
  const wordMask = format.bitsAllocated === 32 ? 0xffffffff : 2 ** format.bitsAllocated - 1;
  const shift = highBit + 1 - bitsStored;
  const mask = bitsStored === 32 ? 0xffffffff : 2 ** bitsStored - 1;
  const sign = signed ? 2 ** (bitsStored - 1) : Infinity;
  const value = (word: number): number => {
    const bits = ((word >>> shift) & mask) >>> 0; // what lies above the stored bits may be old overlays
    return bits >= sign ? bits - 2 * sign : bits;
  };
  // compared as whole words too: some scanners pad with values that the stored bits cannot hold
  const padWord = format.padding ? (format.padding[0] & wordMask) >>> 0 : -1;
  const ends = format.padding?.map((word) => (signed ? (word << 16) >> 16 : word)) ?? [NaN, NaN];
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const padded: number[] = [];
  let [lowest, highest] = [Infinity, -Infinity];
  for (let n = 0; n < out.length; n++) {
    const stored = value(words[n]);
    const isPadding = words[n] === padWord || (stored >= low && stored <= high);
    out[n] = slope * stored + intercept;
    if (!isPadding) continue;
    padded.push(out[n]);
    lowest = Math.min(lowest, out[n]);
    highest = Math.max(highest, out[n]);
    out[n] = NaN;
  }
  return { count: padded.length, lowest, highest, values: lowest < highest ? Float32Array.from(padded) : undefined };
}

/** Pixels of an image whose stored value is that of padding. */
export interface Padding {
  readonly count: number;
  readonly lowest: number;
  readonly highest: number;
  readonly values?: Float32Array;
}

/** Pixels as unsigned words in our byte order. */
async function storedWords(image: DicomImage): Promise<Words> {
  const { format, name } = image;
  const codec = SYNTAXES[format.transferSyntax].codec;
  if (codec) return decodeFrame(image.frameBytes(), format, codec, `${name}, ${syntaxName(format.transferSyntax)}`);
  return asWords(plainBytes(image), format.bitsAllocated / 8);
}

function storedFloats(image: DicomImage): Float32Array | Float64Array {
  const { buffer } = plainBytes(image).slice();
  return image.format.bitsAllocated === 32 ? new Float32Array(buffer) : new Float64Array(buffer);
}

/** Bytes of the pixels in our byte order, where no codec made them. */
function plainBytes(image: DicomImage): Uint8Array {
  const { format, name } = image;
  const { transferSyntax, rows, columns } = format;
  const pixels = rows * columns;
  const size = format.bitsAllocated / 8;
  const frame = image.frameBytes();
  const bytes = transferSyntax === RLE ? decodeRle(frame, pixels, size) : frame.slice(0, pixels * size);
  if (bytes.length < pixels * size) {
    throw new SlicewiseError('FORMAT', {
      message: `${name}: pixel data are truncated`,
      expected: `${pixels * size} bytes for ${rows} × ${columns} pixels`,
      got: `${bytes.length}`,
      hint: 'copy or download the file again',
    });
  }
  if (transferSyntax === BIG_ENDIAN && (size > 1 || format.words)) swapBytes(bytes, Math.max(size, 2));
  return bytes;
}
