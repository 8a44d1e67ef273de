import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { elements } from '../../../core/array.js';
import type { TraceGrid } from '../../../src/modalities/seismic/classical/grid.js';
import { classicalMethods } from '../../../src/modalities/seismic/classical/registry.js';
import { linear } from '../../../src/modalities/seismic/classical/linear.js';
import { pocs } from '../../../src/modalities/seismic/classical/pocs.js';
import { encodeSegy } from '../../../volumes/formats/segy/index.js';
import { readSurvey } from '../../../volumes/formats/segy/survey.js';
import { inFolder, slicewise } from '../../support/cli.js';
import { randomMask, relative } from '../../support/seismic.js';

const SHAPE = [5, 6, 7, 40] as const;

/** Values by (line, trace, offset, sample) on a grid of three trace axes, zeros where the mask is 0. */
function gridOf(shape: readonly number[], value: (...at: number[]) => number, live: Uint8Array): TraceGrid & { truth: Float32Array } {
  const [n0, n1, n2, nt] = shape;
  const truth = Float32Array.from({ length: elements(shape) }, (_, n) => {
    const trace = Math.floor(n / nt);
    return value(Math.floor(trace / n2 / n1), Math.floor(trace / n2) % n1, trace % n2, n % nt);
  });
  const data = truth.map((v, n) => (live[Math.floor(n / nt)] ? v : 0));
  return { data, truth, live, shape: [n0 * n1, n2, nt], outer: n0 };
}

const missing = (x: Float32Array, { live, shape: [, , nt] }: TraceGrid): Float32Array => x.filter((_, n) => !live[Math.floor(n / nt)]);

/** An event that dips along all axes. */
const event = (i: number, j: number, k: number, t: number): number => {
  const a = (Math.PI * 0.09 * (t - 14 - 0.7 * i - 0.5 * j - 0.9 * k)) ** 2;
  return (1 - 2 * a) * Math.exp(-a);
};

test('linear along three axes is exact on what is linear along each, inside the reach of live traces', async (t) => {
  const live = randomMask(5 * 6 * 7, 0.7, 3);
  for (let n = 0; n < live.length; n++) {
    const [i, j, k] = [Math.floor(n / 42), Math.floor(n / 7) % 6, n % 7];
    if (i % 4 === 0 || j % 5 === 0 || k % 6 === 0) live[n] = 1;
  }
  const grid = gridOf([5, 6, 7, 2], (i, j, k, s) => 3 * i - 2 * j + 0.5 * k + s, live);
  t.true(missing(grid.truth, grid).length > 20);
  const out = await linear.interpolate(grid);
  t.true(relative(missing(out, grid), missing(grid.truth, grid)) < 1e-5, `${relative(out, grid.truth)}`);
});

test('an axis of one trace changes nothing: [1, n1, n2] and [n1, 1, n2] are the grid [n1, n2]', async (t) => {
  const live = randomMask(8 * 12, 0.5, 9);
  const flat = gridOf([1, 8, 12, 48], (_, j, k, s) => event(0, j, k, s), live);
  const outer = { ...flat, outer: 8 };
  const options = { windowOuter: 24, dealias: 'off' as const };
  for (const [name, run] of [
    ['linear', (grid: TraceGrid) => linear.interpolate(grid)],
    ['pocs', (grid: TraceGrid) => pocs.interpolate(grid, options)],
  ] as const) {
    const wanted = await run({ data: flat.data, live, shape: flat.shape });
    t.deepEqual(await run(flat), wanted, name);
    t.true(relative(await run(outer), wanted) < 1e-4, name);
  }
});

test('pocs along three axes finds plane waves on its bins, of which linear knows little', async (t) => {
  const shape = [4, 6, 8, 24];
  const wave = ([p, q, r, f]: readonly number[], i: number, j: number, k: number, s: number): number =>
    Math.cos(2 * Math.PI * ((p * i) / 4 + (q * j) / 6 + (r * k) / 8 + (f * s) / 24));
  const waves = [
    [1, 2, -3, 5],
    [0, -1, 2, 3],
    [1, 1, 3, 8],
  ];
  const grid = gridOf(shape, (i, j, k, s) => waves.reduce((sum, w) => sum + wave(w, i, j, k, s), 0), randomMask(4 * 6 * 8, 0.5, 4));
  const options = { padding: 1, timePadding: 1, iterations: 80, last: 0.01 };
  const error = relative(missing(await pocs.interpolate(grid, options), grid), missing(grid.truth, grid));
  t.true(error < 0.01, `${error}`);
  t.true(relative(missing(await linear.interpolate(grid), grid), missing(grid.truth, grid)) > 0.7);
});

test('pocs along three axes in windows: no trace is left out, live ones are as they were', async (t) => {
  const grid = gridOf(SHAPE, event, randomMask(210, 0.5, 7));
  const whole = await pocs.interpolate(grid);
  const cut = await pocs.interpolate(grid, { windowOuter: 4, windowSlow: 4, windowTraces: 4, windowSamples: 24 });
  for (const out of [whole, cut]) {
    t.true(relative(missing(out, grid), missing(grid.truth, grid)) < 0.45, `${relative(out, grid.truth)}`);
    grid.live.forEach((alive, n) => alive && t.deepEqual(out.subarray(40 * n, 40 * n + 40), grid.data.subarray(40 * n, 40 * n + 40)));
  }
});

test('methods of two trace axes refuse three, and say which take them', async (t) => {
  const grid = gridOf(SHAPE, event, randomMask(210, 0.5, 7));
  for (const [name, method] of Object.entries(classicalMethods)) {
    if (name === 'linear' || name === 'pocs') continue;
    await t.throwsAsync(method.interpolate(grid), { code: 'SHAPE', message: /5 × 6 × 7.*linear and pocs/ }, name);
  }
  await t.throwsAsync(linear.interpolate(grid, { direction: 'fast' }), { code: 'SHAPE' });
  await t.throwsAsync(pocs.interpolate(grid, { dealias: 'on' }), { code: 'SHAPE' });
  await t.throwsAsync(linear.interpolate({ ...grid, outer: 4 }), { code: 'SHAPE' });
});

test('a SEG-Y file of three keys comes back full, its traces in their places; windows and other methods are refused', (t) =>
  inFolder(async (folder) => {
    const axes = [
      { name: 'inline' as const, first: 101, step: 1, count: SHAPE[0] },
      { name: 'crossline' as const, first: 300, step: 2, count: SHAPE[1] },
      { name: 'offset' as const, first: 150, step: 50, count: SHAPE[2] },
    ];
    const { truth } = gridOf(SHAPE, event, new Uint8Array(210).fill(1));
    const vertical = { domain: 'time' as const, first: 0, step: 4, count: SHAPE[3] };
    const pieces: Uint8Array[] = [];
    for await (const piece of encodeSegy({ axes, vertical, samples: truth }, { format: 'ieee', revision: 1 })) pieces.push(piece);
    const [whole, gappy, full] = ['whole.sgy', 'gappy.sgy', 'full.sgy'].map((name) => join(folder, name));
    writeFileSync(whole, Buffer.concat(pieces));
    t.is((await slicewise(folder, ['simulate', 'seismic', whole, '-o', gappy, '--missing', '0.4', '--seed', '2'])).code, 0);
    const info = await slicewise(folder, ['info', gappy]);
    t.regex(info.out + info.err, /seismic\.prestack/);
    t.is((await slicewise(folder, ['recon', gappy, '-o', full, '--method', 'pocs', '--hold-out', 'off'])).code, 0);

    const read = async (path: string) => readSurvey({ name: path, bytes: new Uint8Array(readFileSync(path)) });
    const [before, after] = [await read(gappy), await read(full)];
    t.deepEqual([...after.shape], [...SHAPE]);
    t.deepEqual(
      after.grid.axes.map(({ name }) => name),
      ['inline', 'crossline', 'offset', 'time'],
    );
    t.true(after.live.every((alive) => alive === 1));
    t.is(
      before.live.reduce((sum, alive) => sum + alive, 0),
      126,
    );
    before.live.forEach((alive, n) => alive && t.deepEqual(after.data.slice(40 * n, 40 * n + 40), truth.slice(40 * n, 40 * n + 40)));
    t.true(relative(after.data, truth) < 0.35, `${relative(after.data, truth)}`);

    const slope = await slicewise(folder, ['recon', gappy, '-o', join(folder, 'x.sgy'), '--method', 'slope']);
    t.not(slope.code, 0);
    t.regex(slope.err, /slope is not for this kind of data; expected linear, pocs, auto/);
    const windows = await slicewise(folder, ['recon', gappy, '-o', join(folder, 'x.sgy'), '--method', 'linear', '--windows', '4x4']);
    t.not(windows.code, 0);
    t.regex(windows.err, /three trace axes is not done in windows/);
  }));
