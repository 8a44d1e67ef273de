import test from 'ava';
import { normals, philoxKey } from '../../../core/philox.js';
import { createBackend, phantoms, reconstruct, simulateCt } from '../../../src/index.js';
import type { Measurement, Prior } from '../../../src/index.js';
import { functionPrior } from '../../../models/function/function-prior.js';
import { middleSlices } from '../../../src/modalities/uncertain.js';
import { ctDefaults } from '../../../src/modalities/ct/uncertain.js';

const [VIEWS, SIZE, STD] = [40, 48, 0.12];

/** A thorax with white noise of a known level that the scan does not tell. */
async function noisyScan(views = VIEWS): Promise<Measurement> {
  const backend = createBackend({ workers: 0 });
  try {
    const scan = await simulateCt(phantoms.get('thorax').make(), { size: SIZE, depth: 1, views, seed: 4 }, backend);
    const noise = normals(scan.data.length, philoxKey(6), 0, 0, 0);
    return { ...scan, data: scan.data.map((value, n) => value + STD * noise[n]), noise: { type: 'unknown' } };
  } finally {
    await backend.dispose();
  }
}

/** Means of 3 × 3 pixels, more of them the higher σ is: a prior that knows these images a little. */
const smooth: Prior = functionPrior({
  name: 'smooth',
  range: { unit: 'HU', low: -1000, high: 1000 },
  sigma: [0.01, 1],
  denoise: (images, shape, sigma) => blurred(images, Math.min(1, 5 * sigma), shape),
});
/** A prior that wants every image to be a checkerboard. */
const wrong: Prior = functionPrior({
  name: 'checkerboard',
  range: { unit: 'HU', low: -1000, high: 1000 },
  sigma: [0.01, 1],
  denoise: (images, [, , columns]) => images.map((_, n) => 0.5 + 0.4 * ((n + Math.floor(n / columns)) % 2 === 0 ? 1 : -1)),
});
function blurred(images: Float32Array, share: number, [slices, rows, columns]: readonly number[]): Float32Array {
  const out = new Float32Array(images.length);
  for (let z = 0; z < slices; z++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        let [sum, count] = [0, 0];
        for (let j = Math.max(0, y - 1); j <= Math.min(rows - 1, y + 1); j++) {
          for (let i = Math.max(0, x - 1); i <= Math.min(columns - 1, x + 1); i++) {
            sum += images[(z * rows + j) * columns + i];
            count++;
          }
        }
        const at = (z * rows + y) * columns + x;
        out[at] = (1 - share) * images[at] + (share * sum) / count;
      }
    }
  }
  return out;
}

const run = async (scan: Measurement, options: object = {}, prior: Prior = smooth) => {
  const backend = createBackend({ workers: 0 });
  try {
    const running = reconstruct(scan, { method: 'dds', prior, seed: 1, methodOptions: { steps: 8 }, ...options, backend });
    const { manifest } = await running.result();
    return { manifest, warnings: running.warnings.join('\n') };
  } finally {
    await backend.dispose();
  }
};

test('a scan that does not say its noise: hidden views choose a level about the true one, before the run, and it is told', async (t) => {
  const { manifest, warnings } = await run(await noisyScan());
  const [, level] = /chosen by hidden views: ([\d.e-]+)/.exec(warnings) ?? [];
  t.log(`σ ${STD}, chosen ${level}; ${manifest.heldOut?.table?.map(({ method, score }) => `${method} ${score?.toFixed(2)}`).join(', ')}`);
  t.true(Number(level) > STD / 4 && Number(level) < 4 * STD);
  t.like(manifest.method.options, { gamma: 'noise', start: 'classical', steps: 8 });
  t.true(manifest.warnings.some((text) => text.includes('chosen by hidden views')));
  t.true(manifest.heldOut!.table!.some(({ method }) => method === 'admm-tv'));
});

test('a prior that does not know the images is said not to fit, and what to use', async (t) => {
  const { warnings } = await run(await noisyScan(), {}, wrong);
  t.regex(warnings, /this prior does not fit these data: .* use --method admm-tv/);
});

test('nothing is tried where the noise is known, where the weight of the data is given, or where it is turned off', async (t) => {
  const scan = await noisyScan();
  const known = await run({ ...scan, noise: { type: 'gaussian', std: STD, said: true } });
  t.like(known.manifest.method.options, { gamma: 'noise', start: 'classical' });
  const given = await run(scan, { methodOptions: { steps: 8, gamma: 2 } });
  const off = await run(scan, { holdOut: false });
  t.like(off.manifest.method.options, { gamma: 'none', start: 'noise' });
  const published = await run(scan, { methodOptions: { steps: 8, compat: 'ct-sparse-view', schedule: 'geometric' } });
  for (const { warnings, manifest } of [known, given, off, published]) {
    t.notRegex(warnings, /hidden/);
    t.falsy(manifest.heldOut);
  }
});

test('too few views to hide any: the run goes on with the data as they are, and says so', async (t) => {
  const { warnings, manifest } = await run(await noisyScan(8));
  t.regex(warnings, /cannot be chosen by hidden measurements: 8 views are too few/);
  t.is((manifest.method.options as { gamma: unknown }).gamma, 'none');
});

test('an excerpt is the middle slices of data, grid and arrays that have slices', (t) => {
  const shape = [9, 2, 3];
  const scan = {
    kind: 'radon.parallel',
    data: Float32Array.from({ length: 54 }, (_, n) => Math.floor(n / 6)),
    shape,
    grid: { shape: [9, 4, 4] },
    arrays: {
      mask: { data: new Float32Array(9), shape: [9, 1], dtype: 'float32' },
      one: { data: new Float32Array(1), shape: [1], dtype: 'float32' },
    },
  } as unknown as Measurement;
  const part = middleSlices(scan, ['mask', 'one']);
  t.deepEqual(
    [part.shape, part.grid.shape],
    [
      [4, 2, 3],
      [4, 4, 4],
    ],
  );
  t.deepEqual([part.data[0], part.data.at(-1)], [2, 5]);
  t.deepEqual([part.arrays!.mask.shape, part.arrays!.one.shape], [[4, 1], [1]]);
});

test('photon noise leaves the data as exact for DDS; a level that was given weighs the data by it', (t) => {
  const errors = { edges: 1.4, detail: 0.5 };
  const exact = { dds: { order: 2, ...errors } };
  t.deepEqual(ctDefaults({ noise: { type: 'poisson', photons: 1e5 } }), exact);
  t.deepEqual(ctDefaults({ noise: { type: 'gaussian', std: 1 } }), exact);
  t.deepEqual(ctDefaults({ noise: { type: 'gaussian', std: 1, said: true } }), { dds: { gamma: 'noise', start: 'classical', ...errors } });
  t.deepEqual(ctDefaults({ noise: { type: 'gaussian', std: 1, said: true } }, { gamma: 'none' }), exact);
  t.deepEqual(ctDefaults({ noise: { type: 'gaussian', std: 1, said: true } }, { eta: 0 }), exact);
});
