import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { findScans, stemOf } from '../../src/cli/batch/scans.js';
import { MemoryGate } from '../../src/cli/batch/memory-gate.js';
import { csvOf, pageOf, type Row } from '../../src/cli/batch/table.js';
import { runCli } from '../../src/cli/program.js';
import { writeMeasurement } from '../../volumes/index.js';
import { inFolder, listing } from '../support/cli.js';
import { smallScan } from '../support/scans.js';

const put = (path: string, text = 'x'): void => {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
};

test('patterns are expanded by us, in natural order, each scan once; a path that is there is no pattern', (t) =>
  inFolder(async (folder) => {
    const at = (name: string): string => join(folder, name);
    for (const name of ['s2.h5', 's10.h5', 's1.h5', 'n[1].h5', 'notes.txt']) put(at(name));
    const names = async (...words: string[]) => (await findScans(words.map(at))).map(({ name }) => name);
    t.deepEqual(await names('s*.h5'), ['s1', 's2', 's10']);
    t.deepEqual(await names('s1.h5', 's?.h5', 's{1,10}.h5'), ['s1', 's2', 's10']);
    t.deepEqual(await names('n[1].h5'), ['n[1]']);
    t.deepEqual(await names('s[12].h5'), ['s1', 's2']);
    const { code } = await t.throwsAsync<Error & { code: string }>(names('*.sgy'));
    t.is(code, 'FILE_NOT_FOUND');
  }));

test('scans of one name in several folders are called after these; a pair of files is refused', (t) =>
  inFolder(async (folder) => {
    for (const name of ['day1/p1/scan.h5', 'day1/p2/scan.h5', 'day2/p1/scan.h5', 'day2/other.h5']) put(join(folder, name));
    const found = await findScans([join(folder, '**/*.h5')]);
    t.deepEqual(found.map(({ name }) => name).sort(), ['day1-p1-scan', 'day1-p2-scan', 'day2-p1-scan', 'other']);
    for (const name of ['a.cfl', 'a.hdr']) put(join(folder, name));
    await t.throwsAsync(findScans([join(folder, 'a.*')]), { message: /same outputs/ });
  }));

test('the name of a file is without its ending', (t) => {
  t.deepEqual(['a/b.nii.gz', 'b.h5', 'b', '.h5', 'v1.2.h5', '0.5.h5'].map(stemOf), ['b', 'b', 'b', '.h5', 'v1.2', '0.5']);
});

test('runs that are in memory at once fit into it, and all of them come in', async (t) => {
  const run = fc.record({ reading: fc.integer({ min: 1, max: 40 }), plan: fc.integer({ min: 1, max: 130 }), stops: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(run, { minLength: 1, maxLength: 12 }), async (runs) => {
      const gate = new MemoryGate(100, 4);
      let [used, most, through, refused] = [0, 0, 0, 0];
      const turns = async (n: number): Promise<void> => {
        for (let i = 0; i < n; i++) await Promise.resolve();
      };
      await Promise.all(
        runs.map(async ({ reading, plan, stops }) => {
          const place = await gate.enter(reading);
          try {
            await turns(3);
            if (stops) return void place.leave(); // it ended before its plan was known
            await place.take(plan);
            used += plan;
            most = Math.max(most, used);
            await turns(7);
            used -= plan;
            through++;
          } catch (error) {
            t.is((error as { code: string }).code, 'MEMORY');
            refused++;
          } finally {
            place.leave();
          }
        }),
      );
      t.true(most <= 100);
      t.is(refused, runs.filter(({ plan, stops }) => !stops && plan > 100).length);
      t.is(through, runs.filter(({ plan, stops }) => !stops && plan <= 100).length);
    }),
  );
});

test('whatever a file is called and an error says, the table has a cell for it, and the page runs none of it', (t) => {
  const row: Row = {
    scan: 'a "b",\nc.h5',
    name: 'a',
    output: 'o',
    status: 'failed',
    warnings: [],
    error: '<img src=x onerror=alert(1)>, no',
  };
  const csv = csvOf([row]);
  const cells = (line: string): string[] => Array.from(line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g), (m) => m[1] ?? m[2]);
  const [head, ...body] = csv.split('\r\n');
  const parsed = cells(body[0]);
  t.is(parsed.length, head.split(',').length);
  t.is(parsed[0], 'a ""b"",\nc.h5');
  t.is(parsed.at(-1), row.error);
  const page = pageOf([row], new Map(), 'slicewise batch "<b>"');
  t.false(/<img|<b>"|<script/.test(page));
  t.regex(page, /&lt;img src=x/);
});

async function cli(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const terminal = { out: (text: string) => (out += text), note: (text: string) => (err += `${text}\n`), interactive: false };
  return { code: await runCli(args, terminal, () => new AbortController().signal), out, err };
}

test('a batch has the bytes of single runs; a bad scan is reported alone; what is done is passed over', (t) =>
  inFolder(async (folder) => {
    const at = (name: string): string => join(folder, name);
    const { scan } = await smallScan(2, 32, 12);
    mkdirSync(at('scans'));
    for (const n of [1, 2]) {
      const data = scan.data.map((value) => value * n);
      writeFileSync(at(`scans/s${n}.h5`), await writeMeasurement('scan.h5', { ...scan, data }));
      t.is((await cli('recon', at(`scans/s${n}.h5`), '-o', at(`single${n}.nii.gz`), '--method', 'sirt', '--iterations', '4')).code, 0);
    }
    put(at('scans/broken.h5'), 'no HDF5');
    const line = ['batch', at('scans/*.h5'), '-o', at('out'), '--method', 'sirt', '--iterations', '4', '--jobs', '1'];
    const { code, err } = await cli(...line);
    t.is(code, 1, err);
    t.regex(err, /1 of 3 scans failed/);
    for (const n of [1, 2]) t.deepEqual(readFileSync(at(`out/s${n}.nii.gz`)), readFileSync(at(`single${n}.nii.gz`)));
    t.deepEqual(listing(at('out')), ['.batch', 'batch.csv', 'batch.html', 's1.json', 's1.nii.gz', 's2.json', 's2.nii.gz']);
    const rows = readFileSync(at('out/batch.csv'), 'utf8').trim().split('\r\n').slice(1);
    t.deepEqual(
      rows.map((row) => row.replaceAll(`${folder}/`, '').split(',').slice(0, 3).join()),
      ['scans/broken.h5,,failed', 'scans/s1.h5,out/s1.nii.gz,done', 'scans/s2.h5,out/s2.nii.gz,done'],
    );
    t.is(readFileSync(at('out/batch.html'), 'utf8').match(/data:image\/png/g)?.length, 2);

    // what is there is done, whoever made it: a result of recon among them
    rmSync(at('scans/broken.h5'));
    writeFileSync(at('scans/s3.h5'), readFileSync(at('scans/s1.h5')));
    const third = ['recon', at('scans/s3.h5'), '-o', at('out/s3.nii.gz'), '--json', at('out/s3.json'), '--method', 'fbp'];
    t.is((await cli(...third)).code, 0);
    const before = readFileSync(at('out/s1.json'), 'utf8');
    const again = await cli(...line);
    t.is(again.code, 0, again.err);
    t.regex(again.err, /3 of 3 scans are done already/);
    t.is(readFileSync(at('out/s1.json'), 'utf8'), before);
    t.regex(readFileSync(at('out/batch.csv'), 'utf8'), /s3\.h5,[^,]*out\/s3\.nii\.gz,done,fbp/);
    const status = await cli('batch', 'status', at('out'), '--all');
    t.regex(status.out, /3 scans: 3 done, 0 running, 0 waiting, 0 failed/);
  }));

test('options are tried before anything starts', (t) =>
  inFolder(async (folder) => {
    const at = (name: string): string => join(folder, name);
    const { scan } = await smallScan(2, 32, 12);
    writeFileSync(at('a.h5'), await writeMeasurement('scan.h5', scan));
    writeFileSync(at('b.h5'), await writeMeasurement('scan.h5', scan));
    const wrong: [string[], RegExp][] = [
      [['--method', 'sirt', '--prior', 'ct'], /sirt uses no prior/],
      [['--format', 'xyz'], /xyz/],
      [['--reference', 'truth.nii'], /a file for each scan/],
      [['--method', 'sirt', '--bounds', 'low'], /--bounds/],
      [['--std'], /--std needs several samples/],
      [['--queue', 'localhost'], /redis:\/\//],
    ];
    for (const [flags, words] of wrong) {
      const { code, err } = await cli(
        'batch',
        at('*.h5'),
        '-o',
        at('out'),
        ...(flags.includes('--method') ? [] : ['--method', 'sirt']),
        ...flags,
      );
      t.is(code, 2, flags.join(' '));
      t.regex(err, words);
    }
    // what only a scan can tell
    const { code, err } = await cli('batch', at('*.h5'), '-o', at('out'), '--method', 'zero-filled');
    t.is(code, 2, err);
    t.regex(err, /zero-filled is not for this kind of data/);
    t.deepEqual(
      listing(at('out')).filter((name) => name !== '.batch'),
      [],
    );
  }));
