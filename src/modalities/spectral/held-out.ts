import { SlicewiseError } from '../../../core/errors.js';
import { drawEvenly } from '../../../operators/patterns/draws.js';
import type { Measurement } from '../../../volumes/measurement.js';
import { byChance, HIDDEN_DRAW, type HoldOut } from '../held-out.js';
import { hiddenLines } from './hidden-lines.js';
import { bandScales } from './lowrank/scales.js';

/** Share of the measured entries that is hidden where none is said. */
const SHARE = 0.05;
/** Complete spectra stay most of the pixels: entries are hidden in this share of them. */
const PIXELS = 0.2;
/** Lines and bands that are hidden at least, of eight and more: so that they tell how much methods scatter from one to the next. */
const LEAST_UNITS = 4;
/** A kind of gap is hidden likewise where it is at least this share of all that is missing. */
const MOST = 0.5;

/** What is missing of a cube, as it will be hidden. */
export type Gaps = 'entries' | 'pixels' | 'lines' | 'bands';

/** What most of the missing entries belong to: bands or lines that are missing whole, pixels without any band, or none of these. */
export function gapsOf(mask: Float32Array, [bands, lines, samples]: readonly number[]): Gaps {
  const pixels = lines * samples;
  const perPixel = new Float64Array(pixels);
  let [emptyBands, missing] = [0, 0];
  for (let b = 0; b < bands; b++) {
    let measured = 0;
    for (let p = 0; p < pixels; p++) {
      perPixel[p] += mask[b * pixels + p];
      measured += mask[b * pixels + p];
    }
    missing += pixels - measured;
    if (measured === 0) emptyBands++;
  }
  if (missing === 0) return 'entries';
  if (emptyBands * pixels >= MOST * missing) return 'bands';
  const empty = Array.from(perPixel.keys()).filter((p) => perPixel[p] === 0);
  if (empty.length * (bands - emptyBands) < MOST * (missing - emptyBands * pixels)) return 'entries';
  const perLine = new Float64Array(lines);
  for (const p of empty) perLine[Math.floor(p / samples)]++;
  const inLines = perLine.reduce((sum, count) => sum + (count === samples ? count : 0), 0);
  return inLines >= MOST * empty.length ? 'lines' : 'pixels';
}

/**
 * Entries are hidden as entries are missing: single ones, whole pixels, runs of lines as wide as the missing ones, or bands. Where spectra
 * are complete single ones are hidden in a fifth of the pixels, so that the others stay complete. Bands count alike: errors in units of
 * their noise, where it is known, else of their deviation.
 */
export const heldOutEntries: HoldOut = {
  what: 'entries',
  // of lines, pixels and bands too few are hidden for weights
  blend: ({ arrays, shape }) => gapsOf(arrays!.mask.data, shape) === 'entries',
  // which method fills a line best changes from line to line
  average: ({ arrays, shape }) => ['lines', 'bands'].includes(gapsOf(arrays!.mask.data, shape)),
  // the error at a hidden entry is mostly its own noise: an estimate that is better by .001 σ² gains .004 dB there, and much in the image
  blendGain: byChance,
  draw(scan: Measurement, { seed, share = SHARE }) {
    const { arrays, shape } = scan;
    const mask = arrays!.mask.data;
    const hide = hiddenEntries(mask, shape, share, seed);
    const count = hide.reduce((sum, one) => sum + one, 0);
    const of = mask.reduce((sum, one) => sum + one, 0);
    if (count === 0 || of - count < 8 * shape[0]) {
      throw new SlicewiseError('ARGUMENT', {
        message: 'too few entries were measured to hide any of them and judge by it',
        expected: `some of each of the ${shape[0]} bands`,
        got: `${of}`,
        hint: 'choose a method yourself',
      });
    }
    const rest = mask.map((one, n) => (hide[n] ? 0 : one));
    const data = scan.data.map((value, n) => (hide[n] ? 0 : value));
    const pixels = shape[1] * shape[2];
    const { scale } = bandScales(scan);
    const gaps = gapsOf(mask, shape);
    return [
      {
        scan: { ...scan, data, arrays: { ...arrays, mask: { ...arrays!.mask, data: rest } } },
        hidden: () => hide,
        units: () =>
          Float32Array.from(
            Array.from(hide.keys()).filter((n) => hide[n]),
            (n) => scale[Math.floor(n / pixels)],
          ),
        ...(gaps === 'lines' || gaps === 'bands' ? { places: () => placesOf(hide, shape, gaps) } : {}),
        count,
        of,
      },
    ];
  },
};

/** Which of the hidden lines or bands each hidden entry lies in. */
function placesOf(hide: Uint8Array, [, lines, samples]: readonly number[], gaps: 'lines' | 'bands'): Int32Array {
  const numbers = new Map<number, number>();
  const places: number[] = [];
  hide.forEach((one, n) => {
    if (!one) return;
    const unit = gaps === 'bands' ? Math.floor(n / (lines * samples)) : Math.floor(n / samples) % lines;
    if (!numbers.has(unit)) numbers.set(unit, numbers.size);
    places.push(numbers.get(unit)!);
  });
  return Int32Array.from(places);
}

function hiddenEntries(mask: Float32Array, shape: readonly number[], share: number, seed: number): Uint8Array {
  const [bands, lines, samples] = shape;
  const pixels = lines * samples;
  const hide = new Uint8Array(mask.length);
  const gaps = gapsOf(mask, shape);
  const some = (units: readonly number[], part: number, draw: number): number[] =>
    drawEvenly(units, Math.min(units.length - 1, Math.max(1, Math.round(part * units.length))), seed, HIDDEN_DRAW + draw);
  const least = (count: number): number => Math.max(share, Math.min(LEAST_UNITS, count / 2) / count);
  const bandMeasured = (b: number): boolean => mask.subarray(b * pixels, (b + 1) * pixels).includes(1);
  const used = Array.from({ length: bands }, (_, b) => b).filter(bandMeasured);
  if (gaps === 'bands') {
    // the ends have neighbours on one side only
    const inner = used.length > 4 ? used.slice(1, -1) : used;
    for (const b of some(inner, least(inner.length), 0)) {
      for (let n = b * pixels; n < (b + 1) * pixels; n++) hide[n] = mask[n];
    }
    return hide;
  }
  const measured = Array.from({ length: pixels }, (_, p) => p).filter((p) => used.some((b) => mask[b * pixels + p] === 1));
  if (gaps === 'lines' || gaps === 'pixels') {
    const there = [...new Set(measured.map((p) => Math.floor(p / samples)))];
    const linesToHide = Math.min(there.length - 1, Math.max(1, Math.round(least(there.length) * there.length)));
    const chosen = new Set(gaps === 'pixels' ? some(measured, share, 0) : hiddenLines(there, lines, linesToHide, seed));
    for (const p of measured) {
      if (!chosen.has(gaps === 'pixels' ? p : Math.floor(p / samples))) continue;
      for (const b of used) hide[b * pixels + p] = mask[b * pixels + p];
    }
    return hide;
  }
  const complete = measured.filter((p) => used.every((b) => mask[b * pixels + p] === 1));
  const within = complete.length > 0.5 * measured.length ? new Set(some(measured, PIXELS, 1)) : new Set(measured);
  const part = Math.min(0.5, (share * measured.length) / within.size);
  used.forEach((b) => {
    const there = [...within].filter((p) => mask[b * pixels + p] === 1);
    if (there.length > 1) for (const p of some(there, part, 2 + b)) hide[b * pixels + p] = 1;
  });
  return hide;
}
