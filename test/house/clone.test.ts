import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { VERSION } from '../../src/version.js';
import { writeMeasurement } from '../../volumes/index.js';
import { command, type Outcome } from '../support/cli.js';
import { cloneInto, plainShell } from '../support/clone.js';
import { smallScan } from '../support/scans.js';

/*
 * The command of a clone, in the orders in which people come to it: npx before anything was built and with an empty npm cache, a clean
 * rebuild, a global link, the packed package. The tests share one clone (a build takes half a minute), so each goes on from the one before.
 */

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'slicewise-clone-')));
const [clone, cache, prefix, empty] = ['clone', 'cache', 'prefix', 'empty'].map((name) => join(folder, name));
test.before(() => {
  cloneInto(clone);
  mkdirSync(empty);
});
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** A shell with an empty npm cache, a global folder of its own and no registry: a clone that is installed needs none. */
const cold = plainShell({ npm_config_cache: cache, npm_config_prefix: prefix, npm_config_offline: 'true' }, join(prefix, 'bin'));

const inClone = (program: string, ...args: string[]): Promise<Outcome> => command(clone, program, args, undefined, cold);

/** The first line: below it stands what exactly runs. */
const versionOf = async (told: Promise<Outcome>): Promise<Outcome> => {
  const outcome = await told;
  return { ...outcome, out: outcome.out.replace(/\n[^]*/, '\n') };
};
const npxVersion = (): Promise<Outcome> => versionOf(inClone('npx', 'slicewise', '--version'));
const linkedVersion = (): Promise<Outcome> => versionOf(command(empty, 'slicewise', ['--version'], undefined, cold));
const justVersion = { code: 0, signal: null, out: `${VERSION}\n`, err: '' };

/** Does something while a file of the clone has another text; then text and time are as before. */
async function changed<T>(path: string, text: (old: string) => string, work: () => Promise<T>): Promise<T> {
  const file = join(clone, path);
  const { atime, mtime } = statSync(file);
  const old = readFileSync(file, 'utf8');
  writeFileSync(file, text(old));
  try {
    return await work();
  } finally {
    writeFileSync(file, old);
    utimesSync(file, atime, mtime);
  }
}

test.serial('npx does not find a command that only a build brings, then or later: what these tests are there to see', async (t) => {
  const planted = join(folder, 'planted');
  mkdirSync(join(planted, 'dist'), { recursive: true });
  const manifest = { name: 'planted', version: '1.0.0', bin: 'dist/main.js' };
  writeFileSync(join(planted, 'package.json'), JSON.stringify(manifest));
  const npx = (): Promise<Outcome> => command(planted, 'npx', ['planted'], undefined, cold);
  t.not((await npx()).code, 0);
  writeFileSync(join(planted, 'dist/main.js'), '#!/usr/bin/env node\n');
  t.not((await npx()).code, 0);
});

test.serial('npx before any build, with an empty npm cache, builds and runs; standard output has the result alone', async (t) => {
  t.false(existsSync(join(clone, 'dist')));
  const { code, out, err } = await npxVersion();
  t.deepEqual([code, out], [0, `${VERSION}\n`], err);
  t.regex(err, /^setup: compiling TypeScript$/m);
  t.deepEqual(await npxVersion(), justVersion);
});

test.serial('after a clean rebuild npx and a globally linked command run', async (t) => {
  const link = await inClone('npm', 'link');
  t.is(link.code, 0, link.err);
  rmSync(join(clone, 'dist'), { recursive: true });
  const build = await inClone('npm', 'run', 'build');
  t.is(build.code, 0, build.err);
  t.deepEqual(await npxVersion(), justVersion);
  t.deepEqual(await linkedVersion(), justVersion);
});

test.serial('where the set-up fails or Node is too old, one line says so and nothing runs', async (t) => {
  const lastLine = async (path: string, text: (old: string) => string): Promise<string> => {
    const { code, out, err } = await changed(path, text, () => inClone(join(clone, 'bin/slicewise.mjs'), '--version'));
    t.deepEqual([code, out], [1, '']);
    return err.trim().split('\n').at(-1)!;
  };
  t.regex(
    await lastLine('package-lock.json', () => 'broken'),
    /^slicewise: the build in .* is missing or older than its sources, and making it failed/,
  );
  t.regex(
    await lastLine('package.json', (text) => text.replace(/"node": ">=[\d.]+"/, '"node": ">=99.1"')),
    /^slicewise: this is Node \d.*; it needs Node 99\.1 or later/,
  );
});

test.serial('arguments and Ctrl-C reach the run, its exit code comes back, and the line that it prints goes on', async (t) => {
  const wrong = await inClone('npx', 'slicewise', 'no such', '--thing');
  t.is(wrong.code, 2, wrong.err);
  t.regex(wrong.err, /unknown command 'no such'/);

  const { scan } = await smallScan(6, 32, 12);
  writeFileSync(join(empty, 'a scan.h5'), await writeMeasurement('a scan.h5', scan));
  const bin = join(clone, 'bin/slicewise.mjs');
  const args = ['recon', 'a scan.h5', '-o', 'out.nii', '--method', 'admm-tv', '--iterations', '150'];
  const unlinked = plainShell({});
  let sent = false; // a second one would end the run at once
  const interrupt = (err: string, kill: (signal: NodeJS.Signals) => void): void => {
    if (sent || !/step \d+\/150/.test(err)) return;
    sent = true;
    kill('SIGINT');
  };
  const stopped = await command(empty, bin, args, interrupt, unlinked);
  t.is(stopped.code, 130, stopped.err);
  const again = /go on with:\n +(.*)\n/.exec(stopped.err)![1];
  t.is(again, `node ${bin} ${args.join(' ').replace('a scan.h5', "'a scan.h5'")} --resume`);
  const resumed = await command(empty, 'sh', ['-c', again], undefined, unlinked);
  t.is(resumed.code, 0, resumed.err);
  t.true(existsSync(join(empty, 'out.nii')));
});

test.serial('the packed package runs where it is installed', async (t) => {
  const pack = await inClone('npm', 'pack', '--pack-destination', folder);
  t.is(pack.code, 0, pack.err);
  // its packages come from the ordinary cache, which `npm ci` filled, or from the registry
  const warm = plainShell({ npm_config_prefer_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' });
  const project = join(folder, 'project');
  mkdirSync(project);
  const inProject = (program: string, ...args: string[]): Promise<Outcome> => command(project, program, args, undefined, warm);
  const install = await inProject('npm', 'install', '--omit=optional', join(folder, `slicewise-${VERSION}.tgz`));
  t.is(install.code, 0, install.err);
  t.deepEqual(await versionOf(inProject('npx', 'slicewise', '--version')), justVersion);
  const models = await inProject('npx', 'slicewise', 'models', '--json');
  t.is(models.code, 0, models.err);
  t.true((JSON.parse(models.out) as { name: string }[]).some(({ name }) => name === 'ct'));
  const help = await inProject('npx', 'slicewise', 'recon', '--help');
  t.regex(help.out, /^ {2}\$ npx slicewise recon scan\.h5 /m);
});

// the last one: the clone stays changed
test.serial('a source newer than its output is built first, through the global link as well', async (t) => {
  const source = join(clone, 'src/version.ts');
  writeFileSync(source, readFileSync(source, 'utf8').replace(VERSION, 'changed'));
  const { code, out, err } = await linkedVersion();
  t.deepEqual([code, out], [0, 'changed\n'], err);
});
