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
  return paint(values, (v) => {
    const grey = Math.round(255 * clamp01((v - low) / (high - low)));
    return [grey, grey, grey];
  });
}

/** Errors from −limit to +limit in colour, RGB [height, width, 3]. */
export function errorPixels(values: Float32Array, limit: number): Uint8Array {
  return paint(values, (v) => diverging(v / limit));
}

/** @param t −1 … 1 */
export function diverging(t: number): Rgb {
  const at = clamp01((t + 1) / 2) * (DIVERGING.length - 1);
  const n = Math.min(Math.floor(at), DIVERGING.length - 2);
  const [a, b] = [DIVERGING[n], DIVERGING[n + 1]];
  return [0, 1, 2].map((c) => Math.round(a[c] + (at - n) * (b[c] - a[c]))) as unknown as Rgb;
}

/** CSS gradient of the error colours, left to right. */
export const DIVERGING_CSS = `linear-gradient(to right, ${DIVERGING.map((c) => `rgb(${c.join(' ')})`).join(', ')})`;

function paint(values: Float32Array, colour: (value: number) => Rgb): Uint8Array {
  const out = new Uint8Array(3 * values.length);
  for (let i = 0; i < values.length; i++) out.set(Number.isNaN(values[i]) ? MISSING : colour(values[i]), 3 * i);
  return out;
}

const clamp01 = (t: number): number => Math.min(Math.max(t, 0), 1);
