import test from 'ava';
import fc from 'fast-check';
import { functionPrior } from '../../../models/index.js';
import { createBackend, reconstruct } from '../../../src/index.js';
import { applyGain, estimateGain } from '../../../src/modalities/seismic/gain.js';
import { classicalMethod } from '../../../src/modalities/seismic/classical/registry.js';
import { scanSection } from '../../../src/modalities/scan-section.js';
import { heldOutTraces } from '../../../src/modalities/seismic/held-out.js';
import { parseNumbers } from '../../../src/modalities/seismic/reading.js';
import { PATTERNS, tracePattern } from '../../../src/modalities/seismic/simulation/patterns.js';
import { traces } from '../../../volumes/kinds/traces/kind.js';
import { TRACES } from '../../../volumes/kinds/traces/schema.js';
import type { Measurement } from '../../../volumes/measurement.js';
import { randomMask, section, relative } from '../../support/seismic.js';

function scanOf(shape: [number, number, number], live: ArrayLike<number>, loud = 1): { scan: Measurement; truth: Float32Array } {
  const truth = section(shape, [
    { t0: 14, p1: 0.4, p2: 0.3, f: 0.1 },
    { t0: 30, p1: -0.2, p2: -0.4, f: 0.08, size: 0.4 },
  ]).map((v, n) => loud * v * Math.exp(-(n % shape[2]) / 20));
  const data = truth.map((v, n) => (live[Math.floor(n / shape[2])] ? v : 0));
  const mask = { data: Float32Array.from(live), shape: shape.slice(0, 2), dtype: 'float32' as const };
  return {
    truth,
    scan: {
      kind: TRACES,
      data,
      shape,
      dtype: 'float32',
      geometry: {},
      noise: { type: 'none' },
      grid: traces.grid!({}, shape),
      arrays: { mask },
      meta: {},
    },
  };
}

test('patterns leave what they say: the share, bounded gaps, every k-th, one gap', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 20, max: 60 }),
      fc.constantFrom(0.25, 0.5, 0.75),
      fc.integer({ min: 0, max: 99 }),
      (lines, count, missing, seed) => {
        for (const pattern of PATTERNS) {
          const live = tracePattern(lines, count, { pattern, missing, seed });
          const left = live.reduce((sum, one) => sum + one, 0);
          if (pattern === 'random') t.is(left, lines * count - Math.round(missing * lines * count));
          const rows = Array.from({ length: lines }, (_, i) => [...live.subarray(i * count, (i + 1) * count)]);
          const longest = (row: number[]): number =>
            Math.max(
              ...row
                .join('')
                .split('1')
                .map((run) => run.length),
            );
          if (pattern === 'jittered') t.true(rows.every((row) => longest(row) < 2 / (1 - missing)));
          if (pattern === 'regular')
            t.true(
              rows.every((row) =>
                row.every((one, k) => one === (missing < 0.5 ? Math.sign(k % 4) : k % Math.round(1 / (1 - missing)) === 0 ? 1 : 0)),
              ),
            );
          if (pattern === 'gap') t.true(rows.every((row) => longest(row) === Math.round(missing * count) && row[0] === 1));
          if (pattern === 'block') t.true(left <= (1 - missing) * live.length + 0.01 * live.length + 36 && left > 0);
          t.deepEqual(tracePattern(lines, count, { pattern, missing, seed }), live);
        }
      },
    ),
    { numRuns: 20 },
  );
});

test('numbers of axes: first, last and step, each of which may be left out', (t) => {
  t.deepEqual(parseNumbers('inline=100:300:2,crossline=::4'), {
    inline: { first: 100, last: 300, step: 2 },
    crossline: { first: undefined, last: undefined, step: 4 },
  });
  for (const bad of ['inline', 'inline=', 'inline=a:b', 'depth=1:2', 'inline=1:2:3:4']) {
    t.throws(() => parseNumbers(bad), { code: 'ARGUMENT' }, bad);
  }
});

test('windows of a large survey: traces hidden in each look like what is missing, and nothing hidden is in the scan', (t) => {
  const shape: [number, number, number] = [1, 1500, 900];
  const { scan } = scanOf(shape, randomMask(1500, 0.5, 4));
  const trials = heldOutTraces.draw(scan, { seed: 3 });
  t.is(trials.length, 3);
  for (const { scan: rest, part, hidden, count, of } of trials) {
    t.true(part!.data.length < 0.2 * scan.data.length);
    const marks = hidden(part!.shape);
    const samples = part!.shape[2];
    t.is(
      marks.reduce((sum, m) => sum + m, 0),
      count * samples,
    );
    t.true(count > 0 && count < 0.3 * of);
    for (let n = 0; n < marks.length; n++) if (marks[n]) t.is(rest.data[n], 0);
    t.true(rest.data.every((v, n) => marks[n] === 1 || v === part!.data[n]));
  }
  const drawn = (seed: number) => heldOutTraces.draw(scan, { seed }).map(({ scan: { data }, count }) => [data, count]);
  t.deepEqual(drawn(3), drawn(3));
  t.notDeepEqual(drawn(3), drawn(4));
});

test('sections both: the mean of the runs along lines and across them, measured traces bit for bit', async (t) => {
  const shape: [number, number, number] = [5, 14, 40];
  const { scan } = scanOf(shape, randomMask(70, 0.5, 2), 1e6);
  // smooths along rows of a section only, so that the two directions differ
  const prior = functionPrior({
    name: 'rows',
    range: { unit: 'arbitrary', low: 0, high: 1 },
    sigma: [0.004, 2],
    denoise: async (images, [, rows, columns]) =>
      images.map((v, n) => {
        const row = Math.floor(n / columns) % rows;
        return 0.5 * v + 0.5 * images[row > 0 ? n - columns : n];
      }),
  });
  const backend = createBackend({ workers: 1 });
  const run = async (sections: 'line' | 'trace' | 'both') =>
    await reconstruct(scan, { method: 'dds', methodOptions: { steps: 3 }, prior, backend, seed: 3, holdOut: false, sections }).result();
  try {
    const [line, trace, both] = [await run('line'), await run('trace'), await run('both')];
    t.true(relative(line.volume.data, trace.volume.data) > 0.01);
    const mean = line.volume.data.map((v, n) => 0.5 * (v + trace.volume.data[n]));
    t.true(relative(both.volume.data, mean) < 1e-6);
    for (let n = 0; n < scan.data.length; n++) if (scan.arrays!.mask.data[Math.floor(n / 40)]) t.is(both.volume.data[n], scan.data[n]);
    t.is(both.manifest.method.name, 'dds');
    t.is(both.manifest.method.options.sections, 'both');
  } finally {
    await backend.dispose();
  }
});

for (const sections of ['line', 'trace'] as const) {
  test(`a guided prior is shown the gained data, the mask and three interpolations, in sections along a ${sections}`, async (t) => {
    const shape: [number, number, number] = [4, 14, 40];
    const { scan } = scanOf(shape, randomMask(56, 0.5, 2), 1e6);
    const gain = estimateGain({ data: scan.data, shape, live: Uint8Array.from(scan.arrays!.mask.data) });
    const grid = { data: applyGain(scan.data, gain), shape, live: Uint8Array.from(scan.arrays!.mask.data) };
    const expected = await Promise.all((['linear', 'slope', 'pocs'] as const).map((name) => classicalMethod(name).interpolate(grid)));
    let shown: readonly Float32Array[] = [];
    let shapeShown: readonly number[] = [];
    const prior = functionPrior({
      name: 'shown',
      range: { unit: 'arbitrary', low: 0, high: 1 },
      sigma: [0.004, 2],
      guide: { kind: 'interpolations', planes: 5, start: { plane: 2, noise: false } },
      denoise: async (images, size, _sigma, { guide }) => {
        [shown, shapeShown] = [guide!, size];
        return images;
      },
    });
    const backend = createBackend({ workers: 1 });
    try {
      const { volume } = await reconstruct(scan, { method: 'dds', prior, backend, holdOut: false, sections }).result();
      t.deepEqual([...shapeShown], sections === 'line' ? [4, 14, 40] : [14, 4, 40]);
      const moved = (values: Float32Array): Float32Array =>
        sections === 'line'
          ? values
          : Float32Array.from(values, (_, n) => values[((Math.floor(n / 40) % 4) * 14 + Math.floor(n / 160)) * 40 + (n % 40)]);
      t.deepEqual(shown[0], moved(grid.data));
      t.deepEqual(shown[1], moved(Float32Array.from(scan.data, (_, n) => scan.arrays!.mask.data[Math.floor(n / 40)])));
      // the three, in some order
      const rest = shown.slice(2).map((plane) => expected.findIndex((own) => moved(own).every((v, n) => v === plane[n])));
      t.deepEqual([...rest].sort(), [0, 1, 2]);
      // D = x: what comes out is the best interpolation, with the traces that were measured bit for bit
      for (let n = 0; n < scan.data.length; n++) if (scan.arrays!.mask.data[Math.floor(n / 40)]) t.is(volume.data[n], scan.data[n]);
      const best = expected[rest[0]];
      for (let n = 0; n < best.length; n++)
        t.true(Math.abs(volume.data[n] - best[n] * gain.values[n]) <= 2e-5 * gain.values[n] + 1e-6 * Math.abs(volume.data[n]));
    } finally {
      await backend.dispose();
    }
  });
}

test('amplitudes of any size: the result is linear in them', async (t) => {
  const shape: [number, number, number] = [1, 30, 48];
  const prior = () =>
    functionPrior({
      name: 'half',
      range: { unit: 'arbitrary', low: 0, high: 1 },
      sigma: [0.004, 2],
      denoise: async (images) => images.map((v) => 0.5 * v),
    });
  const run = async (loud: number) => {
    const { scan } = scanOf(shape, randomMask(30, 0.5, 5), loud);
    return (await reconstruct(scan, { method: 'dds', prior: prior(), methodOptions: { steps: 3 }, seed: 2, holdOut: false }).result())
      .volume.data;
  };
  const [quiet, loud] = [await run(1), await run(2 ** 20)];
  t.true(quiet.every((v, n) => Math.abs(v * 2 ** 20 - loud[n]) <= 1e-4 * 2 ** 20));
});

test('what a scan made by hand has at missing traces is never looked at, and another mask of the same data has another gain', async (t) => {
  const shape: [number, number, number] = [1, 40, 48];
  const shown: Float32Array[][] = [];
  const prior = () =>
    functionPrior({
      name: 'shown',
      range: { unit: 'arbitrary', low: 0, high: 1 },
      sigma: [0.004, 2],
      guide: { kind: 'interpolations', planes: 5, start: { plane: 2, noise: false } },
      denoise: async (images, _size, _sigma, { guide }) => {
        shown.push([...guide!.map((plane) => plane.slice())]);
        return images;
      },
    });
  const run = async (scan: Measurement) =>
    (await reconstruct(scan, { method: 'dds', prior: prior(), holdOut: false }).result()).volume.data;
  const { truth } = scanOf(shape, randomMask(40, 0.5, 2));
  for (const seed of [2, 7]) {
    const { scan } = scanOf(shape, randomMask(40, 0.5, seed));
    // the same array of complete data under both masks
    const complete = { ...scan, data: truth };
    const [masked, whole] = [await run(scan), await run(complete)];
    t.deepEqual(whole, masked);
    const [a, b] = shown.splice(0);
    t.deepEqual(b, a);
    t.true(a[0].some((v) => v !== 0));
  }
});

test('a report writes the parts of a blend out', (t) => {
  const { scan } = scanOf([1, 30, 40], randomMask(30, 0.5, 5));
  const parts = [
    { method: 'dds', prior: 'seismic-2d', weight: 0.61234 },
    { method: 'pocs', weight: 0.4 },
  ];
  const { rows } = scanSection(scan, { options: { parts, budget: 120, order: [1, 2] } });
  const [, options] = rows.find(([name]) => name === 'options')!;
  t.is(options, 'parts (method dds, prior seismic-2d, weight 0.6123) + (method pocs, weight 0.4), budget 120, order 1,2');
});
