import test from 'ava';
import fc from 'fast-check';
import { bytesSink, bytesSource } from '../../volumes/byte-source.js';
import {
  encodeSegy,
  encodeSu,
  findGeometry,
  openSegy,
  parseAxisBytes,
  readWindow,
  SAMPLE_FORMATS,
  startSegyCopy,
  wholeWindow,
  type CreateOptions,
  type GeometryOptions,
  type SegyCopyOptions,
  type TraceArray,
} from '../../volumes/formats/segy/index.js';
import { encodeText, textLines } from '../../volumes/formats/segy/text-header.js';
import { openSu } from '../../volumes/formats/su/su.js';
import { asciiText, caseTrace, caseTraces, handMade, type HandTrace } from '../support/segy.js';

/** Copies a file; every missing trace gets `fill(position)` as its samples. */
async function filled(
  bytes: Uint8Array,
  fill: (position: number) => number,
  options: SegyCopyOptions & { geometry?: GeometryOptions; su?: boolean } = {},
) {
  const file = await (options.su ? openSu : openSegy)(bytesSource(bytes));
  const geometry = await findGeometry(file, options.geometry);
  const sink = bytesSink();
  const copy = await startSegyCopy(file, geometry, sink, options);
  // in two windows along the first axis, as a reconstruction would
  const window = wholeWindow(geometry);
  const half = Math.ceil(window.count[0] / 2);
  for (const [from, count] of [
    [half, window.count[0] - half],
    [0, half],
  ] as const) {
    if (count === 0) continue;
    const part = { start: [from, ...window.start.slice(1)], count: [count, ...window.count.slice(1)] };
    const { data } = await readWindow(file, geometry, part);
    const samples = window.count.at(-1)!;
    const perFirst = window.count.slice(1, -1).reduce((a, b) => a * b, 1);
    for (let row = 0; row < data.length / samples; row++) {
      const position = from * perFirst + row;
      // measured traces of the window are spoiled on purpose: they must not be written
      data.fill(copy.missing[position] ? fill(position) : 1e9, row * samples, (row + 1) * samples);
    }
    await copy.writeWindow(part, data);
  }
  const report = copy.finish();
  return { file, geometry, report, bytes: sink.bytes() };
}

const word = (bytes: Uint8Array, trace: number, stride: number, byte: number, little = false): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getInt32(3600 + trace * stride + byte - 1, little);
const half = (bytes: Uint8Array, trace: number, stride: number, byte: number, little = false): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getInt16(3600 + trace * stride + byte - 1, little);

test('traces of the file stay byte for byte; new ones stand in the order of the file, in any format, byte order and sorting', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        format: fc.constantFrom(...SAMPLE_FORMATS),
        little: fc.boolean(),
        counts: fc.tuple(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 2, max: 5 })),
        byCrossline: fc.boolean(),
        falling: fc.tuple(fc.boolean(), fc.boolean()),
        holes: fc.array(fc.nat(24), { maxLength: 8 }),
        dead: fc.array(fc.nat(24), { maxLength: 3 }),
        seed: fc.integer(),
      }),
      async ({ format, little, counts, byCrossline, falling, holes, dead, seed }) => {
        const [ni, nj] = counts;
        // corners stay, so that the grid is the same without the holes
        const corner = (p: number): boolean => [0, nj - 1, (ni - 1) * nj, ni * nj - 1].includes(p);
        const gone = new Set(holes.filter((p) => p < ni * nj && !corner(p)));
        const off = new Set(dead.filter((p) => p < ni * nj && !gone.has(p)));
        const order = Array.from({ length: ni * nj }, (_, p) => p).sort((a, b) => {
          const key = (p: number): number => {
            const [i, j] = [Math.floor(p / nj), p % nj];
            const [u, v] = [falling[0] ? ni - i : i, falling[1] ? nj - j : j];
            return byCrossline ? 10 * v + u : 10 * u + v;
          };
          return key(a) - key(b);
        });
        const noise = (n: number): number => Math.abs(Math.imul(seed ^ (n * 2654435761), 40503)) % 120;
        const there = order.filter((p) => !gone.has(p));
        const traces: HandTrace[] = there.map((p, n) => ({
          words: {
            1: n + 1,
            5: n + 1,
            189: 7 + Math.floor(p / nj),
            193: 30 + 2 * (p % nj),
            71: [-10, 2],
            181: 5000 + 100 * Math.floor(p / nj),
            185: 900 + 50 * (p % nj),
            29: [off.has(p) ? 2 : 1, 2],
            233: noise(n),
            237: noise(n + 77),
          },
          samples: Array.from({ length: 4 }, (_, k) => 1 + noise(4 * n + k)),
        }));
        const made = handMade({
          traces,
          little,
          binary: { 3225: format.code },
          put: { bytes: format.bytes, set: () => undefined },
        });
        // samples in the format under test: small whole numbers, put by the library's own encoder, are exact in all of them
        const { encodeSamples } = await import('../../volumes/formats/segy/sample-formats.js');
        const stride = 240 + 4 * format.bytes;
        traces.forEach(({ samples }, n) => made.set(encodeSamples(format, Float32Array.from(samples), little), 3600 + n * stride + 240));
        // bytes behind the traces are kept too
        const tail = Uint8Array.from([9, 9, 9, 9, 9]);
        const input = new Uint8Array([...made, ...tail]);

        const { bytes, report, geometry } = await filled(input, (p) => (p % 100) + 3, {
          geometry: {
            bytes: parseAxisBytes('inline=189,crossline=193'),
            axes: { inline: { step: 1 }, crossline: { step: 2 } },
          },
        });
        t.deepEqual([report.inserted, report.replaced], [gone.size, off.size]);
        t.is(bytes.length, input.length + gone.size * stride);
        t.deepEqual([...bytes.subarray(bytes.length - 5)], [...tail]);
        t.deepEqual(report.samples.clipped, 0);

        for (const [n, p] of order.entries()) {
          const record = bytes.subarray(3600 + n * stride, 3600 + (n + 1) * stride);
          t.deepEqual(
            [word(bytes, n, stride, 189, little), word(bytes, n, stride, 193, little)],
            [7 + Math.floor(p / nj), 30 + 2 * (p % nj)],
          );
          const from = there.indexOf(p);
          const old = from < 0 ? undefined : input.subarray(3600 + from * stride, 3600 + (from + 1) * stride);
          if (old && !off.has(p)) {
            t.deepEqual(record, old);
            continue;
          }
          t.is(half(bytes, n, stride, 29, little), 16385);
          t.deepEqual(
            [word(bytes, n, stride, 181, little), word(bytes, n, stride, 185, little)],
            [5000 + 100 * Math.floor(p / nj), 900 + 50 * (p % nj)],
          );
          if (old) {
            // nothing but the code and the samples has changed
            const header = old.slice(0, 240);
            new DataView(header.buffer).setInt16(28, 16385, little);
            t.deepEqual(record.slice(0, 240), header);
          }
        }
        const again = await openSegy(bytesSource(bytes));
        const after = await findGeometry(again);
        t.is(after.counts.live, ni * nj);
        t.is(after.counts.interpolated, gone.size + off.size);
        t.deepEqual(after.sorting, geometry.sorting);
        const { data } = await readWindow(again, after);
        for (const p of [...gone, ...off]) t.deepEqual([...data.subarray(4 * p, 4 * p + 4)], Array(4).fill((p % 100) + 3));
      },
    ),
    { numRuns: 150 },
  );
});

test('case 05: the box is filled, or only what lies inside the outline, which is told', async (t) => {
  const keep = (i: number, j: number): boolean => !(i === 2 && j === 3) && !(i === 4 && j > 4) && !(i === 5 && j > 4);
  const input = handMade({ traces: caseTraces(keep) });
  const all = await filled(input, () => 1);
  t.is(all.report.inserted, 7);
  t.is((await findGeometry(await openSegy(bytesSource(all.bytes)))).counts.holes, 0);
  const inside = await filled(input, () => 1, { fill: 'outline' });
  t.is(inside.report.inserted, 1);
  t.true(inside.report.report.some((line) => line.startsWith('6 missing positions of the grid are left')));
  const none = await filled(input, () => 1, { fill: new Uint8Array(48) });
  t.deepEqual(none.bytes, input);
});

test('coordinates, elevations and numbers of new traces are interpolated along the line, with their scalars', async (t) => {
  const at = (n: number): HandTrace => ({
    words: {
      21: 10 + n,
      197: 1000 + 10 * n,
      201: [10, 2],
      41: 300 - 30 * n,
      69: [-10, 2],
      71: [n % 2 ? -100 : -10, 2],
      181: (n % 2 ? 100 : 10) * (40 + 12 * n),
      185: (n % 2 ? 100 : 10) * -25 * n,
      17: 3 * n,
    },
    samples: [n, n],
  });
  const keep = [0, 1, 4, 5];
  const { bytes } = await filled(handMade({ traces: keep.map(at) }), () => 1);
  for (const n of [2, 3]) {
    const scale = -half(bytes, n, 248, 71);
    t.deepEqual([word(bytes, n, 248, 181) / scale, word(bytes, n, 248, 185) / scale], [40 + 12 * n, -25 * n]);
    t.deepEqual(
      [21, 197, 41, 17].map((byte) => word(bytes, n, 248, byte)),
      [10 + n, 1000 + 10 * n, 300 - 30 * n, 3 * n],
    );
    // sequence numbers go on behind the last: none is there twice
    t.is(word(bytes, n, 248, 5), 4 + (n - 1));
  }
  // and continued beyond the ends
  const beyond = await filled(handMade({ traces: keep.map(at) }), () => 1, {
    geometry: { axes: { cmp: { first: 9, last: 16 } } },
  });
  t.deepEqual(
    [0, 7].map((n) => word(beyond.bytes, n, 248, 197)),
    [990, 1060],
  );
  t.deepEqual(
    [0, 7].map((n) => -word(beyond.bytes, n, 248, 185) / half(beyond.bytes, n, 248, 71)),
    [25, -150],
  );
});

test('a trace far from all others on both axes gets coordinates of the survey', async (t) => {
  // only a diagonal block is there; position (0, 7) has no neighbour in its row or column
  const keep = (i: number, j: number): boolean => (i < 3 && j < 4) || (i === 5 && j === 7) || (i > 2 && j > 3);
  const { bytes, geometry } = await filled(handMade({ traces: caseTraces(keep) }), () => 1);
  const again = await openSegy(bytesSource(bytes));
  t.is(again.traces, 48);
  for (let n = 0; n < 48; n++) {
    t.deepEqual([word(bytes, n, 440, 181), word(bytes, n, 440, 185)], [1000 + 25 * Math.floor(n / 8), 2000 + 25 * (n % 8)], `${n}`);
  }
  t.is(geometry.counts.live, 12 + 12);
});

test('dead traces with an empty header get coordinates; bins get those of their centre', async (t) => {
  const traces = caseTraces().map((trace, n) =>
    n === 20 ? { words: { ...trace.words, 29: [2, 2] as const, 181: 0, 185: 0, 71: [0, 2] as const }, samples: trace.samples } : trace,
  );
  const { bytes } = await filled(handMade({ traces }), () => 1);
  t.deepEqual([word(bytes, 20, 440, 181), word(bytes, 20, 440, 185), half(bytes, 20, 440, 71)], [1050, 2100, 1]);

  const bins = { size: [25, 25] as const, azimuth: 90, origin: [1000, 2000] as const };
  // azimuth 90°: the first axis rises with x, the second falls with y
  const turned = caseTraces((i, j) => i !== 3 || j !== 3).map(({ words, samples }) => ({
    words: { ...words, 185: 4000 - (words![185] as number) },
    samples,
  }));
  const binned = await filled(handMade({ traces: turned }), () => 1, { geometry: { bins } });
  t.is(binned.geometry.counts.holes, 1);
  t.deepEqual([word(binned.bytes, 27, 440, 181), word(binned.bytes, 27, 440, 185)], [1075, 1925]);
});

test('a file without order gets new traces at its end; auxiliary traces and duplicates stay where they are', async (t) => {
  const list = caseTraces((i, j) => i !== 2 || j !== 5);
  const mixed = [...list.slice(20), ...list.slice(0, 20)].sort(
    (a, b) => (((a.words![193] as number) * 7) % 5) - (((b.words![193] as number) * 7) % 5),
  );
  mixed.splice(7, 0, { words: { 29: [6, 2] }, samples: caseTrace(0, 0) });
  mixed.push({ ...mixed[3] });
  const input = handMade({ traces: mixed });
  const { bytes, report, geometry } = await filled(input, () => 5, {
    geometry: { bytes: parseAxisBytes('inline=189,crossline=193') },
  });
  t.is(geometry.sorting, undefined);
  t.true(report.report.some((line) => line.startsWith('1 new traces are appended')));
  t.deepEqual(bytes.subarray(3600, input.length), input.subarray(3600));
  t.is(word(bytes, mixed.length, 440, 193), 205);
});

test('of a truncated file the whole traces are copied, and not the beginning of the lost one', async (t) => {
  const bytes = handMade({ traces: caseTraces() });
  const file = await openSegy(bytesSource(bytes.subarray(0, bytes.length - 77)), { truncated: 'whole-traces' });
  const sink = bytesSink();
  const copy = await startSegyCopy(file, await findGeometry(file), sink, { fill: 'outline' });
  t.is(copy.finish().traces, 47);
  t.deepEqual(sink.bytes(), bytes.slice(0, bytes.length - 440));
});

test('text header: notes stand on free cards, what is written is never overwritten, EBCDIC stays EBCDIC', async (t) => {
  const gap = caseTraces((i) => i !== 2);
  for (const encoding of ['EBCDIC', 'ASCII'] as const) {
    const lines = ['CLIENT X', 'AREA Y', '', 'MORE'];
    const text = encodeText(
      new TextDecoder().decode(asciiText([...lines, ...Array(34).fill(''), 'SEG Y REV1', 'END TEXTUAL HEADER'])),
      encoding,
    );
    const { bytes } = await filled(handMade({ traces: gap, text }), () => 1, { notes: ['METHOD POCS'] });
    const out = textLines(bytes.subarray(0, 3200));
    t.deepEqual(out.slice(0, 4), ['C 1 CLIENT X', 'C 2 AREA Y', 'C 3', 'C 4 MORE']);
    t.deepEqual(out.slice(4, 8), [
      'C 5 SLICEWISE: 8 TRACES INTERPOLATED, CODE 16384 + N IN BYTES 29-30',
      'C 6 MEASURED TRACES UNCHANGED',
      'C 7 METHOD POCS',
      'C 8',
    ]);
    t.deepEqual(out.slice(38), ['C39 SEG Y REV1', 'C40 END TEXTUAL HEADER']);
    t.is(bytes[0], encoding === 'EBCDIC' ? 0xc3 : 0x43);
  }
  const full = await filled(handMade({ traces: gap, text: asciiText(Array(40).fill('TEXT')) }), () => 1);
  t.deepEqual(full.bytes.subarray(0, 3200), asciiText(Array(40).fill('TEXT')));
  t.true(full.report.report.some((line) => line.startsWith('the text header has no free card')));
  const almost = await filled(
    handMade({ traces: gap, text: asciiText(Array(40).fill('TEXT').with(6, '').with(8, '').with(20, '')) }),
    () => 1,
  );
  t.deepEqual(
    [7, 9, 21].map((n) => textLines(almost.bytes.subarray(0, 3200))[n - 1].slice(4)),
    ['', 'SLICEWISE: 8 TRACES INTERPOLATED, CODE 16384 + N IN BYTES 29-30', 'MEASURED TRACES UNCHANGED'],
  );
});

test('counts of the binary header that were right stay right, others stay as they are', async (t) => {
  const gap = caseTraces((_, j) => j !== 6);
  const at = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset);
  const make = (perEnsemble: number): Uint8Array => {
    const bytes = handMade({ traces: gap, binary: { 3501: 0x200, 3213: perEnsemble } });
    at(bytes).setBigUint64(3512, 42n);
    return bytes;
  };
  const geometry = { axes: { crossline: { step: 1 } } };
  const right = await filled(make(7), () => 1, { geometry });
  t.deepEqual([at(right.bytes).getInt16(3212), at(right.bytes).getBigUint64(3512)], [8, 48n]);
  const wrong = await filled(make(3), () => 1, { geometry });
  t.is(at(wrong.bytes).getInt16(3212), 3);
});

test('whole-number formats: rounding and clipping of new traces are told', async (t) => {
  const traces = caseTraces((i, j) => i !== 2 || j !== 2).map(({ words }) => ({ words, samples: [1, 2] }));
  const put = { bytes: 2, set: (view: DataView, at: number, value: number) => view.setInt16(at, value) };
  const input = handMade({ traces, put, binary: { 3225: 3 } });
  const a = await filled(input, () => 2.25);
  t.true(a.report.report.some((line) => /rounded to whole numbers.*0\.25/.test(line)));
  const b = await filled(input, () => -40000);
  t.true(b.report.report.some((line) => /^2 samples of new traces did not fit/.test(line)));
  t.is(half(b.bytes, 18, 244, 241), -32768);
});

test('SU: traces stay byte for byte and new ones fit in, without file headers', async (t) => {
  for (const little of [false, true]) {
    const traces = [0, 1, 3, 4].map((n) => ({
      words: { 9: 7, 37: 100 * n, 81: 1000 * n },
      samples: caseTrace(0, n, 20),
    }));
    const input = handMade({ traces, su: true, little });
    const { bytes } = await filled(input, () => 0.5, { su: true, geometry: { bytes: parseAxisBytes('offset=37') } });
    t.is(bytes.length, 5 * 320);
    t.deepEqual(bytes.subarray(0, 640), input.subarray(0, 640));
    t.deepEqual(bytes.subarray(960), input.subarray(640));
    const view = new DataView(bytes.buffer, 640);
    t.deepEqual([view.getInt32(36, little), view.getInt32(80, little), view.getInt16(28, little)], [200, 2000, 16385]);
    t.is(view.getFloat32(240, little), 0.5);
  }
});

test('a copy with a trace that was forgotten is not finished; the plain code is written where asked for', async (t) => {
  const input = handMade({ traces: caseTraces((i, j) => i !== 2 || j !== 2) });
  const file = await openSegy(bytesSource(input));
  const geometry = await findGeometry(file);
  const copy = await startSegyCopy(file, geometry, bytesSink());
  t.throws(() => copy.finish(), { message: /has not been written.*0 at inline 102, crossline 202/ });
  await copy.writeWindow({ start: [2, 2, 0], count: [1, 1, 30] }, new Float32Array(30));
  t.throws(() => copy.finish(), { message: /30 at inline 102/ });
  await copy.writeWindow({ start: [2, 2, 30], count: [1, 1, 20] }, new Float32Array(20));
  t.is(copy.finish().traces, 48);
  await t.throwsAsync(copy.writeWindow({ start: [2, 2, 0], count: [1, 1, 50] }, new Float32Array(49)), {
    message: /do not fit the window/,
  });
  await t.throwsAsync(copy.writeWindow({ start: [2, 2, 0], count: [1, 1, 50] }, new Float32Array(50).fill(NaN)), {
    message: /NaN/,
  });
  const live = await filled(input, () => 1, { code: 'live' });
  t.is(half(live.bytes, 18, 440, 29), 1);
});

const collect = async (pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const sink = bytesSink();
  let at = 0;
  for await (const piece of pieces) {
    await sink.write(at, piece.slice());
    at += piece.length;
  }
  return sink.bytes();
};

test('a new file holds what it was given: formats, byte orders, revisions, axes, missing traces', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        format: fc.constantFrom(...SAMPLE_FORMATS),
        byteOrder: fc.constantFrom('big' as const, 'little' as const),
        revision: fc.constantFrom(0 as const, 1 as const, 2 as const),
        names: fc.constantFrom(
          ['inline', 'crossline'] as const,
          ['shot', 'receiver'] as const,
          ['cmp', 'offset'] as const,
          ['inline', 'crossline', 'offset'] as const,
          ['cmp'] as const,
        ),
        missing: fc.constantFrom('leave-out' as const, 'dead' as const),
        depth: fc.boolean(),
        first: fc.constantFrom(0, 12, 2.5, -100),
        gone: fc.nat(20),
      }),
      async ({ format, byteOrder, revision, names, missing, depth, first, gone }) => {
        const axes = names.map((name, a) => ({
          name,
          first: 100 * (a + 1),
          step: a === 1 ? 25 : 1,
          count: [4, 3, 2][a],
        }));
        const positions = axes.reduce((p, { count }) => p * count, 1);
        const live = new Uint8Array(positions).fill(1);
        // not at a corner, and not a whole line
        if (gone > 0 && gone < positions - 1 && positions > 6) live[gone] = 0;
        const samples = Float32Array.from({ length: positions * 6 }, (_, n) => 1 + ((n * 37) % 100));
        const array: TraceArray = {
          axes,
          vertical: { domain: depth ? 'depth' : 'time', first, step: 4, count: 6 },
          samples,
          live,
        };
        const options: CreateOptions = { format: format.code, byteOrder, revision, missing };
        const bytes = await collect(encodeSegy(array, options));
        const file = await openSegy(bytesSource(bytes));
        t.deepEqual([file.format.code, file.littleEndian, file.revision[0]], [format.code, byteOrder === 'little', revision]);
        // rev 0 and 2 both read the scalar of the delay
        t.is(file.vertical.first, revision === 0 && !Number.isInteger(first) ? first * 10 : first);
        t.deepEqual([file.vertical.domain, file.vertical.step], [depth ? 'depth' : 'time', 4]);
        t.deepEqual(file.warnings, []);
        const bytesOfAxes = {
          bytes: parseAxisBytes(
            names.map((name) => `${name}=${{ inline: 189, crossline: 193, shot: 9, receiver: 13, cmp: 21, offset: 37 }[name]}`).join(','),
          ),
        };
        const geometry = await findGeometry(file, bytesOfAxes);
        t.deepEqual(
          geometry.axes.slice(0, -1).map(({ name, first: f, step, count }) => ({ name, first: f, step, count })),
          axes,
        );
        t.deepEqual(geometry.live, live);
        const { data } = await readWindow(file, geometry);
        t.deepEqual(
          data,
          samples.map((v, n) => (live[Math.floor(n / 6)] ? v : 0)),
        );
      },
    ),
    { numRuns: 100 },
  );
});

test('a new SU file is read again; what a format cannot say is refused', async (t) => {
  const array: TraceArray = {
    axes: [
      { name: 'shot', first: 1, step: 1, count: 2 },
      { name: 'receiver', first: 5, step: 2, count: 3 },
    ],
    vertical: { domain: 'time', first: 8, step: 2, count: 4 },
    samples: (p) => Float32Array.of(p, 1, 2, 3),
  };
  for (const byteOrder of ['big', 'little'] as const) {
    const file = await openSu(bytesSource(await collect(encodeSu(array, { byteOrder }))));
    t.deepEqual([file.littleEndian, file.traces, file.vertical.first, file.vertical.step], [byteOrder === 'little', 6, 8, 2]);
    const geometry = await findGeometry(file);
    t.deepEqual(
      geometry.axes.slice(0, 2).map(({ name, first, step }) => [name, first, step]),
      [
        ['shot', 1, 1],
        ['receiver', 5, 2],
      ],
    );
    t.deepEqual(
      [...(await readWindow(file, geometry)).data].filter((_, n) => n % 4 === 0),
      [0, 1, 2, 3, 4, 5],
    );
  }
  const refused = (change: Partial<TraceArray>, options: CreateOptions = {}) =>
    t.throwsAsync(collect(encodeSegy({ ...array, ...change }, options)), { code: 'ARGUMENT' } as never);
  await refused({ vertical: { ...array.vertical, step: 1 / 3 } });
  await refused({ vertical: { ...array.vertical, step: 40 } });
  await refused({ vertical: { ...array.vertical, first: 1e6 } });
  await refused({ vertical: { ...array.vertical, count: 70000 } });
  await refused({ axes: [{ name: 'inline', first: 0.5, step: 1, count: 6 }] });
  await t.throwsAsync(collect(encodeSegy({ ...array, samples: new Float32Array(5) })), { code: 'SHAPE' } as never);
  // revision 2 can
  const third = await openSegy(
    bytesSource(await collect(encodeSegy({ ...array, vertical: { ...array.vertical, step: 1 / 3 } }, { revision: 2 }))),
  );
  t.true(Math.abs(third.vertical.step - 1 / 3) < 1e-12);
  const long = {
    ...array,
    vertical: { ...array.vertical, count: 70000 },
    samples: () => new Float32Array(70000).fill(1),
  };
  t.is((await openSegy(bytesSource(await collect(encodeSegy(long, { revision: 2 }))))).samples, 70000);
});
