import { readFileSync } from 'node:fs';
import test from 'ava';
import { VERSION } from '../../src/version.js';

interface Package {
  version: string;
  bin: { [name: string]: string };
  exports: { [path: string]: unknown };
  files: string[];
}
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Package;

/** Every file an exports map names. */
function targets(entry: unknown): string[] {
  return typeof entry === 'string' ? [entry] : Object.values(entry as object).flatMap(targets);
}

test('every entry point of the package exists and is in what is published', (t) => {
  const paths = [...Object.values(manifest.exports).flatMap(targets), ...Object.values(manifest.bin)];
  t.true(paths.length > 8);
  for (const path of paths.map((p) => p.replace(/^\.\//, ''))) {
    t.notThrows(() => readFileSync(path), path);
    t.true(path === 'package.json' || manifest.files.some((folder) => path.startsWith(`${folder}/`)), path);
  }
  t.true(readFileSync(manifest.bin.slicewise, 'utf8').startsWith('#!/usr/bin/env node'));
});

test('the version is said once', (t) => t.is(VERSION, manifest.version));

test('the lockfile names no registry', (t) => {
  const lock = readFileSync('package-lock.json', 'utf8');
  t.false(lock.includes('"resolved"'));
  t.false(/https?:\/\/(registry|npm)\b/.test(lock));
});

for (const name of [
  'slicewise',
  'slicewise/volumes',
  'slicewise/compute',
  'slicewise/operators',
  'slicewise/models',
  'slicewise/fit',
  'slicewise/solvers',
  'slicewise/regularisers',
]) {
  test(`the names that ${name} exports are these (a change here is a change for users)`, async (t) => {
    const pinned = JSON.parse(readFileSync('test/house/public-api.json', 'utf8')) as { [name: string]: string[] };
    const module = (await import(name)) as object;
    t.deepEqual(Object.keys(module).sort(), pinned[name]);
  });
}
