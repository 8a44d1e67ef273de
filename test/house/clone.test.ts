import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { VERSION } from '../../src/version.js';
import { writeMeasurement } from '../../volumes/index.js';
import { command, type Outcome } from '../support/cli.js';
import { cloneInto, plainShell } from '../support/clone.js';
import { smallScan } from '../support/scans.js';

/*
 * The command of a clone, in the orders in which people come to it: npx before anything was built and with an empty npm cache, a clean rebuild, a global
 * link, the packed package. The tests share one clone (a build takes half a minute) and go on from each other.
 */

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'slicewise-clone-')));
const [clone, cache, prefix, empty] = ['clone', 'cache', 'prefix', 'empty'].map((name) => join(folder, name));
test.before(() => {
  cloneInto(clone);
  mkdirSync(empty);
});
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** Nothing of a clone needs the registry. */
const cold = plainShell({ npm_config_cache: cache, npm_config_prefix: prefix, npm_config_offline: 'true' }, [
  join(prefix, 'bin'),
]);

const inClone = (program: string, ...args: string[]): Promise<Outcome> =>
  command(clone, program, args, undefined, cold);

const printed = (text: string): Outcome => ({ code: 0, out: `${text}\n`, err: '' });

/** Text of a file of the clone, put back afterwards. */
async function changed<T>(path: string, text: (old: string) => string, work: () => Promise<T>): Promise<T> {
  const file = join(clone, path);
  const old = readFileSync(file, 'utf8');
  writeFileSync(file, text(old));
  try {
    return await work();
  } finally {
    writeFileSync(file, old);
  }
}

test.serial(
  'a command that only a build brings is not found by npx, then or later (what the next tests would find)',
  async (t) => {
    const planted = join(folder, 'planted');
    mkdirSync(join(planted, 'dist'), { recursive: true });
    writeFileSync(
      join(planted, 'package.json'),
      JSON.stringify({ name: 'planted', version: '1.0.0', bin: 'dist/main.js' }),
    );
    const npx = (): Promise<Outcome> => command(planted, 'npx', ['planted', '--version'], undefined, cold);
    t.not((await npx()).code, 0);
    writeFileSync(join(planted, 'dist/main.js'), '#!/usr/bin/env node\nconsole.log(1);\n');
    t.not((await npx()).code, 0);
  },
);

test.serial(
  'npx, before anything was built and with an empty npm cache, builds and runs: only the result is in standard output',
  async (t) => {
    t.false(existsSync(join(clone, 'dist')));
    const { code, out, err } = await inClone('npx', 'slicewise', '--version');
    t.deepEqual([code, out], [0, `${VERSION}\n`], err);
    t.regex(err, /^setup: compiling TypeScript$/m);
    t.deepEqual(await inClone('npx', 'slicewise', '--version'), printed(VERSION));
  },
);

test.serial('after a clean rebuild npx and a globally linked command run', async (t) => {
  const link = await inClone('npm', 'link');
  t.is(link.code, 0, link.err);
  rmSync(join(clone, 'dist'), { recursive: true });
  const build = await inClone('npm', 'run', 'build');
  t.is(build.code, 0, build.err);
  t.deepEqual(await inClone('npx', 'slicewise', '--version'), printed(VERSION));
  t.deepEqual(await command(empty, 'slicewise', ['--version'], undefined, cold), printed(VERSION));
});

test.serial('a source newer than its output is built first, through the global link as well', async (t) => {
  await changed(
    'src/version.ts',
    (text) => text.replace(VERSION, 'changed'),
    async () => {
      const { code, out, err } = await command(empty, 'slicewise', ['--version'], undefined, cold);
      t.deepEqual([code, out], [0, 'changed\n'], err);
    },
  );
});

test.serial('where the set-up fails or Node is too old one line says so, and nothing runs', async (t) => {
  const said = async (path: string, text: (old: string) => string, why: RegExp): Promise<void> => {
    const { code, out, err } = await changed(path, text, () => inClone('bin/slicewise.mjs', '--version'));
    t.deepEqual([code, out], [1, '']);
    t.regex(err.trim().split('\n').at(-1)!, why);
  };
  await said(
    'package-lock.json',
    () => 'broken',
    /^slicewise: the build in .* is missing or older than its sources, and making it failed/,
  );
  await said(
    'package.json',
    (text) => text.replace(/"node": ">=[\d.]+"/, '"node": ">=99.1"'),
    /^slicewise: this is Node .*; it needs Node 99\.1 or later/,
  );
});

test.serial(
  'arguments, exit codes and Ctrl-C reach the run, and the line that it prints goes on from there',
  async (t) => {
    const wrong = await inClone('npx', 'slicewise', 'no such', '--thing');
    t.is(wrong.code, 2, wrong.err);
    t.regex(wrong.err, /unknown command 'no such'/);

    const { scan } = await smallScan(3, 32, 12);
    writeFileSync(join(empty, 'a scan.h5'), await writeMeasurement('a scan.h5', scan));
    const line = ['recon', 'a scan.h5', '-o', 'out.nii', '--method', 'admm-tv', '--iterations', '150'];
    const local = plainShell({}); // without the global link
    let sent = false; // a second one would end the run at once
    const stopped = await command(
      empty,
      join(clone, 'bin/slicewise.mjs'),
      line,
      (err, kill) => {
        if (!sent && (sent = /step \d+\/150/.test(err))) kill('SIGINT');
      },
      local,
    );
    t.is(stopped.code, 130, stopped.err);
    const again = /go on with:\n +(.*)\n/.exec(stopped.err)![1];
    t.is(again, `node ${clone}/bin/slicewise.mjs ${line.join(' ').replace('a scan.h5', "'a scan.h5'")} --resume`);
    const resumed = await command(empty, 'bash', ['-c', again], undefined, local);
    t.is(resumed.code, 0, resumed.err);
    t.true(existsSync(join(empty, 'out.nii')));
  },
);

test.serial('the packed package runs where it is installed', async (t) => {
  const pack = await inClone('npm', 'pack', '--json', '--pack-destination', folder);
  t.is(pack.code, 0, pack.err);
  t.is(statSync(join(clone, 'bin/slicewise.mjs')).mode & 0o111, 0o111);
  // its packages come from the ordinary cache that `npm ci` filled, or else from the registry
  const shell = plainShell({ npm_config_prefer_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' });
  appendFileSync(join(empty, 'package.json'), '{}');
  const tarball = join(folder, `slicewise-${VERSION}.tgz`);
  const install = await command(empty, 'npm', ['install', '--omit=optional', tarball], undefined, shell);
  t.is(install.code, 0, install.err);
  t.deepEqual(await command(empty, 'npx', ['slicewise', '--version'], undefined, shell), printed(VERSION));
  const models = await command(empty, 'npx', ['slicewise', 'models', '--json'], undefined, shell);
  t.is(models.code, 0, models.err);
  t.true((JSON.parse(models.out) as { name: string }[]).some(({ name }) => name === 'ct'));
});
