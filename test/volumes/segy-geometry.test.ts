import test from 'ava';
import fc from 'fast-check';
import { bytesSource } from '../../volumes/byte-source.js';
import {
  findGeometry,
  gapsInside,
  openSegy,
  parseAxisBytes,
  readWindow,
  segyFacts,
  amplitudes,
  type GeometryOptions,
} from '../../volumes/formats/segy/index.js';
import { caseTrace, caseTraces, countingSource, handMade, ibmWordExactly, sourceOf, type HandTrace } from '../support/segy.js';

const found = async (traces: readonly HandTrace[], options: GeometryOptions = {}, binary = {}) => {
  const file = await openSegy(sourceOf({ traces, binary }));
  return { file, geometry: await findGeometry(file, options) };
};
const axesOf = (g: Awaited<ReturnType<typeof found>>['geometry']): unknown[] =>
  g.axes.slice(0, -1).map(({ name, first, step, count }) => [name, first, step, count]);
const trace = (words: HandTrace['words'], samples: readonly number[] = [1, 2, 3]): HandTrace => ({ words, samples });
const shuffled = <T>(list: readonly T[], order: readonly number[]): T[] =>
  list
    .map((item, n) => [order[n], item] as const)
    .sort((a, b) => a[0] - b[0])
    .map(([, item]) => item);

test('case 05: lines of different length make a box with holes, of which those inside the outline are known', async (t) => {
  // the last two lines end early, one trace lies within
  const keep = (i: number, j: number): boolean => !(i === 2 && j === 3) && !(i === 4 && j > 4) && !(i === 5 && j > 4);
  const { geometry, file } = await found(caseTraces(keep));
  t.deepEqual(axesOf(geometry), [
    ['inline', 100, 1, 6],
    ['crossline', 200, 1, 8],
  ]);
  t.deepEqual([geometry.counts.live, geometry.counts.holes], [41, 7]);
  t.true(geometry.report.some((line) => line.includes('7 missing (7 without a trace)')));
  t.deepEqual(
    [...gapsInside(geometry)].flatMap((inside, p) => (inside ? [p] : [])),
    [2 * 8 + 3],
  );
  const { data, live } = await readWindow(file, geometry, { start: [2, 2, 10], count: [1, 3, 5] });
  t.deepEqual([...live], [1, 0, 1]);
  t.deepEqual([...data], [...caseTrace(2, 2).slice(10, 15), 0, 0, 0, 0, 0, ...caseTrace(2, 4).slice(10, 15)].map(Math.fround));
});

test('a whole missing line lies inside the outline', async (t) => {
  const { geometry } = await found(caseTraces((i) => i !== 3));
  t.is(
    gapsInside(geometry).reduce((sum, one) => sum + one, 0),
    8,
  );
});

test('case 06: line numbers elsewhere are found as what makes a grid, also as floats, or taken as given', async (t) => {
  const moved = caseTraces().map(({ words, samples }) => trace({ 221: words![189] as number, 21: words![193] as number }, samples));
  const a = await found(moved);
  t.deepEqual(axesOf(a.geometry), [
    ['inline', 100, 1, 6],
    ['crossline', 200, 1, 8],
  ]);
  t.true(a.geometry.report.some((line) => /221-224.*found as the words that make a grid/.test(line)));
  const b = await found(moved, { bytes: parseAxisBytes('inline=221:int32,crossline=21') });
  t.deepEqual(axesOf(b.geometry), axesOf(a.geometry));

  const asWord = (value: number): number => ibmWordExactly(value) | 0;
  const floats = caseTraces().map(({ words, samples }) =>
    trace({ 197: asWord(words![189] as number), 201: asWord(words![193] as number) }, samples),
  );
  for (const options of [{}, { bytes: parseAxisBytes('inline=197:ibm,crossline=201:ibm') }]) {
    t.deepEqual(axesOf((await found(floats, options)).geometry), axesOf(a.geometry));
  }
  const ieee = (value: number): number => new DataView(Float32Array.of(value).buffer).getInt32(0, true);
  const ieeeFloats = caseTraces().map(({ words, samples }) =>
    trace({ 197: ieee(words![189] as number), 201: ieee(words![193] as number) }, samples),
  );
  t.deepEqual(axesOf((await found(ieeeFloats)).geometry), axesOf(a.geometry));
});

test('numbers that repeat are named where no grid is found: no line in silence', async (t) => {
  // every second trace of a serpentine survey without coordinates: no two words make a sorted grid
  const list = [5, 3, 5, 7, 3, 3, 9, 5].map((n) => trace({ 21: n }));
  const { geometry } = await found(list);
  t.deepEqual(axesOf(geometry), [['trace', 1, 1, 8]]);
  t.true(geometry.report.some((line) => /numbers repeat in cdp \(bytes 21-24: 4 numbers\)/.test(line)));
});

test('case 08: dead and dummy traces are missing and counted, auxiliary ones are left out', async (t) => {
  const list: HandTrace[] = caseTraces().map((one, n) => ({
    ...one,
    words: { ...one.words, ...(n % 8 === 0 ? { 29: [3, 2] as const } : n === 28 ? { 29: [2, 2] as const } : {}) },
  }));
  list.splice(10, 0, trace({ 29: [4, 2], 189: 0, 193: 0 }, caseTrace(0, 0)));
  const { geometry } = await found(list);
  t.deepEqual(axesOf(geometry), [
    ['inline', 100, 1, 6],
    ['crossline', 200, 1, 8],
  ]);
  const { live, dead, dummy, auxiliary, holes } = geometry.counts;
  t.deepEqual([live, dead, dummy, auxiliary, holes], [41, 1, 6, 1, 0]);
  t.is(geometry.positionOf[10], -1);
  t.deepEqual(geometry.live[3 * 8 + 4], 0);
  t.true(geometry.report.some((line) => line.includes('7 missing (1 dead (identification code 2), 6 dummy (code 3))')));
});

test('traces of zeros and with NaN are missing when samples are looked at, present when only codes are', async (t) => {
  const list = caseTraces().map((one, n) =>
    n === 5
      ? { ...one, samples: one.samples.map(() => -0) }
      : n === 9
        ? { ...one, samples: one.samples.map((v, k) => (k === 49 ? NaN : v)) }
        : one,
  );
  const { geometry, file } = await found(list);
  t.deepEqual([geometry.counts.zero, geometry.counts.notFinite, geometry.counts.live], [1, 1, 46]);
  const byCodes = await findGeometry(file, { dead: 'codes' });
  t.is(byCodes.counts.live, 48);
  await t.throwsAsync(readWindow(file, byCodes), { message: /trace 10 of the file has a sample that is NaN/ });
});

test('numbering in steps has no holes; a decimated survey gets them when the step is said', async (t) => {
  const every = caseTraces().map(({ words, samples }) =>
    trace({ 189: 2 * (words![189] as number), 193: 4 * (words![193] as number) }, samples),
  );
  t.deepEqual(axesOf((await found(every)).geometry), [
    ['inline', 200, 2, 6],
    ['crossline', 800, 4, 8],
  ]);
  const { geometry } = await found(every, { axes: { crossline: { step: 2, last: 830 } } });
  t.deepEqual(axesOf(geometry), [
    ['inline', 200, 2, 6],
    ['crossline', 800, 2, 16],
  ]);
  t.is(geometry.counts.holes, 48);
  const part = await found(every, { axes: { inline: { first: 202, last: 206 } } });
  t.deepEqual([part.geometry.counts.positions, part.geometry.counts.outside], [24, 24]);
});

test('shots and receivers, CMP and offset: the one by which the file is sorted', async (t) => {
  const list: HandTrace[] = [];
  for (let shot = 0; shot < 8; shot++) {
    for (let r = 0; r < 6; r++) {
      list.push(
        trace({
          9: 1000 + shot,
          13: 1 + r,
          21: 2 * shot + r + 50,
          37: -100 - 50 * r,
          73: 50 * shot,
          81: 50 * shot - 100 - 50 * r,
        }),
      );
    }
  }
  const shots = await found(list);
  t.is(shots.geometry.kind, 'shot-receiver');
  t.deepEqual(axesOf(shots.geometry), [
    ['shot', 1000, 1, 8],
    ['receiver', 1, 1, 6],
  ]);
  const byCmp = [...list].sort(
    (a, b) => (a.words![21] as number) - (b.words![21] as number) || (b.words![37] as number) - (a.words![37] as number),
  );
  const cmps = await found(byCmp);
  t.is(cmps.geometry.kind, 'cmp-offset');
  t.deepEqual(axesOf(cmps.geometry), [
    ['cmp', 50, 1, 20],
    ['offset', -350, 50, 6],
  ]);
  t.deepEqual(cmps.geometry.sorting, { order: [0, 1], direction: [1, -1] });
  const forced = await found(byCmp, { kind: 'shot-receiver' });
  t.is(forced.geometry.kind, 'shot-receiver');
  t.is(forced.geometry.sorting, undefined);
  const given = await found(list, { bytes: parseAxisBytes('cmp=21,offset=37') });
  t.deepEqual(axesOf(given.geometry), axesOf(cmps.geometry));
});

test('offsets that lie irregularly are binned, and how far they are off is told', async (t) => {
  const offsets = [101, 149, 203, 251, 299, 352];
  const list = [1, 2, 3, 4].flatMap((cmp) => offsets.map((offset) => trace({ 21: cmp, 37: offset + (cmp % 2) })));
  const { geometry } = await found(list);
  const [, offset] = geometry.axes;
  t.true(Math.abs(offset.step - 50) < 4 && offset.count >= 5 && offset.count <= 7, `${offset.step} × ${offset.count}`);
  t.true(geometry.report.some((line) => /offset binned .* of a bin off/.test(line)));
  const chosen = await found(list, { axes: { offset: { first: 100, last: 350, step: 50 } } });
  t.deepEqual(axesOf(chosen.geometry), [
    ['cmp', 1, 1, 4],
    ['offset', 100, 50, 6],
  ]);
  t.is(chosen.geometry.counts.live, 24);
});

test('2-D lines: by CMP, by shotpoint, by order', async (t) => {
  for (const [byte, name] of [
    [21, 'cmp'],
    [197, 'shot'],
    [189, 'inline'],
  ] as const) {
    const { geometry } = await found([10, 12, 14, 18].map((n) => trace({ [byte]: n })));
    t.is(geometry.kind, 'line');
    t.deepEqual(axesOf(geometry), [[name, 10, 2, 5]]);
    t.deepEqual([...geometry.traceOf], [0, 1, 2, -1, 3]);
  }
  const { geometry } = await found([1, 2, 3].map(() => trace({ 1: 0, 5: 0 })));
  t.deepEqual(axesOf(geometry), [['trace', 1, 1, 3]]);
  // a diagonal through a survey is a line, not a box with one trace in a row
  const diagonal = await found(Array.from({ length: 30 }, (_, n) => trace({ 189: n, 193: 2 * n, 21: n + 1 })));
  t.is(diagonal.geometry.kind, 'line');
});

test('positions hit several times: the live one nearest to the bin stands for it, or the mean of the live ones', async (t) => {
  const list = [
    trace({ 21: 1, 37: 104 }, [1, 1]),
    trace({ 21: 1, 37: 101 }, [3, 5]),
    trace({ 21: 1, 37: 100, 29: [2, 2] }, [9, 9]),
    trace({ 21: 2, 37: 150 }, [7, 7]),
    trace({ 21: 2, 37: 100 }, [8, 8]),
    trace({ 21: 1, 37: 150 }, [6, 6]),
  ];
  const { geometry, file } = await found(list, {
    bytes: parseAxisBytes('cmp=21,offset=37'),
    axes: { offset: { first: 100, step: 50 } },
  });
  t.deepEqual([...geometry.traceOf], [1, 5, 4, 3]);
  t.deepEqual(geometry.duplicates.get(0), [1, 0, 2]);
  t.is(geometry.counts.multiplyHit, 1);
  t.deepEqual([...(await readWindow(file, geometry)).data], [3, 5, 6, 6, 8, 8, 7, 7]);
  t.deepEqual([...(await readWindow(file, geometry, undefined, { hits: 'stack' })).data], [2, 3, 6, 6, 8, 8, 7, 7]);
});

test('positions by coordinates: a turned grid is found again by its azimuth, with scalar', async (t) => {
  // inlines run at azimuth 30°, 25 m bins; crosslines 12.5 m at 120°; jitter below half a bin
  const [azimuth, a, b] = [(30 * Math.PI) / 180, 25, 12.5];
  const list: HandTrace[] = [];
  for (let i = 0; i < 5; i++) {
    for (let j = 0; j < 7; j++) {
      if (i === 2 && j === 2) continue;
      const [u, v] = [a * i + 3 * Math.sin(7 * i + j) * (i % 4 ? 1 : 0), b * j];
      const x = 450000 + u * Math.sin(azimuth) + v * Math.cos(azimuth);
      const y = 6200000 + u * Math.cos(azimuth) - v * Math.sin(azimuth);
      list.push(trace({ 71: [-100, 2], 181: Math.round(100 * x), 185: Math.round(100 * y) }));
    }
  }
  const { geometry } = await found(list, { bins: { size: [a, b], azimuth: 30, origin: [450000, 6200000] } });
  t.is(geometry.kind, 'bins');
  t.deepEqual(axesOf(geometry), [
    ['inline', 0, 25, 5],
    ['crossline', 0, 12.5, 7],
  ]);
  t.deepEqual([geometry.counts.holes, geometry.counts.multiplyHit], [1, 0]);
  t.is(geometry.traceOf[2 * 7 + 2], -1);
  const coarse = await found(list, { bins: { size: [50, 25], azimuth: 30 } });
  t.true(coarse.geometry.counts.multiplyHit > 0);
  await t.throwsAsync(
    found(
      caseTraces().map(() => trace({})),
      { bins: { size: [1, 1] } },
    ),
    { message: /coordinates of all traces are the same/ },
  );
});

test('any order of the traces gives the same grid; sorted orders are recognised', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        counts: fc.array(fc.integer({ min: 2, max: 4 }), { minLength: 3, maxLength: 3 }),
        order: fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
        falling: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
        random: fc.option(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 64, maxLength: 64 })),
        little: fc.boolean(),
      }),
      async ({ counts, order, falling, random, little }) => {
        const list: { key: number; at: number[]; trace: HandTrace }[] = [];
        for (let i = 0; i < counts[0]; i++)
          for (let j = 0; j < counts[1]; j++)
            for (let k = 0; k < counts[2]; k++) {
              const at = [i, j, k];
              const key = order.reduce((sum, a) => sum * 10 + (falling[a] ? 9 - at[a] : at[a]), 0);
              list.push({
                key,
                at,
                trace: trace({ 189: 10 + i, 193: 20 + 3 * j, 37: 100 * k }, [1 + i, 1 + j, 1 + k]),
              });
            }
        const sorted = random ? shuffled(list, random) : [...list].sort((a, b) => a.key - b.key);
        const file = await openSegy(bytesSource(handMade({ traces: sorted.map((s) => s.trace), little })));
        const geometry = await findGeometry(file);
        t.deepEqual(axesOf(geometry), [
          ['inline', 10, 1, counts[0]],
          ['crossline', 20, 3, counts[1]],
          ['offset', 0, 100, counts[2]],
        ]);
        const { data } = await readWindow(file, geometry);
        for (const { at } of list) {
          const p = (at[0] * counts[1] + at[1]) * counts[2] + at[2];
          t.deepEqual(
            [...data.subarray(3 * p, 3 * p + 3)],
            at.map((v) => v + 1),
          );
        }
        if (!random) t.deepEqual(geometry.sorting, { order, direction: falling.map((f) => (f ? -1 : 1)) });
      },
    ),
    { numRuns: 40 },
  );
});

test('a window is the part of the whole that it names, whatever it is', async (t) => {
  const { file, geometry } = await found(caseTraces((i, j) => (i + 2 * j) % 5 !== 0));
  const all = (await readWindow(file, geometry)).data;
  const counts = [6, 8, 50];
  const range = (n: number) => fc.tuple(fc.nat(n - 1), fc.nat(n - 1)).map(([a, b]) => [Math.min(a, b), Math.abs(a - b) + 1] as const);
  await fc.assert(
    fc.asyncProperty(range(6), range(8), range(50), async (...axes) => {
      const window = { start: axes.map(([from]) => from), count: axes.map(([, count]) => count) };
      const { data } = await readWindow(file, geometry, window);
      let n = 0;
      for (let i = 0; i < window.count[0]; i++)
        for (let j = 0; j < window.count[1]; j++)
          for (let k = 0; k < window.count[2]; k++) {
            const p = ((window.start[0] + i) * counts[1] + window.start[1] + j) * counts[2] + window.start[2] + k;
            if (data[n++] !== all[p]) t.fail(JSON.stringify(window));
          }
    }),
    { numRuns: 100 },
  );
  await t.throwsAsync(readWindow(file, geometry, { start: [0, 0, 0], count: [7, 1, 1] }), {
    message: /outside the grid/,
  });
  await t.throwsAsync(readWindow(file, geometry, { start: [0, 0], count: [1, 1] }), { message: /outside the grid/ });
});

test('a window reads its own bytes and little more', async (t) => {
  // long traces, so that neighbours are not read along
  const long = Array.from({ length: 20000 }, (_, k) => Math.sin(k));
  const list = Array.from({ length: 12 }, (_, n) => trace({ 189: 1 + Math.floor(n / 4), 193: 1 + (n % 4) }, long));
  const source = countingSource(sourceOf({ traces: list }));
  const file = await openSegy(source);
  const geometry = await findGeometry(file);
  source.read_.bytes = 0;
  const { data } = await readWindow(file, geometry, { start: [1, 1, 5000], count: [2, 2, 100] });
  t.is(source.read_.bytes, 4 * 100 * 4);
  t.is(data[0], Math.fround(long[5000]));
});

test('numbers that are rubbish ask for no memory', async (t) => {
  const wild = Array.from({ length: 40 }, (_, n) => trace({ 189: (n * 7919 * 104729) | 0, 193: (n * n * 99991) | 0 }));
  await t.throwsAsync(found(wild, { bytes: parseAxisBytes('inline=189,crossline=193') }), {
    message: /make no grid of traces/,
  });
  t.is((await found(wild)).geometry.kind, 'line');
});

test('header bytes are parsed, or refused with what is right', (t) => {
  t.deepEqual(parseAxisBytes('inline=189, crossline = 193'), {
    inline: { byte: 189, type: 'int32' },
    crossline: { byte: 193, type: 'int32' },
  });
  t.deepEqual(parseAxisBytes('shot=9,receiver=31'), {
    shot: { byte: 9, type: 'int32' },
    receiver: { byte: 31, type: 'int16' },
  });
  t.deepEqual(parseAxisBytes('inline=197:ieee'), { inline: { byte: 197, type: 'float32' } });
  for (const wrong of ['inline', 'inline=x', 'iline=189', 'inline=239', 'inline=0', 'inline=189:int13', '']) {
    t.throws(() => parseAxisBytes(wrong), { code: 'ARGUMENT' } as never, wrong);
  }
});

test('facts name format, axes with bytes, order, missing traces, amplitudes, warnings and text', async (t) => {
  const { file, geometry } = await found(
    caseTraces((i, j) => i !== 1 || j !== 1),
    {},
    { 3217: 40000 },
  );
  const summary = await amplitudes(file, geometry);
  const values = caseTraces((i, j) => i !== 1 || j !== 1).flatMap(({ samples }) => samples.map(Math.fround));
  t.is(summary.max, Math.max(...values));
  t.is(summary.min, Math.min(...values));
  t.true(Math.abs(summary.rms / Math.sqrt(values.reduce((s, v) => s + v * v, 0) / values.length) - 1) < 1e-12);
  t.deepEqual((({ traces, of }) => [traces, of])(await amplitudes(file, geometry, 10)), [10, 47]);
  const facts = segyFacts(file, geometry, summary);
  const value = (name: string): string | undefined => facts.find((fact) => fact.name === name)?.value;
  t.is(value('format'), 'SEG-Y revision 1.0');
  t.is(value('byte order'), 'big endian');
  t.is(value('sample format'), 'IEEE float, 4 bytes (code 5)');
  t.is(value('samples'), '50 of 4 ms');
  t.is(value('time'), '0 to 196 ms');
  t.is(value('inline'), '100 to 105 in steps of 1 (6), bytes 189-192');
  t.is(value('order of the file'), 'inline rising, then crossline rising');
  t.is(value('live traces'), '47 of 48 positions');
  t.regex(value('warning')!, /intervals disagree/);
  t.is(value('text header'), 'C 1 HAND MADE');
});

test('surveys of more traces than are looked at first: cubes, words elsewhere, shots, lines', async (t) => {
  const list = Array.from({ length: 500 * 50 }, (_, n) => [Math.floor(n / 50), n % 50] as const).filter(
    ([i, j]) => (i + j) % 17 !== 3 || i % 499 === 0 || j % 49 === 0,
  );
  const grid = async (words: (i: number, j: number) => HandTrace['words']): Promise<unknown> => {
    const { geometry } = await found(list.map(([i, j]) => trace(words(i, j), [1])));
    t.is(geometry.counts.live, list.length);
    return axesOf(geometry);
  };
  t.deepEqual(await grid((i, j) => ({ 189: 2 * i, 193: j + 7 })), [
    ['inline', 0, 2, 500],
    ['crossline', 7, 1, 50],
  ]);
  t.deepEqual(await grid((i, j) => ({ 221: i, 21: j + 7 })), [
    ['inline', 0, 1, 500],
    ['crossline', 7, 1, 50],
  ]);
  t.deepEqual(await grid((i, j) => ({ 9: i, 13: j + 7, 37: j, 73: i, 81: j })), [
    ['shot', 0, 1, 500],
    ['receiver', 7, 1, 50],
  ]);
  t.deepEqual(await grid((i, j) => ({ 21: 50 * i + j })), [['cmp', 0, 1, 25000]]);
  t.deepEqual(await grid(() => ({ 1: 0, 5: 0 })), [['trace', 1, 1, list.length]]);
});
