import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { bytesSource } from '../../volumes/byte-source.js';
import { encodeSegy, findGeometry, openSegy, readWindow, type SampleFormatChoice } from '../../volumes/formats/segy/index.js';
import { inFolder, listing, slicewise } from '../support/cli.js';
import { section } from '../support/seismic.js';

const [LINES, TRACES, SAMPLES] = [3, 40, 96];

/** Two dipping events on three inlines, as a SEG-Y file of a sample format. */
async function cube(format: SampleFormatChoice = 'ibm', scale = 1000): Promise<Uint8Array> {
  const events = [
    { t0: 25, p1: 0.4, p2: 0.3, f: 0.09 },
    { t0: 70, p1: -0.3, p2: -0.5, f: 0.07, size: 0.6 },
  ];
  const samples = section([LINES, TRACES, SAMPLES], events).map((v) => Math.round(scale * v));
  const axes = [
    { name: 'inline' as const, first: 100, step: 2, count: LINES },
    { name: 'crossline' as const, first: 301, step: 1, count: TRACES },
  ];
  const array = { axes, vertical: { domain: 'time' as const, first: 0, step: 4, count: SAMPLES }, samples };
  const pieces: Uint8Array[] = [];
  for await (const piece of encodeSegy(array, {
    format,
    revision: 1,
    coordinates: {
      origin: [1000, 2000],
      steps: [
        [0, 25],
        [12.5, 0],
      ],
    },
  }))
    pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces));
}

const opened = async (bytes: Uint8Array) => {
  const file = await openSegy(bytesSource(bytes));
  const geometry = await findGeometry(file);
  return { file, geometry, ...(await readWindow(file, geometry)) };
};

/** Headers and samples of a trace, byte for byte. */
const traceBytes = (bytes: Uint8Array, { start, traceBytes: length }: { start: number; traceBytes: number }, n: number) =>
  bytes.subarray(start + n * length, start + (n + 1) * length);

for (const format of ['ibm', 'int16', 'ieee'] as const) {
  test(`SEG-Y in, SEG-Y out (${format}): measured traces byte for byte, new ones coded and near the truth`, (t) =>
    inFolder(async (folder) => {
      const whole = await cube(format);
      writeFileSync(join(folder, 'cube.sgy'), whole);
      const made = await slicewise(folder, ['simulate', 'seismic', 'cube.sgy', '-o', 'gappy.sgy', '--missing', '0.4', '--seed', '2']);
      t.is(made.code, 0, made.err);
      t.regex(made.out, /72 of 120 traces live/);
      const told = await slicewise(folder, ['info', 'gappy.sgy']);
      t.regex(told.out, /^data +3 × 40 × 96 \(line, trace, sample\)$/m);
      t.regex(told.out, /^inline +100 to 104 in steps of 2 \(3\), bytes 189-192$/m);
      t.regex(told.out, /^live traces +72 of 120 \(40\.0 % missing: irregularly\)$/m);
      t.regex(told.out, /48 of 120 positions count as missing: 48 dead by their code/);
      t.regex(told.out, /^image +inline: 3 from 100 to 104, step 2; crossline: 40 from 301 to 340, step 1; time: 96 from 0 to 380 ms/m);
      const run = await slicewise(folder, [
        'recon',
        'gappy.sgy',
        '-o',
        'full.sgy',
        '--method',
        'slope',
        '--report',
        'out.html',
        '--json',
        'run.json',
      ]);
      t.is(run.code, 0, run.err);
      t.regex(run.out, /judged without truth: \d+ of 72 traces hidden \(2 trials\), predicted with [\d.]+ dB/);
      const gappy = new Uint8Array(readFileSync(join(folder, 'gappy.sgy')));
      const full = new Uint8Array(readFileSync(join(folder, 'full.sgy')));
      const [before, after] = [await opened(gappy), await opened(full)];
      t.deepEqual(after.geometry.axes, before.geometry.axes);
      t.is(after.geometry.counts.interpolated, 48);
      for (let n = 0; n < LINES * TRACES; n++) {
        if (before.live[n]) t.deepEqual(traceBytes(full, after.file, n), traceBytes(whole, after.file, n), `trace ${n}`);
      }
      const compared = await slicewise(folder, ['compare', 'full.sgy', 'cube.sgy', '--json', '-', '--report', 'cmp.html']);
      const { snr, snrOf } = JSON.parse(compared.out) as { snr: number; snrOf: { [part: string]: number } };
      t.true(snrOf['interpolated traces'] > 12, compared.out);
      t.true(snr > snrOf['interpolated traces'] + 2);
      const { heldOut } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as { heldOut: { snr: number } };
      t.true(heldOut.snr > 5);
      t.regex(readFileSync(join(folder, 'out.html'), 'utf8'), /measured traces in white[\s\S]*Judged by hidden measurements/);
      const page = readFileSync(join(folder, 'cmp.html'), 'utf8');
      t.regex(page, /error, inline × time[\s\S]*f-k spectrum of the result[\s\S]*f-k spectrum of result − reference/);
      t.deepEqual(listing(folder), ['cmp.html', 'cube.sgy', 'full.sgy', 'gappy.sgy', 'out.html', 'out.png', 'run.json']);
    }));
}

test('without a method all are tried on hidden traces, and the choice is told', (t) =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'cube.sgy'), await cube());
    await slicewise(folder, ['simulate', 'seismic', 'cube.sgy', '-o', 'gappy.h5', '--pattern', 'regular', '--object', 'truth.npz']);
    const line = 'recon gappy.h5 -o full.npz --candidates linear,slope,predict --json run.json'.split(' ');
    const run = await slicewise(folder, [...line, '--method', 'auto']);
    t.is(run.code, 0, run.err);
    t.regex(run.out, /tried on hidden traces: (slope|linear|predict) [-\d.]+ dB \([\d.]+ s\), /);
    t.regex(run.out, /chosen: (slope|linear|predict)/);
    const { heldOut, method } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as {
      heldOut: { table: { method: string }[]; chosen: { method: string }[] };
      method: { name: string };
    };
    t.is(heldOut.table.length, 3);
    t.is(method.name, heldOut.chosen[0].method);
    const compared = await slicewise(folder, ['compare', 'full.npz', 'truth.npz']);
    t.is(compared.code, 0, compared.err);
  }));

test('an SU file, and plain arrays with a mask or with zero traces, are traces as well', (t) =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'cube.sgy'), await cube('ieee'));
    const su = await slicewise(folder, ['simulate', 'seismic', 'cube.sgy', '-o', 'gappy.su', '--pattern', 'gap', '--gap', '6']);
    t.is(su.code, 0, su.err);
    const full = await slicewise(folder, ['recon', 'gappy.su', '-o', 'full.su', '--method', 'linear', '--hold-out', 'off']);
    t.is(full.code, 0, full.err);
    t.notRegex(full.out, /judged/);
    const told = await slicewise(folder, ['info', 'full.su']);
    t.regex(told.out, /Seismic Unix[\s\S]*120 of 120/);
    await slicewise(folder, ['simulate', 'seismic', 'cube.sgy', '-o', 'gappy.h5', '--missing', '0.3']);
    await slicewise(folder, ['recon', 'gappy.h5', '-o', 'zero.npz', '--method', 'cgls', '--iterations', '1', '--hold-out', 'off']);
    const plain = await slicewise(folder, [
      'info',
      'zero.npz',
      '--as',
      'scan',
      '--kind',
      'seismic.traces',
      '--dataset',
      'data',
      '--interval',
      '4',
    ]);
    t.is(plain.code, 0, plain.err);
    t.regex(plain.out, /36 of 120 traces are zero throughout and count as missing/);
    t.regex(plain.out, /time: 96 from 0 to 380 ms, step 4 ms/);
  }));

test('what cannot be is refused, and nothing is left behind', (t) =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'cube.sgy'), await cube());
    const wrong: [line: string, message: RegExp][] = [
      ['simulate seismic cube.sgy -o g.sgy --missing 0.5 --gap 3', /--gap is for --pattern gap/],
      ['simulate seismic cube.sgy -o g.sgy --missing 0.001', /no trace would be missing/],
      [
        'recon cube.sgy -o o.sgy --method fbp',
        /fbp is not for this kind of data.*linear, slope, predict, pocs, rank-reduction, dip-net, auto/,
      ],
      ['recon cube.sgy -o o.sgy --coils 3', /coils is not for these data/],
      ['recon cube.sgy -o o.sgy --bytes inline=1000', /byte/i],
      ['recon cube.sgy -o o.sgy --numbers inlines=1:2', /--numbers.*axis=first:last:step/],
      ['recon cube.sgy -o o.sgy --method auto --candidates slope,kriging', /auto does not know 'kriging'/],
      ['recon cube.sgy -o o.sgy --hold-out 200%', /--hold-out.*a share such as 2%/],
      ['simulate ct cube.sgy -o o.sgy --views 3', /./],
    ];
    for (const [line, message] of wrong) {
      const { code, err } = await slicewise(folder, line.split(' '));
      t.not(code, 0, line);
      t.regex(err, message, line);
    }
    t.deepEqual(listing(folder), ['cube.sgy']);
  }));
