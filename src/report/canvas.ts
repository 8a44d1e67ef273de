import { encode } from 'fast-png';
import type { Rgb } from './colour.js';
import { GLYPH_HEIGHT, GLYPH_WIDTH, glyph, textWidth } from './font.js';

/** An RGB image to draw panels and labels on. */
export class Canvas {
  readonly pixels: Uint8Array;

  constructor(
    readonly width: number,
    readonly height: number,
    background: Rgb,
  ) {
    this.pixels = new Uint8Array(3 * width * height);
    this.fill(0, 0, width, height, background);
  }

  /** Copies an RGB image [height, width, 3] with its top left corner at (x, y); what falls outside is cut. */
  put(image: Uint8Array, width: number, height: number, x: number, y: number): void {
    const left = Math.max(0, -x);
    const right = Math.min(width, this.width - x);
    if (right <= left) return;
    for (let r = Math.max(0, -y); r < height && y + r < this.height; r++) {
      const row = image.subarray(3 * (r * width + left), 3 * (r * width + right));
      this.pixels.set(row, 3 * ((y + r) * this.width + x + left));
    }
  }

  /** Draws text with its top left corner at (x, y), every pixel of the font `scale` wide. */
  text(text: string, x: number, y: number, colour: Rgb, scale = 2): void {
    let at = x;
    for (const character of text) {
      glyph(character).forEach((bits, row) => {
        for (let column = 0; column < GLYPH_WIDTH; column++) {
          if (bits & (1 << (GLYPH_WIDTH - 1 - column))) {
            this.fill(at + column * scale, y + row * scale, scale, scale, colour);
          }
        }
      });
      at += (GLYPH_WIDTH + 1) * scale;
    }
  }

  fill(x: number, y: number, width: number, height: number, colour: Rgb): void {
    const left = Math.max(0, x);
    const right = Math.min(x + width, this.width);
    for (let r = Math.max(0, y); r < Math.min(y + height, this.height); r++) {
      for (let c = left, at = 3 * (r * this.width + left); c < right; c++) {
        this.pixels[at++] = colour[0];
        this.pixels[at++] = colour[1];
        this.pixels[at++] = colour[2];
      }
    }
  }

  png(): Uint8Array {
    return encodePng(this.pixels, this.width, this.height);
  }
}

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

/** Cuts a text to a width in pixels, with an ellipsis. */
export function fitText(text: string, width: number, scale = 2): string {
  if (textWidth(text) * scale <= width) return text;
  const characters = [...text];
  while (characters.length > 0 && textWidth(`${characters.join('')}…`) * scale > width) characters.pop();
  return `${characters.join('')}…`;
}

export const lineHeight = (scale = 2): number => GLYPH_HEIGHT * scale;
