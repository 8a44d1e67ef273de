import test from 'ava';
import * as z from 'zod';
import { defineKind, defineModality, reconstruct, registerModality, type DirectMethod, type ModalityKind } from '../../../src/index.js';
import { score } from '../../../src/engine/judge/judge.js';
import type { GuideMethod } from '../../../src/modalities/guides.js';
import { applyGain } from '../../../src/modalities/seismic/gain.js';
import { gainOf } from '../../../src/modalities/seismic/normalise.js';
import { functionPrior, type Prior } from '../../../models/index.js';
import { seismic } from '../../../src/modalities/seismic/seismic.js';
import { traceMaskOfScan } from '../../../operators/sampling/trace-mask.js';
import { traces } from '../../../volumes/kinds/traces/kind.js';
import type { Measurement } from '../../../volumes/measurement.js';
import { randomMask, relative, section } from '../../support/seismic.js';

type Error = (live: Float32Array, trace: number, t: number) => number;

/** Methods that know the truth but for an error of their own kind: they judge the judge. */
const truth: { data: Float32Array; nt: number; errors: { [name: string]: Error } } = {
  data: new Float32Array(),
  nt: 1,
  errors: {},
};

const planted = (name: string): DirectMethod => ({
  schema: z.strictObject({}),
  run: async ({ data, arrays }) => {
    const live = arrays!.mask.data;
    const error = truth.errors[name];
    if (!error) throw new Error(`no method ${name} in this test`);
    const at = (n: number): number => Math.floor(n / truth.nt);
    const made = data.map((v, n) => (live[at(n)] ? v : truth.data[n] + error(live, at(n), n % truth.nt)));
    return { data: made, units: 'arbitrary', map: { scale: 1, offset: 0 } };
  },
});

/** Shows the truth, as a prior has it; that counts as what methods a and b make. */
const shown: GuideMethod = {
  schema: z.strictObject({}),
  planes: () => 1,
  shows: ['a', 'b'],
  async make({ scan, problem: { operator } }) {
    const plane = operator.backend.field(operator.domain);
    await operator.backend.write(plane, applyGain(truth.data, gainOf(scan)));
    return [plane];
  },
};

/** Answers a share of what it is shown. */
const answering = (share: number): Prior =>
  functionPrior({
    name: 'answering',
    range: { unit: 'arbitrary', low: 0, high: 1 },
    sigma: [0.01, 2],
    scope: 'volume',
    guide: { kind: 'planted', planes: 1, start: { plane: 0, noise: false } },
    denoise: (_images, _shape, _sigma, { guide: [plane] }) => plane.map((v) => share * v),
  });

const { candidates: _, ...physics } = seismic.kinds[0] as ModalityKind;
const names = ['a', 'b', 'c'];
registerModality(
  defineModality({
    name: 'planted',
    title: 'planted',
    images: ['planted'],
    options: seismic.options,
    kinds: [
      {
        ...physics,
        kind: defineKind({ ...traces, name: 'planted.traces' }),
        operator: traceMaskOfScan,
        direct: Object.fromEntries(names.map((name) => [name, planted(name)])),
        candidates: () => Object.keys(truth.errors).map((method) => ({ method })),
        guides: { planted: shown },
      } as ModalityKind,
    ],
  }),
);

function scanOf(data: Float32Array, live: Uint8Array, nt: number): Measurement {
  const shape = [1, live.length, nt];
  const mask = { data: Float32Array.from(live), shape: [1, live.length], dtype: 'float32' as const };
  const zeroed = data.map((v, n) => (live[Math.floor(n / nt)] ? v : 0));
  const grid = traces.grid!({}, shape);
  return {
    kind: 'planted.traces',
    data: zeroed,
    shape,
    dtype: 'float32',
    geometry: {},
    noise: { type: 'none' },
    grid,
    arrays: { mask },
    meta: {},
  };
}

test('the score is the mean of the logarithm, which one loud place does not decide', (t) => {
  t.true(Math.abs(score([0.1, 0.001]) - 20) < 1e-12);
  // quiet in five places and bad in the loud one, against the reverse
  t.true(score([0.01, 0.01, 0.01, 0.01, 0.01, 0.9]) > score([0.1, 0.1, 0.1, 0.1, 0.1, 0.5]));
});

test.serial('at a regular mask a method that needs near neighbours is not chosen for filling isolated traces well', async (t) => {
  const data = section([1, 60, 64], [{ t0: 20, p2: 0.3, f: 0.1 }]);
  const live = Uint8Array.from({ length: 60 }, (_, k) => (k % 2 === 0 ? 1 : 0));
  Object.assign(truth, {
    data,
    nt: 64,
    errors: {
      // perfect where the traces two and four away are live, useless elsewhere: single hidden traces would choose it
      a: (alive: Float32Array, trace: number, s: number) => ([-4, -2, 2, 4].every((d) => alive[trace + d]) ? 0 : -data[trace * 64 + s]),
      b: (_: Float32Array, trace: number, s: number) => 0.2 * data[trace * 64 + s],
    },
  });
  const { manifest } = await reconstruct(scanOf(data, live, 64)).result();
  const { table, chosen, snr } = manifest.heldOut!;
  t.deepEqual(chosen, [{ method: 'b' }]);
  t.is(table![0].method, 'b');
  t.true(Math.abs(snr - 20 * Math.log10(5)) < 1e-3);
  t.is(manifest.method.name, 'b');
});

test.serial('the blend of two methods with independent errors is better than both, and leaves out a useless one', async (t) => {
  const data = section(
    [1, 120, 64],
    [
      { t0: 20, p2: 0.3, f: 0.1 },
      { t0: 50, p2: -0.2, f: 0.15 },
    ],
  );
  const live = randomMask(120, 0.4, 8);
  const noise =
    (phase: number): Error =>
    (_, trace, s) =>
      0.2 * Math.sin((trace * 64 + s) ** 2 * 0.013 + phase * (trace + 3 * s));
  const errors = { a: noise(1.3), b: noise(2.9), c: (_: Float32Array, trace: number, s: number) => -2 * data[trace * 64 + s] };
  Object.assign(truth, { data, nt: 64, errors });
  const scan = scanOf(data, live, 64);
  const { volume, manifest } = await reconstruct(scan).result();
  const { chosen = [], table = [], hidden, of, snr } = manifest.heldOut!;
  t.deepEqual(chosen.map(({ method }) => method).sort(), ['a', 'b']);
  t.true(chosen.every(({ weight }) => weight! > 0.3 && weight! < 0.8));
  t.is(table.at(-1)!.method, 'c');
  t.is(
    of,
    live.reduce((sum, one) => sum + one, 0),
  );
  t.true(hidden > 0 && hidden < of);
  const single = async (method: string): Promise<number> =>
    relative((await reconstruct(scan, { method, holdOut: false }).result()).volume.data, data);
  t.true(relative(volume.data, data) < 0.85 * Math.min(await single('a'), await single('b')));
  t.true(snr > table[0].snr! + 1);
  // what was measured is as it was, whatever was added up
  for (let trace = 0; trace < live.length; trace++) {
    if (live[trace]) t.deepEqual(volume.data.slice(trace * 64, (trace + 1) * 64), data.slice(trace * 64, (trace + 1) * 64));
  }
});

test.serial('weights of a regular mask have the sum 1, although the wider gaps of its trials ask for less', async (t) => {
  const data = section([1, 120, 64], [{ t0: 20, p2: 0.3, f: 0.1 }]);
  const live = Uint8Array.from({ length: 120 }, (_, k) => (k % 2 === 0 ? 1 : 0));
  const error =
    (turn: number): Error =>
    (alive, trace, s) =>
      (alive[trace - 1] && alive[trace + 1] ? 0.2 : 1) * data[trace * 64 + s] * (Math.cos(turn * trace) - 0.3);
  Object.assign(truth, { data, nt: 64, errors: { a: error(1.7), b: error(2.6) } });
  const { volume, manifest } = await reconstruct(scanOf(data, live, 64)).result();
  const { chosen = [] } = manifest.heldOut!;
  t.is(chosen.length, 2);
  t.true(Math.abs(chosen.reduce((sum, { weight }) => sum + weight!, 0) - 1) < 1e-9);
  const single = async (method: string): Promise<number> =>
    relative((await reconstruct(scanOf(data, live, 64), { method, holdOut: false }).result()).volume.data, data);
  t.true(relative(volume.data, data) < Math.min(await single('a'), await single('b')));
});

test.serial('a prior that is shown methods does not end below them, and what was done is told', async (t) => {
  const data = section([1, 120, 64], [{ t0: 20, p2: 0.3, f: 0.1 }]);
  const live = randomMask(120, 0.4, 8);
  const errors = { a: (_: Float32Array, trace: number, s: number) => 0.3 * data[trace * 64 + s] * Math.cos(trace * 1.7), b: () => 0.5 };
  Object.assign(truth, { data, nt: 64, errors });
  const scan = scanOf(data, live, 64);
  const run = async (share: number, options: object = {}) => {
    const { volume, manifest } = await reconstruct(scan, { method: 'dds', prior: answering(share), ...options }).result();
    return { error: relative(volume.data, data), ...manifest };
  };
  const a = relative((await reconstruct(scan, { method: 'a', holdOut: false }).result()).volume.data, data);
  const bad = await run(-0.5);
  t.true(bad.error < 1.05 * a, `${bad.error} of a prior worse than a, whose error is ${a}`);
  t.false(bad.heldOut!.chosen!.some(({ method }) => method === 'dds'));
  t.deepEqual(bad.heldOut!.table!.map(({ method }) => method).sort(), ['a', 'b', 'dds']);
  t.true(bad.warnings.some((text) => /hidden traces .*dds alone predicts them with .* dB/.test(text)));
  // as it is where nobody wants it compared
  t.true((await run(-0.5, { holdOut: false })).error > 2 * a);
  const good = await run(1);
  t.true(good.error < 1e-5);
  t.deepEqual(good.heldOut!.chosen, [{ method: 'dds' }]);
  t.false(good.warnings.some((text) => /alone/.test(text)));
  // exactly what was asked for: several samples are only judged
  const samples = await run(-0.5, { samples: 2 });
  t.is(samples.heldOut!.chosen, undefined);
  t.true(samples.error > 2 * a);
});

test.serial('in the mean of a gap methods that predict nearly the same count once', async (t) => {
  const data = section([1, 160, 64], [{ t0: 20, p2: 0.3, f: 0.1 }]);
  const live = Uint8Array.from({ length: 160 }, (_, k) => (k >= 76 && k < 84 ? 0 : 1));
  const error =
    (phase: number, more: number): Error =>
    (_, trace, s) =>
      (0.2 + 0.15 * Math.cos(0.4 * trace + phase)) * Math.sin((trace * 64 + s) ** 2 * 0.013 + phase * s) + more * Math.cos(s * s);
  const chosen = async (b: Error) => {
    Object.assign(truth, { data, nt: 64, errors: { a: error(1, 0), b, c: error(2, 0) } });
    return (await reconstruct(scanOf(data, live, 64)).result()).manifest.heldOut!.chosen!;
  };
  t.deepEqual((await chosen(error(1, 0.01))).map(({ method, weight }) => `${method} ${weight}`).sort(), ['a 0.5', 'c 0.5']);
  t.is((await chosen(error(3, 0))).length, 3);
});

test.serial('the error of what was chosen is told beside the noise where that is known, as that of a method alone', async (t) => {
  const data = section([1, 120, 64], [{ t0: 20, p2: 0.3, f: 0.1 }]);
  const errors = { a: () => 0.5, b: (_: Float32Array, trace: number, s: number) => 0.3 * data[trace * 64 + s] };
  Object.assign(truth, { data, nt: 64, errors });
  const silent = scanOf(data, randomMask(120, 0.4, 8), 64);
  const scan: Measurement = { ...silent, noise: { type: 'gaussian', std: 0.05 } };
  const heldOut = async (of: Measurement, options: object) => (await reconstruct(of, options).result()).manifest.heldOut!;
  const alone = await heldOut(scan, { method: 'b', holdOut: true });
  t.true(alone.noiseRatio! > 0);
  const chosen = await heldOut(scan, { method: 'auto', methodOptions: { candidates: 'b' } });
  t.deepEqual([chosen.chosen, chosen.noiseRatio], [[{ method: 'b' }], alone.noiseRatio]);
  // of a sum: no worse than its best part here
  const sum = await heldOut(scan, { method: 'auto' });
  t.true(sum.chosen!.length === 1 ? sum.noiseRatio === alone.noiseRatio : sum.noiseRatio! < alone.noiseRatio!);
  const guarded = await heldOut(scan, { method: 'dds', prior: answering(1) });
  t.deepEqual(guarded.chosen, [{ method: 'dds' }]);
  t.true(guarded.noiseRatio! < 1e-3 * alone.noiseRatio!);
  t.false('noiseRatio' in (await heldOut(silent, { method: 'auto' })));
});

test.serial(
  'what was chosen keeps its state where it is one method that has one; else a run that is to go on says that it began anew',
  async (t) => {
    const data = section([1, 120, 64], [{ t0: 20, p2: 0.3, f: 0.1 }]);
    const errors = { a: () => 0.5, b: (_: Float32Array, trace: number, s: number) => 0.3 * data[trace * 64 + s] };
    Object.assign(truth, { data, nt: 64, errors });
    const scan = scanOf(data, randomMask(120, 0.4, 8), 64);
    const written: string[] = [];
    const checkpoint = {
      location: 'memory',
      latest: () => Promise.resolve(undefined),
      write: (name: string) => Promise.resolve(void written.push(name)),
    };
    const told = async (options: object): Promise<string> =>
      (await reconstruct(scan, { ...options, checkpoint, checkpointSeconds: 0, resume: true }).result()).manifest.warnings.join('\n');
    t.regex(await told({ method: 'auto', methodOptions: { candidates: 'b' } }), /nothing is kept of b: the run began anew/);
    t.deepEqual(written, []);
    const one = await told({ method: 'dds', prior: answering(1) });
    t.regex(one, /no checkpoint in memory yet/);
    t.notRegex(one, /began anew/);
    t.is(written.length, 1);
  },
);

test.serial('a method far below the others is left after the first trial of several, and told; the first one never is', async (t) => {
  const data = section([1, 120, 64], [{ t0: 20, p2: 0.3, f: 0.1 }]);
  const scaled =
    (by: number): Error =>
    (_, trace, s) =>
      by * data[trace * 64 + s];
  // 4.4, 14 and 8.9 dB
  Object.assign(truth, { data, nt: 64, errors: { a: scaled(0.6), b: scaled(0.2), c: scaled(0.36) } });
  const table = async (live: Uint8Array) => (await reconstruct(scanOf(data, live, 64)).result()).manifest.heldOut!.table!;
  const random = await table(randomMask(120, 0.4, 8));
  t.deepEqual(
    random.map(({ method }) => method),
    ['b', 'a', 'c'],
  );
  t.regex(random[2].left!, /left after the first trial, 5\.1 dB below the best/);
  t.true(random.slice(0, 2).every(({ left, snr }) => left === undefined && snr !== undefined));
  // each place of a gap is another
  const gap = await table(Uint8Array.from({ length: 120 }, (_, k) => (k >= 50 && k < 62 ? 0 : 1)));
  t.true(gap.every(({ left }) => left === undefined));
});

test.serial('a method that makes what is no number is never chosen, nor part of a sum', async (t) => {
  const data = section([1, 120, 64], [{ t0: 20, p2: 0.3, f: 0.1 }]);
  const none = () => NaN;
  const errors = { a: none, b: () => 0.5, c: (_: Float32Array, trace: number) => 0.5 * Math.cos(trace * 1.7) };
  Object.assign(truth, { data, nt: 64, errors });
  for (const mask of [randomMask(120, 0.4, 8), Uint8Array.from({ length: 120 }, (_, k) => (k >= 50 && k < 62 ? 0 : 1))]) {
    const { volume, manifest } = await reconstruct(scanOf(data, mask, 64)).result();
    t.false(manifest.heldOut!.chosen!.some(({ method }) => method === 'a'));
    t.true(volume.data.every((value) => Number.isFinite(value)));
  }
});

test.serial('the seconds of a run have its trials in them', async (t) => {
  const data = section([1, 60, 48], [{ t0: 20, p2: 0.3, f: 0.1 }]);
  Object.assign(truth, { data, nt: 48, errors: { a: () => 0.1, b: () => 0.2 } });
  const scan = scanOf(data, randomMask(60, 0.5, 3), 48);
  for (const method of ['auto', 'a']) {
    const begun = performance.now();
    const { timings, heldOut } = (await reconstruct(scan, { method }).result()).manifest;
    const whole = (performance.now() - begun) / 1e3;
    const table = heldOut!.table ?? [];
    t.true(timings.trialSeconds > 0 && timings.trialSeconds >= table.reduce((sum, { seconds = 0 }) => sum + seconds, 0));
    t.true(timings.totalSeconds > timings.trialSeconds && timings.totalSeconds <= whole);
  }
});

test.serial('the hidden error is near the true one, and told with every run of such data', async (t) => {
  const data = section([1, 160, 48], [{ t0: 20, p2: 0.3, f: 0.1 }]);
  const live = randomMask(160, 0.5, 3);
  const a: Error = (_, trace, s) => 0.3 * data[trace * 48 + s] * Math.cos(trace * 1.7);
  Object.assign(truth, { data, nt: 48, errors: { a } });
  const scan = scanOf(data, live, 48);
  const { volume, manifest } = await reconstruct(scan, { method: 'a' }).result();
  let [error, signal] = [0, 0];
  for (let n = 0; n < data.length; n++) {
    if (live[Math.floor(n / 48)]) continue;
    error += (volume.data[n] - data[n]) ** 2;
    signal += data[n] ** 2;
  }
  t.true(Math.abs(manifest.heldOut!.snr - -10 * Math.log10(error / signal)) < 1);
  const silent = await reconstruct(scan, { method: 'a', holdOut: false }).result();
  t.is(silent.manifest.heldOut, null);
  t.deepEqual(silent.volume.data, volume.data);
});

test.serial('candidates may be named; an unknown one, and data that cannot be judged, are refused', async (t) => {
  const data = section([1, 40, 48], [{ t0: 20, p2: 0.3, f: 0.1 }]);
  Object.assign(truth, { data, nt: 48, errors: { a: () => 0, b: () => 1 } });
  const scan = scanOf(data, randomMask(40, 0.5, 3), 48);
  const run = (candidates: string) => reconstruct(scan, { method: 'auto', methodOptions: { candidates } }).result();
  t.deepEqual((await run('b')).manifest.heldOut!.chosen, [{ method: 'b' }]);
  await t.throwsAsync(run('b,x'), { code: 'ARGUMENT', message: /auto does not know 'x'[\s\S]*a, b/ });
  const one = scanOf(
    data,
    Uint8Array.from({ length: 40 }, (_, k) => (k === 7 ? 1 : 0)),
    48,
  );
  await t.throwsAsync(reconstruct(one).result(), { code: 'ARGUMENT', message: /too few traces/ });
  // a method that was asked for is done all the same, and says that it was not judged
  const { manifest } = await reconstruct(one, { method: 'a' }).result();
  t.true(manifest.warnings.some((text) => /not judged/.test(text)));
});
