/**
 * Noise of a real sensor, without a truth: a corn kernel (plantcv), restored by the defaults of the program. What was taken out is
 * correlated with itself so many bands, lines or samples on, and with the curvature of the result, which blurred edges would leave in it.
 * Two bands are drawn before, after and what is between.
 *
 *     npm run bench -- spectral-noise [--method lowrank] [--bands 60,300] [--picture docs/images/corn-kernel.png]
 *
 * SLICEWISE_DATA names the data folder.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { reconstruct } from '../src/index.js';
import { createBackend, zoo } from '../src/node.js';
import { cubeMeasurement } from '../volumes/kinds/spectral/from-volume.js';
import { makeVolume, placed, type Volume } from '../volumes/index.js';
import { pictureOf } from './measured/picture.js';
import { median } from './support/numbers.js';
import { readCube } from './support/spectral-cubes.js';

const { values: given } = parseArgs({
  options: {
    method: { type: 'string', default: 'lowrank' },
    bands: { type: 'string', default: '60,300' },
    picture: { type: 'string' },
  },
});
const folder = process.env.SLICEWISE_DATA;
if (!folder) throw new Error('SLICEWISE_DATA names the data folder');
const cube = await readCube(folder, 'corn');
const [bands, lines, samples] = cube.shape;
const pixels = lines * samples;
const backend = createBackend({ workers: 1 });
const begun = process.cpuUsage();
const { volume, manifest } = await reconstruct(cubeMeasurement(cube), { method: given.method, zoo: zoo(), backend }).result();
const used = process.cpuUsage(begun);
await backend.dispose();
const [before, after] = [cube.data as Float32Array, volume.data as Float32Array];

/** Every band less its mean, over its deviation. */
function standardised(image: Float32Array): { values: Float32Array; deviations: number[] } {
  const values = new Float32Array(image.length);
  const deviations = Array.from({ length: bands }, (_, b) => {
    const band = image.subarray(b * pixels, (b + 1) * pixels);
    const mean = band.reduce((sum, value) => sum + value, 0) / pixels;
    const deviation = Math.sqrt(band.reduce((sum, value) => sum + (value - mean) ** 2, 0) / pixels);
    band.forEach((value, p) => (values[b * pixels + p] = (value - mean) / (deviation || 1)));
    return deviation;
  });
  return { values, deviations };
}

const { values: residual, deviations } = standardised(before.map((value, n) => value - after[n]));

/** Mean of the product of two images, one shifted by so much, where both are. */
function correlation(a: Float32Array, b: Float32Array, [db, dy, dx]: readonly number[]): number {
  let [sum, count] = [0, 0];
  for (let band = 0; band + db < bands; band++) {
    for (let y = 0; y + dy < lines; y++) {
      for (let x = 0; x + dx < samples; x++, count++) {
        sum += a[(band * lines + y) * samples + x] * b[((band + db) * lines + y + dy) * samples + x + dx];
      }
    }
  }
  return sum / count;
}

/** Of every band, the pixels two away less those one away, 0 at the rim: the pixel itself, whose noise is in the residual, is left out. */
function curvature(image: Float32Array): Float32Array {
  return image.map((_, n) => {
    const [y, x] = [Math.floor(n / samples) % lines, n % samples];
    if (y < 2 || x < 2 || y >= lines - 2 || x >= samples - 2) return 0;
    return [1, samples].reduce((sum, by) => sum + image[n - 2 * by] + image[n + 2 * by] - image[n - by] - image[n + by], 0);
  });
}

const seconds = (used.user + used.system) / 1e6;
console.log(`${given.method}: ${JSON.stringify(manifest.method.options)}, ${seconds.toFixed(1)} CPU seconds`);
console.log(`what was taken out, median deviation of the bands: ${median(deviations).toFixed(1)}`);
for (const [name, axis] of [
  ['bands', 0],
  ['lines', 1],
  ['samples', 2],
] as const) {
  const found = [1, 2, 3, 5, 10].map((by) =>
    correlation(
      residual,
      residual,
      [0, 1, 2].map((n) => (n === axis ? by : 0)),
    ).toFixed(4),
  );
  console.log(`correlation 1, 2, 3, 5, 10 ${name} on: ${found.join(', ')}`);
}
const edges = correlation(residual, standardised(curvature(after)).values, [0, 0, 0]);
console.log(`with the curvature of the result: ${edges.toFixed(4)}`);

if (given.picture) {
  const wavelengths = (cube.axes[0] as { coordinates?: readonly number[] }).coordinates;
  const panels = given.bands
    .split(',')
    .map(Number)
    .flatMap((b) => {
      const [noisy, clean] = [before, after].map((image) => image.subarray(b * pixels, (b + 1) * pixels));
      const sorted = noisy.slice().sort();
      const [low, high] = [0.01, 0.99].map((q) => sorted[Math.floor(q * (pixels - 1))]);
      const scaled = (value: number): number => (value - low) / (high - low);
      const name = wavelengths ? `${wavelengths[b].toFixed(0)} nm` : `band ${b + 1}`;
      return [
        { label: `${name}, before`, image: pictured(noisy.map(scaled)) },
        { label: 'after', image: pictured(clean.map(scaled)) },
        { label: 'taken out, grey is 0', image: pictured(noisy.map((value, p) => 0.5 + (value - clean[p]) / (high - low))) },
      ];
    });
  writeFileSync(given.picture, await pictureOf(panels, { low: 0, high: 1 }));
}

/** Lines from the top down. */
function pictured(band: Float32Array): Volume {
  const turned = band.map((_, n) => band[(lines - 1 - Math.floor(n / samples)) * samples + (n % samples)]);
  return makeVolume(turned, [1, lines, samples], placed());
}
