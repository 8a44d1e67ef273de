import test from 'ava';
import type { SlicewiseError } from '../../core/errors.js';
import { bytesSource } from '../../volumes/byte-source.js';
import { findGeometry, openSegy, readWindow, sniffSegy, type SegyOpenOptions } from '../../volumes/formats/segy/index.js';
import { encodeText } from '../../volumes/formats/segy/text-header.js';
import { openSu } from '../../volumes/formats/su/su.js';
import { asciiText, caseTrace, caseTraces, handMade, ibmWordExactly, sourceOf, type HandFile } from '../support/segy.js';

const putIbm: HandFile['put'] = {
  bytes: 4,
  set: (view, at, value, little) => view.setUint32(at, ibmWordExactly(value), little),
};

/** Opens, finds the grid and compares every sample with the formula of the cases. */
async function checkCase(t: import('ava').ExecutionContext, bytes: Uint8Array, options: SegyOpenOptions = {}) {
  const file = await openSegy(bytesSource(bytes), options);
  const geometry = await findGeometry(file);
  t.deepEqual(
    geometry.axes.map(({ first, step, count }) => [first, step, count]),
    [
      [100, 1, 6],
      [200, 1, 8],
      [0, 4, 50],
    ],
  );
  const { data } = await readWindow(file, geometry);
  for (let i = 0; i < 6; i++) {
    for (let j = 0; j < 8; j++) {
      const trace = data.subarray((i * 8 + j) * 50, (i * 8 + j + 1) * 50);
      const off = caseTrace(i, j).reduce((most, v, k) => Math.max(most, Math.abs(v - trace[k])), 0);
      t.true(off < 2e-4, `inline ${i}, crossline ${j}: ${off}`);
    }
  }
  return file;
}

const warned = (file: { warnings: readonly string[] }, pattern: RegExp): boolean => file.warnings.some((w) => pattern.test(w));
const traces = caseTraces();

test('both byte orders, IBM and IEEE, text in EBCDIC and ASCII', async (t) => {
  for (const little of [false, true]) {
    for (const [code, put] of [
      [1, putIbm],
      [5, undefined],
    ] as const) {
      for (const encoding of ['EBCDIC', 'ASCII'] as const) {
        const text = encodeText(new TextDecoder().decode(asciiText(['LINE 7', 'SECOND'])), encoding);
        const bytes = handMade({ traces, little, put, text, binary: { 3225: code } });
        t.true(sniffSegy(bytes.subarray(0, 3600)));
        const file = await checkCase(t, bytes);
        t.deepEqual([file.littleEndian, file.textEncoding, file.text[0].slice(0, 2)], [little, encoding, ['C 1 LINE 7', 'C 2 SECOND']]);
        t.deepEqual(file.warnings, []);
      }
    }
  }
});

test('the byte order constant of revision 2 decides, whatever the format code looks like', async (t) => {
  const bytes = handMade({ traces, little: true, binary: { 3501: 0x200 } });
  const view = new DataView(bytes.buffer);
  view.setUint32(3296, 0x01020304, true);
  const file = await checkCase(t, bytes);
  t.deepEqual([file.littleEndian, file.revision], [true, [2, 0]]);
  view.setUint32(3296, 0x02010403, false);
  view.setUint16(3224, 0x1234);
  await t.throwsAsync(openSegy(bytesSource(bytes)), { message: /pairwise swapped/ });
});

test('case 01: a revision field that holds rubbish is told and changes nothing', async (t) => {
  const file = await checkCase(t, handMade({ traces, binary: { 3501: 0x0002 } }));
  t.deepEqual(file.revision, [0, 0]);
  t.true(warned(file, /3501-3502 hold 0x0002/));
});

test('case 02: IEEE samples under an IBM code are doubted, and read right when the format is said; and the other way round', async (t) => {
  const ieee = handMade({ traces, binary: { 3225: 1 } });
  t.true(warned(await openSegy(bytesSource(ieee)), /code 1 \(IBM float\) can hardly be true/));
  t.deepEqual((await checkCase(t, ieee, { format: 'ieee' })).warnings, []);
  const ibm = handMade({ traces, put: putIbm, binary: { 3225: 5 } });
  t.true(warned(await openSegy(bytesSource(ibm)), /code 5 \(IEEE float\) can hardly be true/));
  t.deepEqual((await checkCase(t, ibm, { format: 'ibm' })).warnings, []);
});

test('case 03: intervals and sample counts that disagree are told, and what fits the file is used', async (t) => {
  const dt = await checkCase(t, handMade({ traces, binary: { 3217: 40000 } }));
  t.true(warned(dt, /intervals disagree: 40000 .* 4000 in the trace headers .* which is used/));
  const none = await checkCase(t, handMade({ traces, binary: { 3221: 0 } }));
  t.true(warned(none, /sample counts: 0 in the binary header .*50 are used/));
  // 60 samples a trace would fill the file with 44 traces as well
  const sixty = await checkCase(t, handMade({ traces, binary: { 3221: 60 } }));
  t.is(sixty.traces, 48);
  t.true(warned(sixty, /60 in the binary header .* 50 in the trace headers .*50 are used/));
  const wrongTraces = handMade({
    traces: traces.map((trace) => ({ ...trace, words: { ...trace.words, 115: [462, 2] as const } })),
  });
  t.true(warned(await checkCase(t, wrongTraces), /462 in the trace headers .*50 are used, which fit the file's length/));
});

test('case 04: a cut file is refused with what it lacks, or its whole traces are read; padding is told', async (t) => {
  const bytes = handMade({ traces });
  const cut = bytes.subarray(0, bytes.length - 77);
  const error = await t.throwsAsync<SlicewiseError>(openSegy(bytesSource(cut)), {
    message: /lacks 77 of the 440 bytes of trace 48/,
  });
  t.is(error.code, 'FORMAT');
  const file = await openSegy(bytesSource(cut), { truncated: 'whole-traces' });
  t.is(file.traces, 47);
  t.true(warned(file, /truncated.*77 of the 440 bytes/));
  // cut within the header of the last trace
  await t.throwsAsync(openSegy(bytesSource(bytes.subarray(0, bytes.length - 300))), {
    message: /lacks 300 of the 440 bytes/,
  });
  for (const fill of [0, 0x20, 0xff]) {
    const padded = new Uint8Array(bytes.length + 100).fill(fill);
    padded.set(bytes);
    t.true(warned(await checkCase(t, padded), /^100 bytes behind the last of 48 traces/));
  }
});

test('case 07: SU in both byte orders', async (t) => {
  const gather = Array.from({ length: 12 }, (_, n) => ({ words: { 37: 100 * n }, samples: caseTrace(0, n) }));
  for (const little of [false, true]) {
    const file = await openSu(sourceOf({ traces: gather, little, su: true }));
    t.deepEqual([file.littleEndian, file.traces, file.samples, file.vertical.step, file.flavour], [little, 12, 50, 4, 'SU']);
    const geometry = await findGeometry(file);
    t.deepEqual(
      geometry.axes.map(({ name, first, step, count }) => [name, first, step, count]),
      [
        ['offset', 0, 100, 12],
        ['time', 0, 4, 50],
      ],
    );
    const { data } = await readWindow(file, geometry);
    t.deepEqual([...data.subarray(550, 600)], caseTrace(0, 11).map(Math.fround));
  }
});

test('SU without dt takes d1 and f1', async (t) => {
  const bytes = handMade({
    traces: [1, 2].map((n) => ({ words: { 117: [0, 2] as const, 37: n }, samples: [1, 2, 3] })),
    su: true,
  });
  const view = new DataView(bytes.buffer);
  for (const at of [0, 252]) {
    view.setFloat32(at + 180, 0.002);
    view.setFloat32(at + 184, 0.1);
  }
  const file = await openSu(bytesSource(bytes));
  t.true(Math.abs(file.vertical.step - 2) < 1e-6 && Math.abs(file.vertical.first - 100) < 1e-5);
  t.true(warned(file, /dt is 0: d1/));
});

test('traces of different lengths are refused, with the lengths', async (t) => {
  const long = handMade({ traces: traces.slice(0, 3) });
  const short = handMade({
    traces: traces.slice(0, 3).map((trace) => ({ ...trace, samples: trace.samples.slice(0, 30) })),
  });
  const mixed = new Uint8Array(long.length + short.length - 3600);
  mixed.set(long);
  mixed.set(short.subarray(3600), long.length);
  const error = await t.throwsAsync<SlicewiseError>(openSegy(bytesSource(mixed)), { message: /different lengths/ });
  t.is(error.code, 'FORMAT_UNSUPPORTED');
  t.regex(error.got, /30 to 50 samples/);
});

test('extended text headers: counted, and variable up to ((SEG:EndText))', async (t) => {
  const extra = [asciiText(['((SEG: Processing ver 1.0))', 'STEP 1']), asciiText(['((SEG:EndText))'])].map((text) =>
    // stanzas begin a record
    Uint8Array.from([...text.subarray(4), 32, 32, 32, 32]),
  );
  for (const count of [2, 0xffff]) {
    const file = await checkCase(t, handMade({ traces, extra, binary: { 3505: count } }));
    t.is(file.text.length, 3);
    t.true(file.text[1][0].startsWith('((SEG: Processing ver 1.0))'));
    t.deepEqual(file.warnings, []);
  }
  // a count that the file has no room for, or that rev 0 did not know, is told
  t.true(warned(await checkCase(t, handMade({ traces, binary: { 3505: 999 } })), /state 999 extended text headers/));
  t.true(warned(await checkCase(t, handMade({ traces, binary: { 3505: 0xffff } })), /EndText/));
  t.true(warned(await checkCase(t, handMade({ traces, binary: { 3505: 2, 3501: 0 } })), /first trace begins at byte 3600/));
});

test('revision 2: long sample counts, double intervals, additional headers, trace count, trailer records', async (t) => {
  const plain = handMade({ traces, binary: { 3501: 0x200, 3221: 0, 3217: 0 } });
  const long = new Uint8Array(3600 + 48 * (440 + 240) + 6400);
  long.set(plain.subarray(0, 3600));
  for (let n = 0; n < 48; n++) {
    const from = 3600 + n * 440;
    const to = 3600 + n * 680;
    long.set(plain.subarray(from, from + 240), to);
    long.set(new TextEncoder().encode('SEG00001'), to + 240 + 232);
    long.set(plain.subarray(from + 240, from + 440), to + 480);
  }
  const view = new DataView(long.buffer);
  view.setUint32(3268, 50);
  view.setFloat64(3272, 4000);
  view.setUint16(3506, 1);
  view.setBigUint64(3512, 48n);
  view.setInt32(3528, 2);
  const file = await checkCase(t, long);
  t.deepEqual([file.headerBytes, file.traces, file.vertical.step], [480, 48, 4]);
  // rev 2.0 has four bytes for the number of additional headers
  view.setUint32(3506, 1);
  t.is((await checkCase(t, long)).headerBytes, 480);
  view.setFloat64(3272, 4000.5);
  t.is((await openSegy(bytesSource(long))).vertical.step, 4.0005);
  view.setBigUint64(3512, 50n);
  await t.throwsAsync(openSegy(bytesSource(long)), { message: /2 of the 50 traces that bytes 3513-3520 state/ });
});

test('the first sample is the delay recording time with its scalar; intervals that are negative as signed numbers are told', async (t) => {
  const with_ = (words: object, binary = {}) =>
    sourceOf({ traces: traces.map((trace) => ({ ...trace, words: { ...trace.words, ...words } })), binary });
  t.is((await openSegy(with_({ 109: [1234, 2], 215: [-10, 2] }))).vertical.first, 123.4);
  t.is((await openSegy(with_({ 109: [12, 2], 215: [10, 2] }))).vertical.first, 120);
  t.is((await openSegy(with_({ 109: [-8, 2] }))).vertical.first, -8);
  const negative = await openSegy(with_({ 117: [-2000, 2] }, { 3217: 0 }));
  t.is(negative.vertical.step, 2);
  t.true(warned(negative, /-2000 as a signed number/));
  const other = await openSegy(with_({ 117: [-4000, 2] }));
  t.is(other.vertical.step, 4);
  t.true(warned(other, /negative in one header and positive in the other/));
  const none = await openSegy(with_({ 117: [0, 2] }, { 3217: 0 }));
  t.true(warned(none, /no sample interval/));
  t.is((await openSegy(with_({ 117: [0, 2] }, { 3217: 0 }), { interval: 2.5 })).vertical.step, 2.5);
});

test('depth: by identification code 25 or by the caller, in thousandths or in the unit; the text header is listened to', async (t) => {
  const with_ = (code: number, interval: number, binary = {}) =>
    sourceOf({
      traces: traces.map((trace) => ({
        ...trace,
        words: { ...trace.words, 29: [code, 2] as const, 117: [interval, 2] as const },
      })),
      binary: { 3217: interval, ...binary },
    });
  const axis = async (source: ReturnType<typeof with_>, options = {}) => {
    const { domain, unit, step } = (await openSegy(source, options)).vertical;
    return [domain, unit, step];
  };
  t.deepEqual(await axis(with_(25, 4000)), ['depth', 'm', 4]);
  t.deepEqual(await axis(with_(25, 5, { 3255: 2 })), ['depth', 'ft', 5]);
  t.deepEqual(await axis(with_(1, 4000), { domain: 'depth' }), ['depth', 'm', 4]);
  const text = asciiText(['DATA: PRE-STACK DEPTH MIGRATION']);
  t.true(warned(await openSegy(sourceOf({ traces, text })), /taken as time.*DEPTH MIGRATION/));
});

test('files that cannot be read say why', async (t) => {
  const code = async (bytes: Uint8Array, pattern: RegExp, options = {}): Promise<string> =>
    (await t.throwsAsync<SlicewiseError>(openSegy(bytesSource(bytes), options), { message: pattern })).code;
  t.is(await code(new Uint8Array(100), /too short/), 'FORMAT');
  t.is(await code(handMade({ traces }).slice(0, 3600), /no traces/), 'FORMAT');
  t.is(await code(handMade({ traces, binary: { 3225: 4 } }), /format 4 .*obsolete/), 'FORMAT_UNSUPPORTED');
  t.is(await code(handMade({ traces, binary: { 3225: 77 } }), /no SEG-Y sample format has this code/), 'FORMAT_UNSUPPORTED');
  const silent = handMade({
    traces: traces.map((trace) => ({ ...trace, words: { 115: [0, 2] as const } })),
    binary: { 3221: 0 },
  });
  t.is(await code(silent, /no header says how many samples/), 'FORMAT');
  t.is((await openSegy(bytesSource(silent), { samples: 50 })).traces, 48);
  t.is(await code(handMade({ traces: traces.slice(0, 1) }).slice(0, 3700), /no header says|no traces/), 'FORMAT');
  t.is(await code(handMade({ traces: traces.slice(0, 1) }).slice(0, 3900), /ends within its first trace/), 'FORMAT');
  await t.throwsAsync(openSu(bytesSource(new Uint8Array(1000))), { message: /not an SU file/ });
  // a wrong code is no obstacle when the format is said
  await checkCase(t, handMade({ traces, binary: { 3225: 77 } }), { format: 'ieee', byteOrder: 'big' });
});
