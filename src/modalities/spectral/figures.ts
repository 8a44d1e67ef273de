import { number } from '../../../core/text.js';
import { coordinateAt } from '../../../core/axis.js';
import { wavelengthsOf } from '../../../volumes/bands.js';
import type { Measurement } from '../../../volumes/measurement.js';
import type { Volume } from '../../../volumes/volume.js';
import { encodePng } from '../../report/png.js';
import { chartSvg } from '../../report/chart.js';
import { seriesColour } from '../../report/html.js';
import { imageAxis, linearAxis } from '../../report/ticks.js';
import type { Figure } from '../../report/types.js';

/** Red, green and blue, nm. */
const RGB = [650, 550, 450];
/** Pictures are enlarged to about so many pixels. */
const SIDE = 300;

/**
 * A cube in colours and five of its spectra, before (dots) and after (lines).
 * @param scan entries [band, line, sample], or large pixels of the same ground
 * @param volume the result, [band, line, sample]
 */
export function cubeFigures(scan: Measurement, volume: Volume): Figure[] {
  return [preview(scan, volume), spectra(scan, volume)];
}

/** The bands next to red, green and blue, or a sixth, half and five sixths of the way along bands without wavelengths in the visible. */
export function previewBands(axis: Volume['axes'][number], bands: number): [number, number, number] {
  const wavelengths = wavelengthsOf(axis);
  const visible = wavelengths !== undefined && Math.min(...wavelengths) < 500 && Math.max(...wavelengths) > 640;
  const pick = (at: number, n: number): number =>
    visible
      ? wavelengths.reduce((best, w, b) => (Math.abs(w - at) < Math.abs(wavelengths[best] - at) ? b : best), 0)
      : Math.min(bands - 1, Math.floor((bands * (2 * (2 - n) + 1)) / 6));
  return [pick(RGB[0], 0), pick(RGB[1], 1), pick(RGB[2], 2)];
}

/** Left what was measured (nothing: black), right the result, both in the colours' 2nd to 98th percentile of the result. */
function preview(scan: Measurement, volume: Volume): Figure {
  const [bands, lines, samples] = volume.shape;
  const chosen = previewBands(volume.axes[0], bands);
  const scale = Math.max(1, Math.round(SIDE / Math.max(lines, samples)));
  const gap = 8;
  const [width, height] = [2 * scale * samples + gap, scale * lines];
  const pixels = new Uint8Array(3 * width * height).fill(255);
  chosen.forEach((band, colour) => {
    const after = volume.data.subarray(band * lines * samples, (band + 1) * lines * samples);
    const sorted = Float32Array.from(after).sort();
    const [low, high] = [0.02, 0.98].map((q) => sorted[Math.floor(q * (sorted.length - 1))]);
    const [, rows, columns] = scan.shape;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < scale * samples; x++) {
        const [line, sample] = [Math.floor(y / scale), Math.floor(x / scale)];
        const [row, column] = [Math.floor((line * rows) / lines), Math.floor((sample * columns) / samples)];
        const at = (band * rows + row) * columns + column;
        const measured = scan.arrays?.mask ? scan.arrays.mask.data[at] === 1 : true;
        const shown = (v: number): number => Math.max(0, Math.min(255, Math.round((255 * (v - low)) / (high - low || 1))));
        pixels[3 * (y * width + x) + colour] = measured ? shown(scan.data[at]) : 0;
        pixels[3 * (y * width + x + scale * samples + gap) + colour] = shown(after[line * samples + sample]);
      }
    }
  });
  const wavelengths = wavelengthsOf(volume.axes[0]);
  const words = chosen.map((band) => (wavelengths ? `${number(Number(wavelengths[band].toFixed(0)))} nm` : `band ${band + 1}`)).join(', ');
  const alt = `measured (left) and reconstructed (right) in red, green and blue: ${words}`;
  return { png: encodePng(pixels, width, height), width, height, alt, caption: alt };
}

const SIZE = { width: 520, height: 280 };

/** Five pixels from the darkest to the brightest (5th, 27th … 95th percentile of their means). */
function spectra(scan: Measurement, volume: Volume): Figure {
  const [bands, lines, samples] = volume.shape;
  const pixels = lines * samples;
  const means = new Float64Array(pixels);
  for (let n = 0; n < volume.data.length; n++) means[n % pixels] += volume.data[n];
  const order = Array.from(means.keys()).sort((a, b) => means[a] - means[b]);
  const chosen = [0.05, 0.27, 0.5, 0.73, 0.95].map((q) => order[Math.floor(q * (pixels - 1))]);
  const axis = volume.axes[0];
  const x = Array.from({ length: bands }, (_, b) => coordinateAt(axis, b));
  const along = Array.from({ length: bands }, (_, b) => b).sort((a, b) => x[a] - x[b]);
  const values = chosen.flatMap((p) => Array.from({ length: bands }, (_, b) => volume.data[b * pixels + p]));
  const [least, most] = [Math.min(0, ...values), Math.max(...values)];
  const [first, last] = [x[along[0]], x[along[bands - 1]]];
  const inside = (v: number): boolean => v >= least && v <= most;
  // a jump between neighbours of more than so much is a gap of the detector: no line across it
  const usual = along.slice(1).map((b, n) => x[b] - x[along[n]]);
  const widest = 6 * [...usual].sort((a, b) => a - b)[usual.length >> 1];
  const [, rows, columns] = scan.shape;
  const across = {
    ...imageAxis(Math.min(first, last), Math.max(first, last) || 1, 6),
    label: axis.unit ? `${axis.name}, ${axis.unit}` : axis.name,
  };
  const up = { ...linearAxis(least, most, 5), label: volume.units === 'arbitrary' ? 'value' : volume.units };
  const caption = 'spectra of five pixels, dark to bright: measured (dots), reconstructed (lines)';
  const chart = chartSvg({ title: 'Spectra of five pixels', x: across, y: up, grid: true, ...SIZE }, ({ px, py }) =>
    chosen.map((p, n) => {
      const colour = seriesColour(n);
      const path = along
        .map((b, k) => `${k === 0 || x[b] - x[along[k - 1]] > widest ? 'M' : 'L'}${px(x[b])} ${py(volume.data[b * pixels + p])}`)
        .join('');
      const [line, sample] = [Math.floor(p / samples), p % samples];
      const place = Math.floor((line * rows) / lines) * columns + Math.floor((sample * columns) / samples);
      const dots = along.flatMap((b) => {
        const at = b * rows * columns + place;
        if (scan.arrays?.mask && scan.arrays.mask.data[at] !== 1) return [];
        return inside(scan.data[at])
          ? [`<circle cx="${px(x[b])}" cy="${py(scan.data[at])}" r="1.4" fill="${colour}" opacity="0.55"/>`]
          : [];
      });
      return `${dots.join('')}<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
    }),
  );
  return { chart, ...SIZE, alt: caption, caption };
}
