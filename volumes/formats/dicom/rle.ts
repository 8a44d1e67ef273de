import { SlicewiseError } from '../../../core/errors.js';

/**
 * RLE Lossless (PS3.5 Annex G) of one grey frame: one PackBits segment for each byte of a pixel, the most significant first.
 * @returns little-endian pixels, `pixels · bytesPerPixel` bytes
 * @throws SlicewiseError FORMAT when segments are missing or end early
 */
export function decodeRle(frame: Uint8Array, pixels: number, bytesPerPixel: number): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const segments = frame.length >= 64 ? view.getUint32(0, true) : 0;
  if (segments !== bytesPerPixel) {
    throw new SlicewiseError('FORMAT', {
      message: 'RLE frame is damaged',
      expected: `${bytesPerPixel} segments`,
      got: `${segments}`,
    });
  }
  const out = new Uint8Array(pixels * bytesPerPixel);
  for (let segment = 0; segment < segments; segment++) {
    const start = view.getUint32(4 + 4 * segment, true);
    const end = segment + 1 < segments ? view.getUint32(8 + 4 * segment, true) : frame.length;
    const filled = unpackBits(frame.subarray(start, end), out, segments - 1 - segment, segments, pixels);
    if (filled < pixels) {
      throw new SlicewiseError('FORMAT', {
        message: 'RLE frame ends early',
        expected: `${pixels} pixels`,
        got: `${filled}`,
        hint: 'the file is truncated or damaged; copy or download it again',
      });
    }
  }
  return out;
}

/** PackBits into every `step`-th byte of `out` from `at`; returns how many were written. */
function unpackBits(packed: Uint8Array, out: Uint8Array, at: number, step: number, limit: number): number {
  let filled = 0;
  let from = 0;
  while (from < packed.length && filled < limit) {
    const control = packed[from++];
    if (control === 128) continue;
    const literal = control < 128;
    const length = Math.min(literal ? control + 1 : 257 - control, limit - filled);
    const available = literal ? Math.min(length, packed.length - from) : packed.length > from ? length : 0;
    for (let n = 0; n < available; n++) out[at + step * filled++] = packed[literal ? from + n : from];
    from += literal ? control + 1 : 1;
  }
  return filled;
}
