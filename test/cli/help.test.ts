import test from 'ava';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allCommands } from '../../src/cli/registry.js';
import { runCli } from '../../src/cli/program.js';
import { VERSION } from '../../src/version.js';

/** The command in this process: what it prints, and its exit code. */
async function slicewise(...args: string[]): Promise<{ code: number; out: string; note: string }> {
  const [out, note]: string[][] = [[], []];
  const terminal = { out: (text: string) => void out.push(text), note: (text: string) => void note.push(text), interactive: false };
  const code = await runCli(args, terminal, () => new AbortController().signal);
  return { code, out: out.join('\n'), note: note.join('\n') };
}

const flagOf = (option: string, flags: Readonly<Record<string, string>> = {}): RegExp => {
  const long = /--(?:no-)?([a-z0-9-]+)/.exec(flags[option] ?? '')?.[1] ?? option.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
  return new RegExp(`^ +(?:-\\w, )?--(?:no-)?${long}(?![\\w-])`, 'm');
};

for (const [name, { schema, flags, chapters = [] }] of allCommands().entries()) {
  test(`help of ${name}: 80 columns, every option on the first page or in a part, and all of them in 'all'`, async (t) => {
    const words = name.split(' ');
    const first = await slicewise(...words, '--help');
    const all = chapters.length > 0 ? await slicewise(...words, '--help', 'all') : first;
    const parts = await Promise.all(chapters.map((chapter) => slicewise(...words, '--help', chapter.name)));
    for (const { code, out } of [first, all, ...parts]) {
      t.is(code, 0);
      t.deepEqual(
        out.split('\n').filter((line) => [...line].length > 80),
        [],
      );
    }
    for (const option of Object.keys(schema.shape)) {
      t.regex(all.out, flagOf(option, flags), option);
      t.true(
        [first, ...parts].some(({ out }) => flagOf(option, flags).test(out)),
        `${option} is in no part`,
      );
    }
    for (const chapter of chapters) t.true(first.out.includes(chapter.name), chapter.name);
  });
}

test('a part of the help has what the method itself says, and no other method’s', async (t) => {
  const dds = await slicewise('recon', '--help', 'dds');
  t.regex(dds.out, /^ +--eta <n>/m);
  t.notRegex(dds.out, /--relaxation/);
  const sirt = await slicewise('recon', '--help', 'sirt');
  t.regex(sirt.out, /^ +--relaxation <n>/m);
  t.notRegex(sirt.out, /--eta /);
});

test('a part that is none is an error that names them', async (t) => {
  const { code, note } = await slicewise('recon', '--help', 'nix');
  t.is(code, 2);
  t.regex(note, /one of scan, ct, .*dds.*all; got 'nix'/s);
});

test('the version tells what exactly runs', async (t) => {
  const { code, out } = await slicewise('--version');
  t.is(code, 0);
  t.is(out.split('\n')[0], VERSION);
  t.is(VERSION, (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version);
  t.true(out.includes(`Node ${process.versions.node}`), out);
});

/** What bash offers for the last of the words. */
function completed(script: string, words: readonly string[]): string[] {
  const file = join(mkdtempSync(join(tmpdir(), 'completion-')), 'slicewise.bash');
  writeFileSync(file, script);
  const call = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _slicewise; echo "${COMPREPLY[@]}"';
  return execFileSync('bash', ['-c', call, 'bash', file, ...words], { encoding: 'utf8' })
    .trim()
    .split(' ')
    .filter(Boolean);
}

const withBash = process.platform === 'win32' ? test.skip : test;
withBash('bash completes commands, options and values', async (t) => {
  const { out } = await slicewise('completion', 'bash');
  t.deepEqual(completed(out, ['slicewise', 're']), ['recon']);
  t.deepEqual(completed(out, ['slicewise', 'simulate', '']), ['ct', 'mri', 'seismic', 'spectral']);
  t.deepEqual(completed(out, ['slicewise', 'simulate', 'ct', 'chest.nii', '--view']), ['--views']);
  t.true(completed(out, ['slicewise', 'recon', 'scan.h5', '--method', 'd']).includes('dds'));
  t.deepEqual(completed(out, ['slicewise', 'recon', 'scan.h5', '--backend', '']), ['cpu', 'webgpu']);
  t.deepEqual(completed(out, ['slicewise', 'recon', 'sca']), []); // files, by the shell
});

test('the completion of other shells is there, that of an unknown one is an error', async (t) => {
  t.true((await slicewise('completion', 'zsh')).out.startsWith('#compdef slicewise\n'));
  t.regex((await slicewise('completion', 'fish')).out, /^complete -c slicewise .* -l prior -d .* -r$/m);
  const wrong = await slicewise('completion', 'tcsh');
  t.is(wrong.code, 2);
  t.regex(wrong.note, /one of bash, zsh, fish; got 'tcsh'/);
});
