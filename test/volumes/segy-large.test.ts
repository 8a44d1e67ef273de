import { open, readdir, rm, stat } from 'node:fs/promises';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { createFileSink, openFileSource } from '../../core/platform/byte-files.js';
import { findGeometry, openSegy, readWindow, startSegyCopy } from '../../volumes/formats/segy/index.js';
import { caseTraces, countingSource, handMade } from '../support/segy.js';

const GB = 2 ** 30;
/** More than two bytes can say: revision 2. Long traces, so that the test has few of them to walk over. */
const SAMPLES = 625_000;
const STRIDE = 240 + 4 * SAMPLES;
const TRACES = Math.floor((20 * GB) / STRIDE);

test('of a file of 20 GB only headers and the window asked for are read, in bounded memory', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'slicewise-segy-'));
  try {
    const path = join(folder, 'large.sgy');
    const file = await open(path, 'w');
    const head = handMade({ traces: [{ samples: Array(4).fill(0) }], binary: { 3221: 0, 3501: 0x200 } }).subarray(0, 3600);
    new DataView(head.buffer).setUint32(3268, SAMPLES);
    await file.write(head, 0, 3600, 0);
    // two traces with samples, in the middle; all else is a hole of the file system
    const middle = Math.floor(TRACES / 2);
    const value = Buffer.alloc(8);
    value.writeFloatBE(1.5, 0);
    value.writeFloatBE(-2.5, 4);
    for (const n of [middle, middle + 1]) await file.write(value, 0, 8, 3600 + n * STRIDE + 240 + 4 * 1000);
    await file.truncate(3600 + TRACES * STRIDE);
    await file.close();
    t.true((await stat(path)).size > 19.9 * GB);

    const opened = await openFileSource(path);
    const source = countingSource(opened);
    const before = process.memoryUsage.rss();
    const segy = await openSegy(source);
    t.deepEqual([segy.traces, segy.samples], [TRACES, SAMPLES]);
    const geometry = await findGeometry(segy, { dead: 'codes' });
    t.is(geometry.counts.live, TRACES);
    // headers twice (to see what they hold, and for the geometry), and a few samples: a four-thousandth of the file
    t.true(source.read_.bytes < 5_000_000, String(source.read_.bytes));
    source.read_.bytes = 0;
    const { data } = await readWindow(segy, geometry, { start: [middle - 1, 900], count: [4, 200] });
    t.is(source.read_.bytes, 4 * 200 * 4);
    t.deepEqual([...data.subarray(300, 302), ...data.subarray(500, 502)], [1.5, -2.5, 1.5, -2.5]);
    t.true(data.every((v, n) => v === 0 || [300, 301, 500, 501].includes(n)));
    const grown = (process.memoryUsage.rss() - before) / 2 ** 20;
    t.true(grown < 300, `${grown.toFixed(0)} MiB`);
    t.true(source.read_.largest <= 4 << 20);
    await opened.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a copy on disk appears whole by commit, and leaves nothing behind when it is given up', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'slicewise-segy-'));
  try {
    const input = handMade({ traces: caseTraces((i, j) => i !== 2 || j !== 2) });
    const [from, to] = [join(folder, 'in.sgy'), join(folder, 'out.sgy')];
    writeFileSync(from, input);
    writeFileSync(to, 'old');
    const source = await openFileSource(from);
    const segy = await openSegy(source);
    const geometry = await findGeometry(segy);
    const given = await createFileSink(to);
    await startSegyCopy(segy, geometry, given);
    t.is((await readdir(folder)).length, 3);
    await given.abort();
    t.deepEqual([(await readdir(folder)).sort(), readFileSync(to, 'utf8')], [['in.sgy', 'out.sgy'], 'old']);

    const sink = await createFileSink(to);
    const copy = await startSegyCopy(segy, geometry, sink);
    await copy.writeWindow({ start: [2, 2, 0], count: [1, 1, 50] }, new Float32Array(50).fill(3));
    copy.finish();
    await sink.commit();
    await sink.abort();
    t.deepEqual((await readdir(folder)).sort(), ['in.sgy', 'out.sgy']);
    const out = await openFileSource(to);
    const again = await openSegy(out);
    t.is(again.traces, 48);
    t.true((await readWindow(again, await findGeometry(again), { start: [2, 2, 0], count: [1, 1, 50] })).data.every((v) => v === 3));
    await out.close();
    await source.close();
    await t.throwsAsync(openFileSource(join(folder, 'none.sgy')), { code: 'FILE_NOT_FOUND' });
    await t.throwsAsync(openFileSource(folder), { message: /not a file/ });
    await t.throwsAsync(createFileSink(join(folder, 'no', 'out.sgy')), { code: 'FILE_WRITE' });
  } finally {
    await rm(folder, { recursive: true });
  }
});
