import { encode } from 'fast-png';

/** PNG file of an RGB image [height, width, 3]; stored as grey where it is grey. */
export function encodePng(pixels: Uint8Array, width: number, height: number): Uint8Array {
  const count = width * height;
  const grey = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const value = pixels[3 * i];
    if (pixels[3 * i + 1] !== value || pixels[3 * i + 2] !== value) {
      return encode({ width, height, data: pixels, channels: 3, depth: 8 });
    }
    grey[i] = value;
  }
  return encode({ width, height, data: grey, channels: 1, depth: 8 });
}
