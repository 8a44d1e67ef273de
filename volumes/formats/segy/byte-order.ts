import { SlicewiseError } from '../../../core/errors.js';

/** Integer 16909060 in bytes 3297-3300 (rev 2) in the file's own byte order. */
const CONSTANT = 0x01020304;
const PAIRWISE_SWAPPED = 0x02010403;

/** Codes that a data sample format may have. */
const isFormatCode = (code: number): boolean => code >= 1 && code <= 16;

/**
 * Whether a SEG-Y file is little endian. The standard before rev 2 knows big endian only; little endian files exist all the same. In this
 * order:
 *
 * 1. the byte order constant of rev 2 (bytes 3297-3300), where it is there;
 * 2. the data sample format code (bytes 3225-3226): it is a code of the standard, 1 … 16, in one byte order only;
 * 3. with the code 0 or rubbish: the byte order in which the samples of a trace and their interval (bytes 3221, 3217) are the smaller
 *    numbers, big endian where they say nothing.
 *
 * @param binary the 400 bytes of the binary header
 * @throws SlicewiseError FORMAT_UNSUPPORTED for pairwise swapped bytes
 */
export function isLittleEndian(binary: Uint8Array): boolean {
  const view = new DataView(binary.buffer, binary.byteOffset, binary.length);
  for (const little of [false, true]) {
    const constant = view.getUint32(96, little);
    if (constant === CONSTANT) return little;
    if (constant === PAIRWISE_SWAPPED && !isFormatCode(view.getUint16(24, little))) {
      throw new SlicewiseError('FORMAT_UNSUPPORTED', {
        message: 'SEG-Y file with pairwise swapped bytes (3297-3300)',
        expected: 'big or little endian',
        hint: 'swap the bytes of every pair first, for example with dd conv=swab',
      });
    }
  }
  for (const little of [false, true]) if (isFormatCode(view.getUint16(24, little))) return little;
  const size = (little: boolean): number => view.getUint16(20, little) + view.getUint16(16, little);
  return size(true) < size(false);
}
