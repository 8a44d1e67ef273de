import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { naturalOrder, readInput, writeFileAtomic, writeFilesAtomic } from '../../core/platform/files.js';

const folder = mkdtempSync(join(tmpdir(), 'slicewise-files-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));
const place = (name: string): string => {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
};
const bytes = (text: string) => new TextEncoder().encode(text);

test('numbers in names count as numbers', (t) => {
  t.deepEqual(naturalOrder(['s10.tif', 's2.tif', 's1.tif', 'a', 's02.tif']), ['a', 's1.tif', 's02.tif', 's2.tif', 's10.tif']);
});

test('a folder gives its files in natural order, without hidden ones and subfolders', async (t) => {
  const path = place('stack');
  for (const name of ['s10', 's9', '.hidden']) writeFileSync(join(path, name), name);
  mkdirSync(join(path, 'sub'));
  const files = await readInput(path);
  t.deepEqual(
    files.map((f) => [f.name, new TextDecoder().decode(f.bytes)]),
    [
      ['s9', 's9'],
      ['s10', 's10'],
    ],
  );
});

test('the other half of a header and image pair comes along', async (t) => {
  const path = place('pair');
  for (const name of ['a.hdr', 'a.img', 'b.img']) writeFileSync(join(path, name), name);
  t.deepEqual(
    (await readInput(join(path, 'a.hdr'))).map((f) => f.name),
    ['a.hdr', 'a.img'],
  );
  t.deepEqual(
    (await readInput(join(path, 'b.img'))).map((f) => f.name),
    ['b.img'],
  );
});

test('nothing to read is an error that names the path', async (t) => {
  await t.throwsAsync(readInput(join(folder, 'absent.nii')), { code: 'FILE_NOT_FOUND', message: /absent\.nii/ });
  await t.throwsAsync(readInput(place('empty')), { code: 'FILE_NOT_FOUND', message: /no files/ });
});

test('a written file is whole, replaces what was there and leaves nothing beside it', async (t) => {
  const path = place('write');
  await writeFileAtomic(join(path, 'a'), bytes('one'));
  await writeFileAtomic(
    join(path, 'a'),
    (async function* () {
      yield bytes('tw');
      yield bytes('o');
    })(),
  );
  t.is(readFileSync(join(path, 'a'), 'utf8'), 'two');
  t.deepEqual(readdirSync(path), ['a']);
});

test('content that fails half-way leaves the old file and no other', async (t) => {
  const path = place('fail');
  writeFileSync(join(path, 'a'), 'old');
  const failing = (async function* () {
    yield bytes('new');
    throw new Error('source broke');
  })();
  await t.throwsAsync(writeFileAtomic(join(path, 'a'), failing), { message: 'source broke' });
  t.is(readFileSync(join(path, 'a'), 'utf8'), 'old');
  t.deepEqual(readdirSync(path), ['a']);
});

test('of files that belong together none is replaced when one cannot be written', async (t) => {
  const path = place('together');
  const [a, b] = [join(path, 'a'), join(path, 'b')];
  await writeFilesAtomic([
    { path: a, content: bytes('1') },
    { path: b, content: bytes('2') },
  ]);
  const failing = (function* () {
    yield bytes('new');
    throw new Error('source broke');
  })();
  const both = writeFilesAtomic([
    { path: a, content: bytes('3') },
    { path: b, content: failing },
  ]);
  await t.throwsAsync(both, { message: 'source broke' });
  t.deepEqual([readFileSync(a, 'utf8'), readFileSync(b, 'utf8'), readdirSync(path)], ['1', '2', ['a', 'b']]);
});

test('missing folders, forbidden folders and folders in the way are FILE_WRITE, with nothing left behind', async (t) => {
  await t.throwsAsync(writeFileAtomic(join(folder, 'absent', 'a'), bytes('x')), {
    code: 'FILE_WRITE',
    message: /does not exist/,
  });
  const path = place('blocked');
  mkdirSync(join(path, 'a', 'b'), { recursive: true });
  await t.throwsAsync(writeFileAtomic(join(path, 'a'), bytes('x')), { code: 'FILE_WRITE' });
  t.deepEqual(readdirSync(path), ['a']);
  if (process.getuid?.() === 0) return; // the superuser may write anywhere
  const locked = place('locked');
  chmodSync(locked, 0o500);
  await t.throwsAsync(writeFileAtomic(join(locked, 'a'), bytes('x')), { code: 'FILE_WRITE', message: /permission/ });
});

test('a full disk is FILE_WRITE that says so; the old file stays and nothing is left beside it', (t) => {
  const path = place('full');
  // a file system of 64 KiB, mounted for the child alone
  const child = `
    import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
    import { writeFileAtomic } from '${new URL('../../core/platform/files.js', import.meta.url).href}';
    writeFileSync('a', 'old');
    const error = await writeFileAtomic('a', new Uint8Array(1 << 20)).catch((e) => e);
    console.log(JSON.stringify([error.code, /disk is full/.test(error.message), readFileSync('a', 'utf8'), readdirSync('.')]));`;
  const script = join(folder, 'child.mjs');
  writeFileSync(script, child);
  const shell = 'mount -t tmpfs -o size=64k none "$0" && cd "$0" && exec "$1" "$2"';
  const run = spawnSync('unshare', ['-Urm', 'sh', '-c', shell, path, process.execPath, script], { encoding: 'utf8' });
  if (run.status !== 0 && !run.stdout) {
    t.log('skipped: no private mounts here');
    return t.pass();
  }
  t.deepEqual(JSON.parse(run.stdout), ['FILE_WRITE', true, 'old', ['a']]);
});
