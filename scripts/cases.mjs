// Runs the command line on inputs that went wrong for somebody (a folder of cases as docs/lab/cases.md lists them) and prints what comes:
// node scripts/cases.mjs FOLDER [name …]. Needs a build; writes into a temporary folder alone.
import { mkdtempSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runCli } from '../dist/src/cli/program.js';
import { readVolume } from '../dist/volumes/index.js';
import { readInput } from '../dist/core/platform/files.js';

const [folder, ...names] = process.argv.slice(2);
if (!folder || !existsSync(folder)) throw new Error('node scripts/cases.mjs FOLDER [name …]');
const scratch = mkdtempSync(join(tmpdir(), 'slicewise-cases-'));
let outputs = 0;
let last = '';

/** Runs a command; `OUT` stands for a file of its own (with an ending: `OUT.npy`), `LAST` for that of the command before. */
async function slicewise(...args) {
  const out = join(scratch, `out${outputs++}`);
  const at = (text) =>
    text
      .replace(/^OUT/, out)
      .replace(/^LAST/, last)
      .replace(/\bCASES\b/, resolve(folder));
  const lines = [];
  const terminal = { out: (text) => lines.push(text), note: (text) => lines.push(text), interactive: false };
  const code = await runCli(args.map(at), terminal, () => new AbortController().signal);
  const file = args.map((arg) => (arg.startsWith('OUT') ? at(arg) : undefined)).find(Boolean);
  const text = lines.join('\n');
  if (file) last = file;
  return { code, text, file: file && existsSync(file) ? file : undefined };
}

async function data(file, options = {}) {
  return readVolume(await readInput(file), options);
}
const mean = (list) => list.reduce((sum, v) => sum + v, 0) / list.length;

/** Cases: commands in turn (`CASES` is the folder), and patterns that what comes fits where it is right. */
const CASES = JSON.parse(readFileSync(new URL('./cases.json', import.meta.url), 'utf8'));

const rows = [];
for (const { name, runs } of CASES) {
  if (names.length > 0 && !names.some((wanted) => name.includes(wanted))) continue;
  for (const { args, right, wrong } of runs) {
    let outcome;
    try {
      outcome = await slicewise(...args);
    } catch (error) {
      outcome = { code: 'threw', text: String(error?.stack ?? error) };
    }
    let figures = '';
    if (outcome.file && /\.(npy|nii|gz)$/.test(outcome.file)) {
      try {
        const volume = await data(outcome.file);
        const list = Array.from(volume.data);
        const range = [Math.min(...list), Math.max(...list)].map((value) => value.toPrecision(4)).join(' … ');
        figures = `[${volume.shape}] mean ${mean(list).toPrecision(4)}, ${range}`;
      } catch (error) {
        figures = String(error.message);
      }
    }
    const told = `${outcome.text}\n${figures}`;
    const good = (right ?? []).every((pattern) => new RegExp(pattern, 's').test(told)) && !(wrong && new RegExp(wrong, 's').test(told));
    const verdict = right || wrong ? (good ? 'right' : 'NOT RIGHT') : 'look';
    rows.push({ name, args, verdict });
    console.log(
      `\n=== ${name}: slicewise ${args.join(' ')}\n${verdict}; exit ${outcome.code}\n${told
        .trim()
        .split('\n')
        .map((l) => `    ${l.slice(0, 400)}`)
        .join('\n')}`,
    );
  }
}
const count = (verdict) => rows.filter((row) => row.verdict === verdict).length;
console.log(`\n${rows.length} runs: ${count('right')} right, ${count('NOT RIGHT')} not, ${count('look')} to look at`);
for (const row of rows.filter((r) => r.verdict !== 'right')) console.log(`  ${row.verdict}: ${row.name}: ${row.args.join(' ')}`);
rmSync(scratch, { recursive: true });
