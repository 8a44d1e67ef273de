import test from 'ava';
import type { Measurement, NoiseModel } from '../../volumes/measurement.js';
import { optionsFor } from '../../src/modalities/registry.js';
import { dds } from '../../src/solvers/dds.js';
import { placed } from '../../core/placement.js';
import { diffusionMbir } from '../../src/solvers/diffusion-mbir.js';

const scan = (kind: string, noise: NoiseModel): Measurement => ({
  kind,
  data: new Float32Array(2),
  shape: [1, 1, 1, 1],
  dtype: 'complex64',
  geometry: {},
  noise,
  grid: {
    shape: [1, 1, 1],
    ...placed(),
    units: 'arbitrary',
    modality: 'MR',
  },
  meta: {},
});
const kspace = scan('fourier.cartesian', { type: 'gaussian', std: 1 });

const errors = { edges: 1.4, detail: 0.5 };

test('DDS follows data with noise of a level that was said as far as it allows, and takes others as they are, by second order', (t) => {
  t.is(dds.options(optionsFor(kspace, 'dds')).gamma, 'noise');
  t.deepEqual(optionsFor(scan('radon.parallel', { type: 'poisson', photons: 1e5 }), 'dds'), { order: 2, ...errors });
  const fast = optionsFor(scan('radon.parallel', { type: 'none' }), 'dds', { preset: 'fast' } as object);
  t.deepEqual(fast, { preset: 'fast', order: 2, air: 0.5, ...errors });
  const said = { type: 'gaussian', std: 1, said: true } as const;
  t.deepEqual(optionsFor(scan('radon.parallel', said), 'dds'), { gamma: 'noise', start: 'classical', ...errors });
  t.deepEqual(optionsFor(scan('radon.parallel', { type: 'gaussian', std: 1 }), 'dds'), { order: 2, ...errors });
  t.deepEqual(optionsFor(scan('radon.parallel', { type: 'none' }), 'dds', { start: 'classical' } as object), { start: 'classical' });
  t.deepEqual(optionsFor(scan('radon.parallel', { type: 'none' }), 'dds', { sampler: 'unipc' } as object), { sampler: 'unipc' });
});

test('noise levels that are given themselves take the place of the steps that data have for a default', (t) => {
  const cube = scan('spectral.entries', { type: 'none' });
  t.is((optionsFor(cube, 'dds') as { readonly steps?: number }).steps, 20);
  t.like(dds.options(optionsFor(cube, 'dds', { sigmas: [1, 0.3, 0.1] } as object)), { steps: 3, eta: 1, mode: '2d' });
});

test('DDS of a cube starts from a classical image where lines are missing, else from noise, and always as the user says', (t) => {
  const mask = (missing: (line: number) => boolean) => ({
    data: Float32Array.from({ length: 4 * 8 * 5 }, (_, n) => (missing(Math.floor(n / 5) % 8) ? 0 : 1)),
    shape: [4, 8, 5],
    dtype: 'float32' as const,
  });
  const cube = (missing: (line: number) => boolean): Measurement => ({
    ...scan('spectral.entries', { type: 'none' }),
    shape: [4, 8, 5],
    arrays: { mask: mask(missing) },
  });
  const startOf = (of: Measurement, given: object = {}): string => dds.options(optionsFor(of, 'dds', given)).start;
  t.is(startOf(cube(() => false)), 'noise');
  t.is(startOf(cube((line) => line === 3)), 'classical');
  t.is(
    startOf(
      cube((line) => line === 3),
      { start: 'noise' },
    ),
    'noise',
  );
});

test('DDS of k-space starts its fast runs from a classical image, unless the user says otherwise', (t) => {
  const of = (given: object): object => dds.options(optionsFor(kspace, 'dds', given));
  const own = { temperature: 0.7, detail: 0.5, gammaScale: 1.5 };
  t.like(of({ preset: 'fast' }), { steps: 10, start: 'classical', sigmaMax: 0.2, order: 2, ...own });
  t.deepEqual(of({ preset: 'fast', start: 'classical' }), of({ preset: 'fast' }), 'what it does may be said');
  t.like(of({ preset: 'fast', start: 'noise' }), { start: 'noise', order: 2, temperature: 1, detail: 1, gammaScale: 1 });
  t.like(of({ preset: 'fast', order: 1, sigmaMax: 0.1 }), { start: 'classical', sigmaMax: 0.1, order: 1, ...own });
  t.like(of({}), { start: 'noise', temperature: 1, detail: 1, gammaScale: 1 });
  t.like(of({ preset: 'fast', sampler: 'unipc' }), { start: 'noise', temperature: 1 });
  t.like(of({ preset: 'fast', sampler: 'ancestral' }), { start: 'classical', temperature: 1, detail: 0.5 });
  const error = t.throws(() => of({ sampler: 'ancestral', temperature: 0.5 }));
  t.regex(error.message, /temperature belongs to the sampler 'ddim'/);
});

test('DiffusionMBIR takes noisy k-space as noisy, and all other data as exact, as published', (t) => {
  t.like(diffusionMbir.options(optionsFor(kspace, 'diffusion-mbir')), { gamma: 'noise', innerIterations: 3, sigmaMax: 1, sigmaMin: 0.02 });
  t.deepEqual(optionsFor(kspace, 'diffusion-mbir', { gamma: 'none' } as object), { gamma: 'none' });
  const classical = diffusionMbir.options(optionsFor(kspace, 'diffusion-mbir', { start: 'classical' } as object));
  t.like(classical, { gamma: 'noise', sigmaMax: undefined });
  t.deepEqual(optionsFor(scan('fourier.cartesian', { type: 'none' }), 'diffusion-mbir'), {});
  t.is(diffusionMbir.options(optionsFor(scan('radon.parallel', { type: 'gaussian', std: 1 }), 'diffusion-mbir')).gamma, 'none');
  t.like(diffusionMbir.options(optionsFor(kspace, 'diffusion-mbir', { compat: 'mri' })), {
    gamma: 'none',
    innerIterations: 1,
    sigmaMin: 0.01,
  });
});

test('the correction of DiffusionMBIR that ends on the data is off where they are noisy, unless asked for', (t) => {
  t.true(diffusionMbir.options({}).finalCorrection);
  t.false(diffusionMbir.options({ gamma: 'noise' }).finalCorrection);
  t.false(diffusionMbir.options({ gamma: 'noise', compat: 'ct-sparse-view' }).finalCorrection);
  t.true(diffusionMbir.options({ gamma: 2, finalCorrection: true }).finalCorrection);
});

test('k-space whose noise is to be estimated has the same defaults; without noise there is nothing to weigh by', (t) => {
  t.deepEqual(optionsFor(scan('fourier.cartesian', { type: 'unknown' }), 'dds'), optionsFor(kspace, 'dds'));
  t.is(dds.options(optionsFor(scan('fourier.cartesian', { type: 'none' }), 'dds')).gamma, 'none');
});

test('without fresh noise k-space is followed by a fixed weight; asking for the noise rule there says the way out', (t) => {
  const deterministic = dds.options(optionsFor(kspace, 'dds', { eta: 0 } as object));
  t.like(deterministic, { eta: 0, gamma: 5 });
  t.is(dds.options(optionsFor(kspace, 'dds', { eta: 0, gamma: 'none' } as object)).gamma, 'none');
  t.is(dds.options(optionsFor(scan('fourier.cartesian', { type: 'none' }), 'dds', { eta: 0 } as object)).gamma, 'none');
  t.throws(() => dds.options(optionsFor(kspace, 'dds', { eta: 0, gamma: 'noise' } as object)), {
    code: 'ARGUMENT',
    message: /eta 0.*--gamma 1.*--eta above 0/s,
  });
});

test('options that are given win over the defaults of the data, those left undefined do not', (t) => {
  const given = optionsFor(kspace, 'dds', { gamma: 2, rho: undefined } as object);
  const defaults = optionsFor(kspace, 'dds') as { rho: number };
  t.like(given, { gamma: 2, rho: defaults.rho });
});

test('published settings are as published, whatever the data', (t) => {
  t.deepEqual(optionsFor(kspace, 'dds', { compat: 'mri' }), { compat: 'mri' });
  t.is(dds.options(optionsFor(kspace, 'dds', { compat: 'mri' })).gamma, 1);
});

test('methods without defaults of their own take what is given', (t) => {
  t.deepEqual(optionsFor(kspace, 'cs-tv', { iterations: 3 } as object), { iterations: 3 });
});
