import type { DisplayWindow } from './window.js';

export type Rgb = readonly [number, number, number];

/** Blue (recon too low) through near-white (no error) to red (too high), equally dark at both ends. */
const DIVERGING: readonly Rgb[] = [
  [24, 62, 128],
  [86, 143, 196],
  [178, 207, 228],
  [245, 244, 240],
  [240, 191, 165],
  [209, 106, 80],
  [132, 26, 38],
];

/** Where NaN would be: a colour that is in neither map. */
const MISSING: Rgb = [255, 0, 255];

/** Grey values of an image, RGB [height, width, 3]. */
export function greyPixels(values: Float32Array, { low, high }: DisplayWindow): Uint8Array {
  return lookUp(values, low, high, GREYS);
}

/** Lines over what was not measured: neither a grey nor a colour of errors. */
export const HATCH: Rgb = [176, 132, 32];
/** Pixels from one line to the next. */
export const HATCH_PERIOD = 8;

/** Diagonal lines where `support` is 0, in place; pixels RGB [height, width, 3]. */
export function hatch(pixels: Uint8Array, { values, width }: { readonly values: Float32Array; readonly width: number }): void {
  for (let i = 0; i < values.length; i++) {
    const along = (i % width) + Math.floor(i / width);
    if (values[i] < 0.5 && along % HATCH_PERIOD === 0) pixels.set(HATCH, 3 * i);
  }
}

/** A colour laid over pixels where `where` is 1, in place; pixels RGB [height, width, 3]. */
export function tint(pixels: Uint8Array, where: Float32Array, colour: Rgb, strength = 0.45): void {
  for (let i = 0; i < where.length; i++) {
    if (where[i] < 0.5) continue;
    for (let c = 0; c < 3; c++) pixels[3 * i + c] += strength * (colour[c] - pixels[3 * i + c]);
  }
}

/** Errors from −limit to +limit in colour, RGB [height, width, 3]. */
export function errorPixels(values: Float32Array, limit: number): Uint8Array {
  return lookUp(values, -limit, limit, ERRORS);
}

/** @param t −1 … 1 */
function diverging(t: number): Rgb {
  const at = clamp01((t + 1) / 2) * (DIVERGING.length - 1);
  const n = Math.min(Math.floor(at), DIVERGING.length - 2);
  const [a, b] = [DIVERGING[n], DIVERGING[n + 1]];
  return [0, 1, 2].map((c) => Math.round(a[c] + (at - n) * (b[c] - a[c]))) as unknown as Rgb;
}

/** The error colours from −limit to +limit, evenly spaced. */
export const ERROR_COLOURS: readonly string[] = DIVERGING.map((c) => `rgb(${c.join(',')})`);

/** CSS gradient of the error colours, left to right. */
export const DIVERGING_CSS = `linear-gradient(to right, ${DIVERGING.map((c) => `rgb(${c.join(' ')})`).join(', ')})`;

/** Even tables from the low end to the high end of the scale: 256 greys; 257 colours, so that no error has its own. */
const GREYS = Uint8Array.from({ length: 3 * 256 }, (_, n) => Math.floor(n / 3));
const ERRORS = Uint8Array.from(Array.from({ length: 257 }, (_, n) => diverging(n / 128 - 1)).flat());

function lookUp(values: Float32Array, low: number, high: number, table: Uint8Array): Uint8Array {
  const last = table.length / 3 - 1;
  const out = new Uint8Array(3 * values.length);
  for (let i = 0, to = 0; i < values.length; i++, to += 3) {
    const entry = 3 * Math.round(last * clamp01((values[i] - low) / (high - low)));
    const known = !Number.isNaN(values[i]);
    for (let c = 0; c < 3; c++) out[to + c] = known ? table[entry + c] : MISSING[c];
  }
  return out;
}

function clamp01(t: number): number {
  return Math.min(Math.max(t, 0), 1);
}
