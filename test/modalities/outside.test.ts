import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import * as z from 'zod';
import { functionPrior } from '../../models/index.js';
import {
  createBackend,
  defineKind,
  defineModality,
  inUnitNorm,
  makeVolume,
  operators,
  readScan,
  readVolume,
  reconstruct,
  registerModality,
  slicesAlong,
  SlicewiseError,
  writeMeasurement,
  writtenData,
  type Backend,
  type DirectMethod,
  type LinearOperator,
  type Measurement,
  type ModalityKind,
  type Simulation,
  type Volume,
} from '../../src/index.js';
import { runCli } from '../../src/cli/program.js';
import { inFolder } from '../support/cli.js';
import { smallScan } from '../support/scans.js';

// ---- a modality as its users write it: traces of a survey, some of which are missing; public names alone ----

const traceKind = defineKind({
  name: 'mask.traces',
  title: 'Traces of a survey',
  axes: ['line', 'trace', 'sample'],
  dtype: 'float32',
  geometry: z.object({ shot: z.number().optional().describe('number of the shot') }),
  arrays: { mask: { axes: ['line', 'trace'], dtype: 'float32', what: '1 where a trace was recorded' } },
});

const options = z.strictObject({
  along: z.enum(['line', 'trace']).default('line').describe('axis along which slices for the prior follow one another'),
});
type Options = z.output<typeof options>;

const slicingOf = ({ shape }: Pick<Measurement, 'shape'>, { along }: Options) => slicesAlong(shape, along === 'line' ? 0 : 1);

/** y = m x, m 1 for every sample of a trace that was recorded. */
async function traceMask(scan: Pick<Measurement, 'shape' | 'arrays'>, given: Options, backend: Backend): Promise<LinearOperator> {
  const { space, pack } = slicingOf(scan, given);
  const mask = backend.field(space);
  const [lines, traces, samples] = scan.shape;
  const full = Float32Array.from({ length: lines * traces * samples }, (_, i) => scan.arrays!.mask.data[Math.floor(i / samples)]);
  await backend.write(mask, pack(full));
  const masked: LinearOperator['apply'] = (x, y) => backend.multiply(x, mask, y);
  return {
    ...{ name: 'mask.traces', domain: space, range: space, backend, coupling: 'slice' as const },
    ...{ apply: masked, adjoint: masked, normal: masked, norm: async () => 1 },
    bytes: () => ({ items: [{ what: 'mask', bytes: 4 * full.length }] }),
    dispose: () => mask.dispose(),
  };
}

/** Missing traces from the nearest recorded ones of their line. */
const nearest: DirectMethod<Options> = {
  schema: z.strictObject({ reach: z.int().positive().default(100).describe('traces looked at on either side') }),
  async run({ data, shape: [lines, traces, samples], arrays }, _, { methodOptions: { reach } }) {
    const out = new Float32Array(data.length);
    const { data: mask } = arrays!.mask;
    for (let line = 0; line < lines; line++) {
      for (let trace = 0; trace < traces; trace++) {
        for (let by = 0; by <= (reach as number); by++) {
          const from = [trace - by, trace + by].find((n) => n >= 0 && n < traces && mask[line * traces + n] === 1);
          if (from === undefined) continue;
          const at = (line * traces + from) * samples;
          out.set(data.subarray(at, at + samples), (line * traces + trace) * samples);
          break;
        }
      }
    }
    return { data: out, units: 'arbitrary', map: { scale: 1, offset: 0 } };
  },
};

const recorded = ({ arrays }: Measurement): number => arrays!.mask.data.reduce((sum, m) => sum + m, 0);

const traces: ModalityKind<Options> = {
  kind: traceKind,
  operator: ({ shape, arrays }, grid, backend, given) => traceMask({ shape: shape ?? grid.shape, arrays }, given, backend),
  method: 'nearest',
  direct: { nearest },
  slicing: (scan, _, given) => slicingOf(scan, given),
  units: () => 'arbitrary',
  check(scan) {
    if (recorded(scan) > 0) return;
    throw new SlicewiseError('GEOMETRY', { message: 'no trace was recorded' });
  },
  async normalise(scan, _, backend, { options: given }) {
    const operator = await traceMask(scan, given, backend);
    const { space, pack } = slicingOf(scan, given);
    const y = await writtenData({ ...scan, shape: space.shape, data: pack(scan.data) }, operator);
    const largest = scan.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return inUnitNorm(operator, y, { norm: 1, scale: largest, source: 'the largest amplitude ↔ 1', units: 'arbitrary' });
  },
  facts: (scan) => ({
    rows: [['traces', `${recorded(scan)} of ${scan.shape[0] * scan.shape[1]} recorded`]],
    json: { recorded: recorded(scan) },
    values: 'amplitudes',
  }),
  warnings: (scan) => (recorded(scan) < 3 ? ['hardly any trace was recorded'] : []),
  figures: ({ shape: [lines, count] }) => [
    {
      svg: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${count} ${lines}"/>`,
      width: 90,
      height: 30,
      alt: 'recorded traces',
      caption: 'recorded traces: lines downwards',
    },
  ],
  keep: (scan) => ({ headers: scan.meta.headers }),
};

/** Traces of a whole survey are lost: every `every`-th, from the first on. */
const simulated = z.strictObject({
  every: z.int().min(2).default(3).describe('one trace of so many is lost'),
});
const simulation: Simulation<'dip', typeof simulated> = {
  summary: 'Loses traces of a survey.',
  source: 'a file of [line, trace, sample], or survey:dip',
  examples: ['simulate survey survey:dip -o scan.h5 --every 4'],
  schema: simulated,
  words: { object: 'the whole survey', grid: 'also write the whole survey' },
  named(path) {
    if (!path.startsWith('survey:')) return undefined;
    if (path === 'survey:dip') return 'dip';
    throw new SlicewiseError('ARGUMENT', { message: 'unknown survey', expected: 'survey:dip', got: path });
  },
  check(source, { every }) {
    if (every <= whole(source).shape[1]) return;
    throw new SlicewiseError('ARGUMENT', {
      message: 'every',
      expected: 'no more than there are traces',
      got: `${every}`,
    });
  },
  async run(source, { every }, { progress }) {
    const { data, shape, axes: along } = whole(source);
    const [lines, count, samples] = shape;
    const mask = Float32Array.from({ length: lines * count }, (_, i) => ((i % count) % every === 0 ? 0 : 1));
    progress?.(lines, lines);
    return {
      ...{ kind: 'mask.traces', shape, dtype: 'float32', geometry: {}, noise: { type: 'none' } },
      data: data.map((v, i) => v * mask[Math.floor(i / samples)]),
      grid: { shape, axes: along, units: 'arbitrary', modality: 'other' },
      arrays: { mask: { data: mask, shape: [lines, count], dtype: 'float32' } },
      meta: { warnings: ['what was lost is known only to whoever lost it'] },
    };
  },
  object: whole,
  describe: (scan) => `, ${recorded(scan)} traces left`,
};

/** What is simulated from. */
function whole(source: Volume | 'dip'): Volume {
  if (source !== 'dip') return source;
  const { scan, truth } = survey();
  return makeVolume(truth, scan.shape, { axes: scan.grid.axes });
}

registerModality(
  defineModality({
    name: 'survey',
    title: 'survey',
    images: ['amplitudes'],
    options,
    elsewhere: { along: 'lines and traces belong to surveys' },
    kinds: [traces],
    simulation,
  }),
);

// ---- and what then works with it ----

const [LINES, TRACES, SAMPLES] = [6, 24, 40];

/** A dipping event, the same on every line but for its time; every third trace is missing, another one on every line. */
function survey(): { scan: Measurement; truth: Float32Array } {
  const truth = new Float32Array(LINES * TRACES * SAMPLES);
  const data = new Float32Array(truth.length);
  const mask = new Float32Array(LINES * TRACES);
  for (let line = 0; line < LINES; line++) {
    for (let trace = 0; trace < TRACES; trace++) {
      mask[line * TRACES + trace] = (trace + line) % 3 === 1 ? 0 : 1;
      for (let sample = 0; sample < SAMPLES; sample++) {
        const at = (line * TRACES + trace) * SAMPLES + sample;
        truth[at] = 500 * Math.exp(-(((sample - 8 - 0.6 * trace - line) / 3) ** 2));
        data[at] = truth[at] * mask[line * TRACES + trace];
      }
    }
  }
  const scan: Measurement = {
    kind: 'mask.traces',
    data,
    shape: [LINES, TRACES, SAMPLES],
    dtype: 'float32',
    geometry: { shot: 7 },
    noise: { type: 'none' },
    grid: {
      shape: [LINES, TRACES, SAMPLES],
      axes: [
        { name: 'line', unit: '', step: 1 },
        { name: 'trace', unit: 'm', step: 12.5 },
        { name: 'sample', unit: 'ms', step: 4 },
      ],
      units: 'arbitrary',
      modality: 'other',
    },
    arrays: { mask: { data: mask, shape: [LINES, TRACES], dtype: 'float32' } },
    meta: { headers: 'kept' },
  };
  return { scan, truth };
}

const errorOf = (image: ArrayLike<number>, truth: Float32Array): number => {
  const squares = truth.reduce((sum, value, i) => sum + (value - image[i]) ** 2, 0);
  return Math.sqrt(squares / truth.reduce((sum, value) => sum + value * value, 0));
};

async function cli(line: string, folder: string): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal = { out: (s: string) => void out.push(s), note: (s: string) => void err.push(s), interactive: false };
  const args = line.split(' ').map((word) => word.replace('@', `${folder}/`));
  const code = await runCli(args, terminal, () => new AbortController().signal);
  return { code, out: out.join('\n'), err: err.join('\n') };
}

const withScan = (work: (folder: string, truth: Float32Array) => Promise<void>): Promise<void> =>
  inFolder(async (folder) => {
    const { scan, truth } = survey();
    writeFileSync(join(folder, 'scan.h5'), await writeMeasurement('scan.h5', scan));
    await work(folder, truth);
  });

test('info tells what the kind and its modality say', (t) =>
  withScan(async (folder) => {
    const told = await cli('info @scan.h5', folder);
    t.is(told.code, 0, told.err);
    t.regex(told.out, /data +6 × 24 × 40 \(line, trace, sample\)/);
    t.regex(told.out, /traces +96 of 144 recorded/);
    t.regex(told.out, /values .*\(amplitudes\)/);
    t.regex(told.out, /shot +7/);
    t.notRegex(told.out, / mm/);
    const json = JSON.parse((await cli('info @scan.h5 --json', folder)).out) as { recorded: number; kind: string };
    t.like(json, { recorded: 96, kind: 'mask.traces' });
  }));

test('without a method the modality’s own is done; the command line has its options', (t) =>
  withScan(async (folder, truth) => {
    const run = await cli('recon @scan.h5 -o @out.npy', folder);
    t.is(run.code, 0, run.err);
    t.regex(run.out, /nearest in/);
    t.notRegex(run.out, / mm/);
    const bytes = readFileSync(join(folder, 'out.npy'));
    const image = new Float32Array(Uint8Array.from(bytes.subarray(bytes.length - 4 * truth.length)).buffer);
    const missing = errorOf(survey().scan.data, truth);
    t.true(errorOf(image, truth) < 0.6 * missing, `${errorOf(image, truth)} of ${missing}`);
    const help = await cli('recon --help all', folder);
    const words = help.out.replace(/\s+/g, ' ');
    t.regex(words, /--along <line\|trace>[\s\S]*survey: axis along which slices[\s\S]*\(default line\)/);
    t.regex(words, /--reach <n>.*\[nearest; default 100\]/);
    t.regex(words, /nearest for survey/);
  }));

test('ADMM-TV and a report: facts, noise, the option and the figure of the modality', (t) =>
  withScan(async (folder) => {
    const line = 'recon @scan.h5 -o @out.npy --method admm-tv --iterations 30 --lambda 1e-3 --along trace --report @out.html';
    const run = await cli(line, folder);
    t.is(run.code, 0, run.err);
    const html = readFileSync(join(folder, 'out.html'), 'utf8');
    t.regex(html, /<th>traces<\/th><td[^>]*>96 of 144 recorded/);
    t.regex(html, /alt="recorded traces"/);
    t.regex(html, /along trace/);
  }));

test('slices along another axis give the same image where the method couples none', async (t) => {
  const { scan } = survey();
  const image = async (along: 'line' | 'trace'): Promise<Float32Array> => {
    const run = reconstruct(scan, { method: 'cgls', methodOptions: { iterations: 4 }, ...{ along } });
    return (await run.result()).volume.data as Float32Array;
  };
  // of a mask CGLS ends after one step, with the data themselves
  const [lines, crossed] = [await image('line'), await image('trace')];
  t.true(errorOf(crossed, lines) < 1e-6);
  t.true(errorOf(lines, scan.data) < 1e-6);
});

test('DDS with a prior that is a plain function, in slices along either axis', async (t) => {
  const { scan, truth } = survey();
  const prior = functionPrior({
    name: 'smooth',
    range: { unit: 'arbitrary', low: -1, high: 1 },
    sigma: [0.001, 10],
    // the mean along the dip would need to know it; one over neighbours in both directions is a denoiser too
    denoise: async (images, [, rows, columns], sigma) =>
      images.map((value, i) => {
        const [r, c] = [Math.floor(i / columns) % rows, i % columns];
        const around = [r > 0 ? -columns : 0, r < rows - 1 ? columns : 0, c > 0 ? -1 : 0, c < columns - 1 ? 1 : 0];
        const mean = around.reduce((sum, by) => sum + images[i + by], value) / 5;
        return value + (sigma ** 2 / (sigma ** 2 + 0.02 ** 2)) * (mean - value);
      }),
  });
  const backend = createBackend({ workers: 1 });
  try {
    const missing = errorOf(scan.data, truth);
    for (const along of ['line', 'trace'] as const) {
      const run = reconstruct(scan, {
        method: 'dds',
        methodOptions: { steps: 30 },
        prior,
        seed: 1,
        backend,
        ...{ along },
      });
      const { volume, manifest } = await run.result();
      t.true(errorOf(volume.data, truth) < 0.75 * missing, `${along}: ${errorOf(volume.data, truth)} of ${missing}`);
      t.like(manifest, { prior: { name: 'smooth' }, method: { options: { along } } });
      t.is(volume.meta.headers, 'kept');
    }
  } finally {
    await backend.dispose();
  }
});

test('simulate NAME of the modality: a named thing or a file, its options, the scan and what was scanned', (t) =>
  inFolder(async (folder) => {
    const { truth, scan: given } = survey();
    const made = await cli('simulate survey survey:dip -o @scan.h5 --every 4 --object @whole.npz', folder);
    t.is(made.code, 0, made.err);
    t.regex(made.out, /scan\.h5: mask\.traces, data 6 × 24 × 40, 108 traces left/);
    t.regex(made.out, /whole\.npz: the whole survey/);
    t.regex(made.err, /warning: what was lost is known only/);
    const read = async (name: string) => readScan([{ name, bytes: readFileSync(join(folder, name)) }]);
    const { data, arrays } = await read('scan.h5');
    const lost = (i: number): boolean => Math.floor(i / SAMPLES) % 4 === 0; // 24 traces a line: no line begins elsewhere
    t.deepEqual(
      data,
      truth.map((v, i) => (lost(i) ? 0 : v)),
    );
    t.true(arrays!.mask.data.every((m, i) => m === (i % 4 === 0 ? 0 : 1)));
    const volume = await readVolume([{ name: 'whole.npz', bytes: readFileSync(join(folder, 'whole.npz')) }]);
    t.deepEqual([volume.data, volume.axes], [truth, given.grid.axes]);

    // the file that was written is scanned alike, with the default
    const again = await cli('simulate survey @whole.npz -o @again.h5', folder);
    t.is(again.code, 0, again.err);
    t.is(recorded(await read('again.h5')), (2 / 3) * LINES * TRACES);

    const wrong: [line: string, message: RegExp][] = [
      ['simulate survey survey:dome -o @x.h5', /unknown survey; expected survey:dip/],
      ['simulate survey survey:dip -o @x.h5 --every 1', /every.*1/],
      ['simulate survey survey:dip -o @x.h5 --every 25', /no more than there are traces/],
      ['simulate survey survey:dip -o @x.h5 --photons 1e5', /unknown option '--photons'/],
    ];
    for (const [line, message] of wrong) {
      const { code, err } = await cli(line, folder);
      t.not(code, 0, line);
      t.regex(err, message);
    }
    t.false(existsSync(join(folder, 'x.h5')));
    const { out } = await cli('simulate survey --help', folder);
    t.regex(out, /Loses traces of a survey[\s\S]*--every <n>[\s\S]*default 3/);
  }));

test('the operator of the kind is built as the options of the modality say, by default as they are by default', async (t) => {
  const { scan } = survey();
  const backend = createBackend({ workers: 0 });
  const shapes = [];
  for (const given of [undefined, { along: 'trace' }]) {
    const operator = await operators.get('mask.traces')(scan, scan.grid, backend, given);
    shapes.push(operator.domain.shape);
    operator.dispose();
  }
  await backend.dispose();
  t.deepEqual(shapes, [
    [LINES, TRACES, SAMPLES],
    [TRACES, LINES, SAMPLES],
  ]);
});

test('wrong options are refused in words of the data at hand', (t) =>
  withScan(async (folder) => {
    const { scan } = await smallScan(2, 24, 8);
    writeFileSync(join(folder, 'ct.h5'), await writeMeasurement('ct.h5', scan));
    const wrong: [line: string, message: RegExp][] = [
      ['recon @scan.h5 -o @o.npy --coils 4', /coils is not for these data: coils belong to MR.*mask\.traces/],
      ['recon @scan.h5 -o @o.npy --weights counts', /weights is not for these data: photon counts belong to CT/],
      ['recon @scan.h5 -o @o.npy --clockwise', /--clockwise is for projections.*mask\.traces/],
      ['recon @scan.h5 -o @o.npy --zero-coils drop', /--zero-coils is not for these data: it belongs to MR/],
      ['recon @scan.h5 -o @o.npy --size 4x4', /the image of these data lies where they were measured/],
      ['recon @scan.h5 -o @o.npy --method fbp', /fbp is not for this kind of data.*expected nearest, or an iterative method/],
      ['recon @scan.h5 -o @o.npy --complex', /survey images are real/],
      ['recon @scan.h5 -o @o.npy --method dds --prior ct', /prior 'ct' does not fit these data.*a prior of amplitudes images.*CT in HU/],
      ['recon @ct.h5 -o @o.npy --along line', /along is not for these data: lines and traces belong to surveys/],
      ['recon @ct.h5 -o @o.npy --method nearest', /nearest is not for this kind of data.*expected fbp, fdk/],
      ['geometry @scan.h5 -o @g.svg', /no scanner to draw.*mask\.traces/],
    ];
    for (const [line, message] of wrong) {
      const { code, err } = await cli(line, folder);
      t.not(code, 0, line);
      t.regex(err, message);
    }
    await t.throwsAsync(readScan([{ name: 's.h5', bytes: readFileSync(join(folder, 'scan.h5')) }], { maps: [] }), {
      message: /--maps is not for these data: it belongs to MR/,
    });
    const misspelt = reconstruct(survey().scan, { method: 'cgls', ...{ alongg: 'line' } }).result();
    await t.throwsAsync(misspelt, { code: 'ARGUMENT', message: /no option 'alongg'.*along/ });
  }));
