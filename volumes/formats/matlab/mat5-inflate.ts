import { Unzlib } from 'fflate';
import { SlicewiseError } from '../../../core/errors.js';

/** Deflate cannot expand more than this (RFC 1951: 258 bytes for 2 bits). */
const MAX_RATIO = 1032;
/** MATLAB's own limit for a variable in this format. */
const MAX_VARIABLE = 2 ** 31;
const PIECE = 16 * 1024;

/**
 * Inflates an miCOMPRESSED element: one zlib stream around one data element, whose own tag says how long it is. Work and memory
 * are bounded by that tag, which itself is checked against what deflate can do.
 * @param bytes the zlib stream
 * @param limit stop after this many bytes (a look at the header); default: the whole element
 * @throws SlicewiseError FORMAT for damaged, truncated or dishonest streams
 */
export function inflateElement(bytes: Uint8Array, littleEndian: boolean, what: string, limit = Infinity): Uint8Array {
  let out = new Uint8Array(0);
  let length = 0;
  let expected = -1;
  let bomb = false;
  const broken = (got: string, cause?: unknown): SlicewiseError =>
    new SlicewiseError('FORMAT', {
      message: `compressed variable in ${what}`,
      expected: expected < 0 ? 'a zlib stream' : `${expected} bytes`,
      got,
      hint: 'the file is damaged or truncated: copy it again',
      cause,
    });
  const stream = new Unzlib((chunk) => {
    if (expected < 0) {
      const head = new Uint8Array(8);
      head.set(out.subarray(0, length));
      head.set(chunk.subarray(0, 8 - length), length);
      if (length + chunk.length < 8) {
        out = head;
        length += chunk.length;
        return;
      }
      expected = 8 + new DataView(head.buffer).getUint32(4, littleEndian);
      if (expected > Math.min(bytes.length * MAX_RATIO, MAX_VARIABLE)) {
        bomb = true;
        return;
      }
      const full = new Uint8Array(Math.min(expected, Math.max(limit, 8)));
      full.set(out.subarray(0, length));
      out = full;
    }
    const room = Math.min(chunk.length, out.length - length);
    out.set(chunk.subarray(0, room), length);
    length += room;
    if (chunk.length > room && out.length === expected) bomb = true;
  });
  try {
    for (let at = 0; at < bytes.length && !bomb; at += PIECE) {
      if (expected >= 0 && length >= limit) return out;
      stream.push(bytes.subarray(at, at + PIECE), at + PIECE >= bytes.length);
    }
  } catch (cause) {
    throw broken(cause instanceof Error ? cause.message : 'a damaged stream', cause);
  }
  if (bomb) throw broken('a stream that expands to more than it says or than deflate can');
  if (expected < 0 || length < out.length) throw broken(`${length} bytes`);
  return out;
}
