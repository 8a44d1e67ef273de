import test from 'ava';
import { functionPrior } from '../../../models/index.js';
import { createBackend, reconstruct } from '../../../src/index.js';
import { cubeOfMaps, mapModel, mapsOperator, whitened } from '../../../src/modalities/spectral/maps.js';
import { reducedModel } from '../../../src/modalities/spectral/reduced/maps.js';
import { simulateSpectral } from '../../../src/modalities/spectral/simulation/simulate.js';
import { inlineBackend, testArray } from '../../support/backends.js';
import { smallCube } from '../../support/cube.js';
import { adjointError } from '../../support/operators.js';

const cube = smallCube([12, 16, 18]);
const scan = simulateSpectral(cube, { missing: 0.4, noiseStd: 0.05, seed: 2 });

test('the operator of maps is mask ∘ basis in units of the noise; its adjoint and AᴴA are exact', async (t) => {
  const model = mapModel(scan, 5);
  const backend = inlineBackend();
  const operator = mapsOperator(scan, model, backend);
  const [x, y, out, both] = [operator.domain, operator.range, operator.domain, operator.domain].map((s) => backend.field(s));
  const images = testArray(5 * 16 * 18, 1);
  await backend.write(x, images);
  operator.apply(x, y);
  const found = await backend.read(y);
  // what the maps say of the cube, whitened as the data are
  const wanted = whitened({ ...scan, data: cubeOfMaps(model, images) }, model);
  t.true(found.every((value, n) => Math.abs(value - wanted[n]) < 1e-3 * (1 + Math.abs(wanted[n]))));
  t.true((await adjointError(operator, 4)) < 1e-6);
  operator.normal(x, out);
  operator.adjoint(y, both);
  const [direct, chained] = [await backend.read(out), await backend.read(both)];
  const largest = Math.max(...chained.map(Math.abs));
  t.true(direct.every((value, n) => Math.abs(value - chained[n]) < 1e-5 * largest));
});

test('maps run from about 0 to 1, and those beyond the rank have no part in the cube', (t) => {
  const model = mapModel(scan, 5);
  const used = Array.from({ length: 5 }, (_, k) => model.basis.some((value, n) => n % 5 === k && value !== 0));
  t.deepEqual(used, [true, true, true, false, false]);
  t.is(mapModel(scan, 5), model);
});

test('a model is made anew for another noise, another mask and another grid of the same data', (t) => {
  const model = mapModel(scan, 5);
  const noise = { ...scan.arrays!.noise, data: scan.arrays!.noise.data.map((std) => 2 * std) };
  const louder = mapModel({ ...scan, arrays: { ...scan.arrays, noise } }, 5);
  t.true(louder.noise.every((std, b) => Math.abs(std - 2 * model.noise[b]) < 1e-6));
  const mask = { ...scan.arrays!.mask, data: scan.arrays!.mask.data.map((one, n) => (n % 3 === 0 ? 0 : one)) };
  t.not(mapModel({ ...scan, arrays: { ...scan.arrays!, mask } }, 5), model);
  const large = simulateSpectral(cube, { sr: 2, noiseStd: 0.05, seed: 2 });
  const odd = [12, 15, 17];
  t.not(reducedModel(large, 2, odd), reducedModel(large, 2, large.grid.shape));
  t.is(reducedModel(large, 2, odd), reducedModel(large, 2, odd));
});

test('DDS on maps with a prior that is a plain function: nearer the truth than the data, the same from seed to seed', async (t) => {
  const prior = functionPrior({
    name: 'smooth',
    range: { unit: 'arbitrary', low: 0, high: 1 },
    sigma: [0.001, 10],
    // shrinks towards the mean of four neighbours the more noise there is
    denoise: async (images, [, rows, columns], sigma) =>
      images.map((value, i) => {
        const [r, c] = [Math.floor(i / columns) % rows, i % columns];
        const around = [r > 0 ? -columns : 0, r < rows - 1 ? columns : 0, c > 0 ? -1 : 0, c < columns - 1 ? 1 : 0];
        const mean = around.reduce((sum, by) => sum + images[i + by], value) / 5;
        return value + (sigma ** 2 / (sigma ** 2 + 0.1 ** 2)) * (mean - value);
      }),
  });
  const backend = createBackend({ workers: 0 });
  const error = (data: Float32Array): number =>
    Math.sqrt(cube.data.reduce((sum, value, n) => sum + (value - data[n]) ** 2, 0) / cube.data.length);
  try {
    const run = { method: 'dds', methodOptions: { steps: 12 }, prior, seed: 1, samples: 1, backend, components: 5 };
    const { volume } = await reconstruct(scan, run).result();
    const again = await reconstruct(scan, run).result();
    t.deepEqual(volume.data, again.volume.data);
    const noise = scan.noise.type === 'gaussian' ? scan.noise.std : 0;
    t.true(error(volume.data) < noise, `${error(volume.data)} of ${noise}`);
    const mean = await reconstruct(scan, { ...run, samples: 3 }).result();
    t.true(error(mean.volume.data) < error(volume.data));
    t.true(mean.std!.data.every((value) => value >= 0 && value < 10 * noise));
  } finally {
    await backend.dispose();
  }
});

test('a gap of three lines is filled by dds about as well as by lowrank: nothing draws it to 0', async (t) => {
  const [lines, samples] = [24, 24];
  const truth = smallCube([8, lines, samples]);
  const whole = simulateSpectral(truth, { noiseStd: 0.02, seed: 1 });
  const gone = (n: number): boolean => [10, 11, 12].includes(Math.floor(n / samples) % lines);
  const mask = { ...whole.arrays!.mask, data: whole.arrays!.mask.data.map((one, n) => (gone(n) ? 0 : one)) };
  const gappy = { ...whole, data: whole.data.map((v, n) => (gone(n) ? 0 : v)), arrays: { ...whole.arrays!, mask } };
  const error = async (options: object): Promise<number> => {
    const { volume } = await reconstruct(gappy, { ...options, seed: 1 }).result();
    return Math.sqrt(volume.data.reduce((sum, v, n) => sum + (gone(n) ? (v - truth.data[n]) ** 2 : 0), 0));
  };
  const filled = await error({ method: 'dds', prior: 'spectral-maps', samples: 2 });
  const classical = await error({ method: 'lowrank' });
  // from noise 1.8 times
  t.true(filled < 1.2 * classical, `${filled} ${classical}`);
});
