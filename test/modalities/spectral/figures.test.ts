import test from 'ava';
import { decode } from 'fast-png';
import { cubeFigures, previewBands } from '../../../src/modalities/spectral/figures.js';
import { simulateSpectral } from '../../../src/modalities/spectral/simulation/simulate.js';
import { makeVolume } from '../../../volumes/index.js';
import { smallCube } from '../../support/cube.js';

const truth = smallCube([16, 20, 24]);
const [bands, lines, samples] = truth.shape;
const pixels = lines * samples;
// a result that is not the data, so that the two cannot be taken for one another
const result = makeVolume(
  truth.data.map((value, n) => value + 5 * Math.sin(n)),
  truth.shape,
  truth,
);

/** Grey levels of a pixel of the picture, red, green and blue, whatever channels it was stored with. */
function picture(png: Uint8Array) {
  const { data, channels, width, height } = decode(png);
  return { width, height, at: (x: number, y: number) => [0, 1, 2].map((c) => data[(y * width + x) * channels + (channels < 3 ? 0 : c)]) };
}

const quantile = (values: Float32Array, q: number): number => Float32Array.from(values).sort()[Math.floor(q * (values.length - 1))];

test('red, green and blue are the bands next to 650, 550 and 450 nm, in any order of bands; else spread over all', (t) => {
  const axis = (coordinates: number[], unit = 'nm') => ({ name: 'band', unit, coordinates });
  t.deepEqual(previewBands(axis([700, 460, 540, 655, 400, 900]), 6), [3, 2, 1]);
  t.deepEqual(previewBands(axis([0.7, 0.46, 0.54, 0.655, 0.4, 0.9], 'µm'), 6), [3, 2, 1]);
  // nothing visible, and nothing known
  t.deepEqual(previewBands(axis([1000, 1100, 1200, 1300, 1400, 1500]), 6), [5, 3, 1]);
  t.deepEqual(previewBands({ name: 'band', unit: '', first: 1, step: 1 }, 12), [10, 6, 2]);
});

test('the picture is the data left, black where nothing was measured, and the result right, in its 2nd to 98th percentile', (t) => {
  for (const scan of [simulateSpectral(truth, { missing: 0.4, noiseStd: 0.1 }), simulateSpectral(truth, { sr: 2 })]) {
    const [figure] = cubeFigures(scan, result);
    if (!('png' in figure)) return t.fail();
    const { width, height, at } = picture(figure.png);
    t.deepEqual([width, height], [figure.width, figure.height]);
    const scale = Math.round(height / lines);
    const [, rows, columns] = scan.shape;
    const chosen = previewBands(result.axes[0], bands);
    t.is(width, 2 * scale * samples + 8);
    for (let line = 0; line < lines; line++) {
      for (let sample = 0; sample < samples; sample++) {
        // the middle of the square that a pixel of the cube is drawn as
        const [x, y] = [scale * sample + (scale >> 1), scale * line + (scale >> 1)];
        chosen.forEach((band, colour) => {
          const plane = (result.data as Float32Array).subarray(band * pixels, (band + 1) * pixels);
          const [low, high] = [quantile(plane, 0.02), quantile(plane, 0.98)];
          const grey = (value: number): number => Math.min(255, Math.max(0, (255 * (value - low)) / (high - low)));
          const from = band * rows * columns + Math.floor((line * rows) / lines) * columns + Math.floor((sample * columns) / samples);
          const measured = scan.arrays?.mask ? scan.arrays.mask.data[from] === 1 : true;
          t.true(Math.abs(at(x, y)[colour] - (measured ? grey(scan.data[from]) : 0)) <= 0.51);
          t.true(Math.abs(at(width - scale * samples + x, y)[colour] - grey(plane[line * samples + sample])) <= 0.51);
        });
      }
    }
  }
});

test('the spectra are five of the result as lines, and as dots what was measured of them', (t) => {
  const scan = simulateSpectral(truth, { missing: 0.4 });
  const [, figure] = cubeFigures(scan, result);
  if (!('chart' in figure)) return t.fail();
  const curves = Array.from(
    figure.chart.matchAll(/((?:<circle[^>]*>)*)<path d="([^"]*)" fill="none" stroke="([^"]*)" stroke-width="1.5"\/>/g),
  );
  t.is(curves.length, 5);
  const wavelengths = (result.axes[0] as { coordinates: readonly number[] }).coordinates;
  const order = Array.from({ length: bands }, (_, b) => b).sort((a, b) => wavelengths[a] - wavelengths[b]);
  // axes: wavelength from left to right, values from bottom to top, told by the labels' ends
  const points = curves.map(([, , path]) =>
    Array.from(path.matchAll(/[ML]([\d.-]+) ([\d.-]+)/g), ([, x, y]) => [Number(x), Number(y)] as const),
  );
  const spectrum = (p: number): number[] => order.map((b) => result.data[b * pixels + p]);
  const means = Array.from({ length: pixels }, (_, p) => spectrum(p).reduce((a, b) => a + b, 0) / bands);
  const ranked = [...means.keys()].sort((a, b) => means[a] - means[b]);
  const chosen = [0.05, 0.27, 0.5, 0.73, 0.95].map((q) => ranked[Math.floor(q * (pixels - 1))]);
  const values = chosen.flatMap(spectrum);
  const [least, most] = [Math.min(0, ...values), Math.max(...values)];
  const [left, right] = [points[0][0][0], points[0][bands - 1][0]];
  const span = wavelengths[order[bands - 1]] - wavelengths[order[0]];
  // the values are those of the labels at their heights
  const ticks = Array.from(figure.chart.matchAll(/<text x="[\d.]+" y="([\d.]+)" dy="0.35em"[^>]*>([^<]*)</g), ([, y, label]) => ({
    y: Number(y),
    value: Number(label.replace('−', '-')),
  }));
  const [low, high] = [ticks[0], ticks[ticks.length - 1]];
  t.true(low.value <= least && high.value >= most);
  const step = (high.value - low.value) / (low.y - high.y);
  const value = (y: number): number => low.value + (low.y - y) * step;
  curves.forEach(([, dots], n) => {
    t.is(points[n].length, bands);
    points[n].forEach(([x, y], k) => {
      t.true(Math.abs(wavelengths[order[0]] + ((x - left) / (right - left)) * span - wavelengths[order[k]]) < 0.2);
      t.true(Math.abs(value(y) - spectrum(chosen[n])[k]) < 0.11 * step, `${n} ${k}`);
    });
    const seen = Array.from(dots.matchAll(/cx="([\d.-]+)" cy="([\d.-]+)"/g), ([, x, y]) => [Number(x), value(Number(y))] as const);
    const wanted = order.flatMap((b, k) => {
      const at = b * pixels + chosen[n];
      const inside = scan.data[at] >= least && scan.data[at] <= most;
      return scan.arrays!.mask.data[at] === 1 && inside ? [[points[n][k][0], scan.data[at]] as const] : [];
    });
    t.is(seen.length, wanted.length);
    t.true(wanted.every(([x, v], k) => x === seen[k][0] && Math.abs(v - seen[k][1]) < 0.11 * step));
  });
});
