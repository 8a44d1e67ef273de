import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test from 'ava';
import { runCli } from '../../src/cli/program.js';
import { inFolder, listing } from '../support/cli.js';

const FILES = ['slurm-array.sh', 'slurm-workers.sh', 'Snakefile'];
const has = (program: string, version = '--version'): boolean => spawnSync(program, [version]).status === 0;
const withBash = has('bash') ? test : test.skip;
const withSnakemake = has('snakemake') ? test : test.skip;

/** A folder with two scans by name, and a `slicewise` that writes down what it is called with. */
function lab(folder: string): void {
  mkdirSync(join(folder, 'scans'));
  for (const name of ['a', 'b']) writeFileSync(join(folder, `scans/${name}.h5`), '');
  writeFileSync(join(folder, 'scans.txt'), 'scans/a.h5\nscans/b.h5\n');
  writeFileSync(join(folder, 'slicewise'), `#!/usr/bin/env bash\nprintf '%s\\n' "$@" > "$(dirname "$0")/called"\n`);
  chmodSync(join(folder, 'slicewise'), 0o755);
}

/** Is it a command line of ours? Then it fails for want of a scan or a Redis, not as wrong usage. */
async function understood(args: readonly string[]): Promise<string> {
  let err = '';
  const terminal = { out: () => undefined, note: (text: string) => (err += text), interactive: false };
  const code = await runCli(args, terminal, () => new AbortController().signal);
  return code === 2 ? err : '';
}

test('what the guide shows of the scripts for clusters is what stands in them', (t) => {
  const guide = readFileSync('docs/guide/cluster.md', 'utf8');
  const blocks = Array.from(guide.matchAll(/```(?:bash|python)\n([\s\S]*?)```/g), ([, code]) => code);
  t.is(blocks.length, FILES.length);
  const texts = FILES.map((name) => readFileSync(`examples/cluster/${name}`, 'utf8'));
  for (const [n, block] of blocks.entries()) t.true(texts[n].includes(block), FILES[n]);
});

withBash('the Slurm scripts are sound, and call commands that exist', (t) =>
  inFolder(async (folder) => {
    lab(folder);
    for (const name of FILES.slice(0, 2)) {
      const script = resolve('examples/cluster', name);
      t.is(spawnSync('bash', ['-n', script]).status, 0, name);
      const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, SLURM_ARRAY_TASK_ID: '2', QUEUE: 'redis://127.0.0.1:1' };
      const { status, stderr } = spawnSync('bash', [script], { cwd: folder, env, encoding: 'utf8' });
      t.is(status, 0, stderr);
      const called = readFileSync(join(folder, 'called'), 'utf8').trim().split('\n');
      if (name === 'slurm-array.sh') t.deepEqual(called.slice(0, 4), ['recon', 'scans/b.h5', '-o', 'out/b.nii.gz']);
      t.is(await understood(called.map((word) => word.replace(/^(scans|out)\//, `${folder}/$1/`))), '');
    }
  }),
);

withSnakemake('the Snakefile plans a run of every scan and the table', (t) =>
  inFolder((folder) => {
    lab(folder);
    copyFileSync('examples/cluster/Snakefile', join(folder, 'Snakefile'));
    const { status, stdout, stderr } = spawnSync('snakemake', ['-n', '--cores', '2', '-p'], { cwd: folder, encoding: 'utf8' });
    t.is(status, 0, stderr);
    const text = stdout + stderr;
    for (const name of ['a', 'b']) t.true(text.includes(`slicewise recon scans/${name}.h5 -o out/${name}.nii.gz`), text);
    t.true(text.includes('slicewise batch "scans/*.h5" -o out'), text);
    t.false(listing(folder).includes('out'));
    return Promise.resolve();
  }),
);
