import { readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { bytesSource } from '../../volumes/byte-source.js';
import { encodeSegy, findGeometry, openSegy, readWindow } from '../../volumes/formats/segy/index.js';
import { functionPrior } from '../../models/index.js';
import { createBackend } from '../../src/index.js';
import { openLargeScan } from '../../src/engine/windows/open-large.js';
import { reconstructWindows } from '../../src/engine/windows/reconstruct-windows.js';
import { inFolder, listing, slicewise } from '../support/cli.js';
import { relative, section } from '../support/seismic.js';
import { isLive, sparseSample, writeSparseSurvey, type SparseSurvey } from '../support/sparse-survey.js';

const [LINES, TRACES, SAMPLES] = [14, 40, 64];

/** Two dipping events on a grid of traces, as SEG-Y of IEEE floats. */
async function cube(): Promise<Uint8Array> {
  const events = [
    { t0: 15, p1: 0.4, p2: 0.3, f: 0.09 },
    { t0: 50, p1: -0.3, p2: -0.5, f: 0.07, size: 0.6 },
  ];
  const axes = [
    { name: 'inline' as const, first: 100, step: 1, count: LINES },
    { name: 'crossline' as const, first: 301, step: 1, count: TRACES },
  ];
  const samples = section([LINES, TRACES, SAMPLES], events);
  const array = { axes, vertical: { domain: 'time' as const, first: 0, step: 4, count: SAMPLES }, samples };
  const pieces: Uint8Array[] = [];
  for await (const piece of encodeSegy(array, { format: 'ieee', revision: 1 })) pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces));
}

const samplesOf = async (path: string) => {
  const file = await openSegy(bytesSource(new Uint8Array(readFileSync(path))));
  const geometry = await findGeometry(file);
  return { ...(await readWindow(file, geometry)), counts: geometry.counts };
};

test('a survey cut along lines and traces comes near the whole one, the same bytes for any workers, measured traces untouched', (t) =>
  inFolder(async (folder) => {
    const at = (name: string): string => join(folder, name);
    writeFileSync(at('cube.sgy'), await cube());
    await slicewise(folder, ['simulate', 'seismic', 'cube.sgy', '-o', 'gappy.sgy', '--missing', '0.4', '--seed', '2']);
    const recon = 'recon gappy.sgy --method slope --hold-out off'.split(' ');
    const run = async (output: string, ...more: string[]): Promise<string> => {
      const { code, err, out } = await slicewise(folder, [...recon, '-o', output, ...more]);
      t.is(code, 0, err);
      return `${err}\n${out}`;
    };
    await run('whole.sgy');
    const cut = ['--windows', '9x24', '--overlap', '3'];
    const told = await run('full.sgy', ...cut, '--workers', '0', '--json', 'run.json', '--report', 'out.html');
    t.regex(told, /14 × 40 × 64 in 4 windows of 9 × 22 × 64, overlap 4 × 4/);
    t.regex(told, /224 traces in 4 windows written into a copy of gappy\.sgy; slope/);
    await run('again.sgy', ...cut, '--workers', '2');
    t.deepEqual(readFileSync(at('again.sgy')), readFileSync(at('full.sgy')));
    const { method, measurement } = JSON.parse(readFileSync(at('run.json'), 'utf8')) as {
      method: { options: { windows: object } };
      measurement: { shape: number[] };
    };
    t.deepEqual(method.options.windows, {
      ...{ size: [9, 22], overlap: [4, 4], count: [2, 2], made: 4 },
      asked: { size: [9, 24], overlap: 3 },
    });
    t.deepEqual(measurement.shape, [LINES, TRACES, SAMPLES]);
    t.regex(readFileSync(at('out.html'), 'utf8'), /the window of lines \d+ to \d+, traces \d+ to \d+/);
    const [truth, gappy, whole, full] = await Promise.all(['cube', 'gappy', 'whole', 'full'].map((name) => samplesOf(at(`${name}.sgy`))));
    t.is(full.counts.interpolated, 224);
    gappy.live.forEach((live, trace) => {
      const part = (data: Float32Array): Float32Array => data.subarray(trace * SAMPLES, (trace + 1) * SAMPLES);
      if (live) t.deepEqual(part(full.data), part(truth.data));
    });
    t.true(relative(full.data, truth.data) < 1.15 * relative(whole.data, truth.data) + 0.01);
    t.deepEqual(listing(folder), ['again.sgy', 'cube.sgy', 'full.sgy', 'gappy.sgy', 'out.html', 'out.png', 'run.json', 'whole.sgy']);
  }));

test('auto chooses once, by traces hidden in windows, and its choice is done in all of them', (t) =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'cube.sgy'), await cube());
    await slicewise(folder, ['simulate', 'seismic', 'cube.sgy', '-o', 'gappy.sgy', '--missing', '0.4', '--seed', '2']);
    const line = 'recon gappy.sgy -o full.sgy --windows 8 --candidates linear,slope --method auto --json run.json';
    const { code, err, out } = await slicewise(folder, line.split(' '));
    t.is(code, 0, err);
    t.regex(out, /tried on hidden traces: (slope|linear) [-\d.]+ dB/);
    const { heldOut } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as { heldOut: { table: object[] } };
    t.is(heldOut.table.length, 2);
    t.is((await samplesOf(join(folder, 'full.sgy'))).counts.interpolated, 224);
  }));

test('in windows, too, a prior does not end below the interpolations that it is shown', (t) =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'cube.sgy'), await cube());
    await slicewise(folder, ['simulate', 'seismic', 'cube.sgy', '-o', 'gappy.sgy', '--missing', '0.4', '--seed', '2']);
    const scan = await openLargeScan({ ...bytesSource(new Uint8Array(readFileSync(join(folder, 'gappy.sgy')))), name: 'gappy.sgy' });
    // it answers with nothing at all
    const prior = functionPrior({
      ...{ name: 'silent', range: { unit: 'arbitrary', low: 0, high: 1 }, sigma: [0.01, 2] as const, scope: 'volume' as const },
      guide: { kind: 'interpolations', planes: 5, start: { plane: 2, noise: false } },
      denoise: (images) => images.map(() => 0),
    });
    const backend = createBackend({ workers: 0 });
    const sink = { write: () => Promise.resolve() };
    const { manifest } = await reconstructWindows(scan, sink, { method: 'dds', prior, backend, windows: { size: [8] } });
    await backend.dispose();
    const { chosen = [], table = [] } = manifest.heldOut!;
    t.deepEqual(table.map(({ method }) => method).sort(), ['dds', 'linear', 'pocs', 'slope']);
    t.false(chosen.some(({ method }) => method === 'dds'));
    t.true(manifest.warnings.some((text) => /which is what was done; dds alone predicts them with -?0\.\d dB/.test(text)));
  }));

test('a survey of 400 MB is done in less memory than it has bytes; what lies in windows without data is left', (t) =>
  inFolder(async (folder) => {
    const survey: SparseSurvey = { lines: 1, traces: 6200, samples: 16_000, block: { start: [0, 3000], count: [1, 60] } };
    const size = await writeSparseSurvey(join(folder, 'sparse.sgy'), survey);
    t.true(size > 390e6);
    const line = 'recon sparse.sgy -o full.sgy --method linear --memory 350MB --windows 96 --hold-out off --workers 0 --json run.json';
    const { code, err, out } = await slicewise(folder, line.split(' '));
    t.is(code, 0, err);
    t.regex(out, /copy of sparse\.sgy/);
    const { peakBytes, warnings } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as { peakBytes: number; warnings: string[] };
    t.true(peakBytes < size, `${peakBytes} bytes at the peak`);
    t.true(warnings.some((text) => /\d+ missing rows lie in windows in which nothing was measured/.test(text)));
    const file = await open(join(folder, 'full.sgy'));
    try {
      t.is((await file.stat()).size, size);
      const read = async (trace: number): Promise<Float32Array> => {
        const bytes = Buffer.alloc(4 * survey.samples);
        await file.read(bytes, 0, bytes.length, 3600 + trace * (240 + bytes.length) + 240);
        return Float32Array.from({ length: survey.samples }, (_, n) => bytes.readFloatBE(4 * n));
      };
      const truth = (trace: number): Float32Array =>
        Float32Array.from({ length: survey.samples }, (_, n) => sparseSample(0, trace, n, survey.samples));
      t.deepEqual(await read(3010), truth(3010));
      t.false(isLive(survey, 0, 3011));
      t.true(relative(await read(3011), truth(3011)) < 0.01);
      t.true((await read(10)).every((v) => v === 0));
    } finally {
      await file.close();
    }
  }));

test('what windows cannot do is refused before any work, and nothing is left', (t) =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'cube.sgy'), await cube());
    await slicewise(folder, ['simulate', 'seismic', 'cube.sgy', '-o', 'gappy.sgy', '--missing', '0.4']);
    const wrong: [line: string, message: RegExp][] = [
      ['recon gappy.sgy -o o.npz --windows 8', /write into a copy of the input/],
      ['recon gappy.sgy -o o.sgy --windows eight', /--windows.*96x256/],
      ['recon gappy.sgy -o o.sgy --memory much', /--memory.*4GB/],
      ['recon gappy.sgy -o o.sgy --windows 8 --overlap 5 --method linear', /overlap at most a third/],
      ['recon gappy.sgy -o o.sgy --memory 100MB --method linear', /windows fit into memory/],
      ['recon gappy.sgy -o o.sgy --windows 8 --tune rank --method rank-reduction', /--tune needs the whole survey/],
      ['recon cube.sgy -o o.sgy --windows 8 --method linear --hold-out off', /nothing is missing/],
      ['recon gappy.sgy -o o.sgy --windows 8 --method cgls --support s.npz', /--support needs the whole survey/],
      ['recon gappy.sgy -o o.sgy --windows 8 --method cgls --unmeasured prior', /--unmeasured needs the whole survey/],
      ['recon gappy.sgy -o o.sgy --windows 8 --method linear --complex', /--complex needs the whole survey/],
      ['recon gappy.sgy -o o.sgy --windows 8 --method linear --size 8x8x8', /--size is not for files read in windows/],
      ['recon gappy.sgy -o o.sgy --windows 8 --prior seismic-2d', /auto uses no prior/],
      ['recon gappy.sgy -o o.npz --method dds --prior seismic-2d --sections both --samples 2', /several runs/],
    ];
    for (const [line, message] of wrong) {
      const { code, err } = await slicewise(folder, line.split(' '));
      t.not(code, 0, line);
      t.regex(err, message, line);
    }
    t.deepEqual(listing(folder), ['cube.sgy', 'gappy.sgy']);
  }));

test('where nothing is missing nothing is judged and nothing written', async (t) => {
  const scan = await openLargeScan({ ...bytesSource(await cube()), name: 'cube.sgy' });
  let [written, hidden] = [0, 0];
  const sink = { write: () => Promise.resolve(void written++) };
  const counted = { ...scan, hide: (asked: Parameters<typeof scan.hide>[0]) => (hidden++, scan.hide(asked)) };
  const backend = createBackend({ workers: 0 });
  await t.throwsAsync(reconstructWindows(counted, sink, { method: 'linear', backend, windows: { size: [8] } }), {
    message: /nothing is missing/,
  });
  await backend.dispose();
  t.deepEqual([written, hidden], [0, 0]);
});

test('the manifest of windows has the seed of the run and the cut as it was asked for', (t) =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'cube.sgy'), await cube());
    await slicewise(folder, ['simulate', 'seismic', 'cube.sgy', '-o', 'gappy.sgy', '--missing', '0.4']);
    const line = 'recon gappy.sgy -o o.sgy --windows 8x20 --overlap 2 --method linear --hold-out off --seed 7 --json run.json';
    const { code, err } = await slicewise(folder, line.split(' '));
    t.is(code, 0, err);
    const { seed, method } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as {
      seed: number;
      method: { options: { windows: { asked: object } } };
    };
    t.is(seed, 7);
    t.like(method.options.windows.asked, { size: [8, 20], overlap: 2 });
  }));
