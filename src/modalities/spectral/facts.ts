import { number } from '../../../core/text.js';
import { bandMetaOf, wavelengthsOf } from '../../../volumes/bands.js';
import type { Measurement } from '../../../volumes/measurement.js';
import type { VolumeMeta } from '../../../volumes/volume.js';
import { encodePng } from '../../report/png.js';
import type { Figure } from '../../report/types.js';
import type { ScanFacts } from '../modality.js';
import { bandNoise } from './noise/stage.js';

/** Entries, pixels and bands that were measured; wavelengths; noise. */
export function cubeFacts(scan: Measurement): ScanFacts {
  const { shape, arrays, grid, meta } = scan;
  const [bands, lines, samples] = shape;
  const pixels = lines * samples;
  const mask = arrays?.mask?.data;
  const counts = mask ? countsOf(mask, bands, pixels) : { entries: bands * pixels, pixels, bands };
  const { bad, noData } = bandMetaOf(meta);
  const wavelengths = wavelengthsOf(grid.axes[0]);
  const noise = bandNoise(scan);
  const share = (100 * counts.entries) / (bands * pixels);
  const rows: [string, string][] = [
    ['entries', `${counts.entries} of ${bands * pixels} measured (${number(share)} %)`],
    ['pixels', `${counts.pixels} of ${pixels} with any, bands: ${counts.bands} of ${bands}`],
  ];
  if (wavelengths) {
    const [low, high] = [Math.min(...wavelengths), Math.max(...wavelengths)];
    const rising = wavelengths.every((value, n) => n === 0 || value > wavelengths[n - 1]);
    rows.push(['wavelengths', `${number(low)} to ${number(high)} nm${rising ? '' : ', not in the order of the bands'}`]);
  }
  if (bad?.length) rows.push(['bad bands', bad.map((band) => band + 1).join(', ')]);
  if (noData !== undefined) rows.push(['no data', number(noData)]);
  if (arrays?.noise && noise) rows.push(['noise of bands', spread(noise)]);
  return { rows, json: { measured: counts }, values: 'as stored, with gains' };
}

const spread = (noise: Float64Array): string => {
  const sorted = noise.slice().sort();
  return `std ${number(sorted[sorted.length >> 1])} (${number(sorted[0])} to ${number(sorted[sorted.length - 1])})`;
};

function countsOf(mask: Float32Array, bands: number, pixels: number): { entries: number; pixels: number; bands: number } {
  const anyPixel = new Uint8Array(pixels);
  let [entries, seen] = [0, 0];
  for (let b = 0; b < bands; b++) {
    const before = entries;
    for (let p = 0; p < pixels; p++) {
      if (mask[b * pixels + p] === 0) continue;
      entries++;
      anyPixel[p] = 1;
    }
    if (entries > before) seen++;
  }
  return { entries, pixels: anyPixel.reduce((sum, one) => sum + one, 0), bands: seen };
}

/** How much of every pixel was measured, black none, white all bands; where something is missing. */
export function maskFigures({ arrays, shape }: Measurement): Figure[] {
  const mask = arrays?.mask?.data;
  if (!mask || !mask.includes(0)) return [];
  const [bands, height, width] = shape;
  const pixels = new Uint8Array(3 * height * width);
  for (let p = 0; p < height * width; p++) {
    let count = 0;
    for (let b = 0; b < bands; b++) count += mask[b * height * width + p];
    pixels.fill(Math.round((255 * count) / bands), 3 * p, 3 * p + 3);
  }
  const alt = 'share of the bands measured';
  return [{ png: encodePng(pixels, width, height), width, height, alt, caption: `${alt}: black none, white all` }];
}

/** What a faithful write-back needs: the bands, and the header of an ENVI file. */
export function keptMeta({ meta }: Measurement): VolumeMeta {
  const { bands, envi } = meta;
  return { ...(bands === undefined ? {} : { bands }), ...(envi === undefined ? {} : { envi }) };
}
