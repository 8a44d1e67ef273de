/**
 * `npm run bench -- fuzz [COUNT] [SEED] [FORMAT]`: damaged files of every format that is read, COUNT in all (default 20,000), drawn from
 * SEED. Good small files (of other programs, and of our own writers) are changed bit by bit and field by field, cut, spliced. Ends with a
 * table: nothing may crash, hang (20 s of CPU time for one input), end in an error that is not ours, or ask for more memory than 20 times
 * the file and 64 MB. A million takes some 18 minutes of CPU time.
 *
 * Every format is read in a process of its own, which is watched and made anew where it ends or hangs.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FuzzFormat } from '../test/support/fuzz/seeds.js';
import { child } from './fuzz/child.js';
import { HANG, TIMES, type Count, type Finding, type Told } from './fuzz/told.js';

const COLUMNS = ['format', 'inputs', 'read', 'refused', 'crashes', 'hangs', 'raw errors', 'allocations', 'slowest, CPU ms', 'most, MB'];
const HEAD = `| ${COLUMNS.join(' | ')} |\n|---|${'--:|'.repeat(COLUMNS.length - 1)}`;

if (process.argv[2] === '--child') await child(process.argv[3], Number(process.argv[4]), Number(process.argv[5]), Number(process.argv[6]));
else await parent();

interface Row {
  name: string;
  inputs: number;
  read: number;
  refused: number;
  slowest: number;
  most: number;
  findings: Finding[];
}

async function parent(): Promise<void> {
  const [count = 20_000, seed = 1] = process.argv.slice(2, 4).map(Number);
  const only = process.argv[4];
  const { fuzzFormats } = await import('../test/support/fuzz/seeds.js');
  const formats = (await fuzzFormats()).filter(({ name }) => only === undefined || name.toLowerCase().includes(only.toLowerCase()));
  const each = Math.ceil(count / formats.length);
  const start = performance.now();
  const rows: Row[] = [];
  for (const format of formats) {
    const row = await fuzzed(format, seed, each);
    rows.push(row);
    console.log(line(row));
    for (const { kind, n, text } of distinct(row.findings)) console.log(`    ${kind}, seed ${seed}, input ${n}: ${text}`);
  }
  console.log(`\n${HEAD}`);
  rows.forEach((row) => console.log(line(row)));
  const all = rows.flatMap(({ findings }) => findings);
  const of = (kind: Finding['kind']): number => all.filter((f) => f.kind === kind).length;
  const inputs = rows.reduce((sum, row) => sum + row.inputs, 0);
  console.log(
    `\n${inputs} inputs, seed ${seed}, ${((performance.now() - start) / 1000).toFixed(0)} s: ` +
      `${of('crash')} crashes, ${of('hang')} hangs, ` +
      `${of('raw error')} raw errors, ${of('allocation')} allocations over ${TIMES} × file + 64 MB`,
  );
  process.exitCode = all.length === 0 ? 0 : 1;
}

function line({ name, inputs, read, refused, slowest, most, findings }: Row): string {
  const of = (kind: Finding['kind']): number => findings.filter((f) => f.kind === kind).length;
  const numbers = [
    inputs,
    read,
    refused,
    of('crash'),
    of('hang'),
    of('raw error'),
    of('allocation'),
    slowest.toFixed(0),
    (most / 2 ** 20).toFixed(1),
  ];
  return `| ${name} | ${numbers.join(' | ')} |`;
}

/** One of each message; every hang, which all say the same. */
function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Map<string, Finding>();
  for (const finding of findings) {
    const key = finding.kind === 'hang' ? `${finding.n}` : finding.kind + finding.text.replace(/\d+/g, '#');
    if (!seen.has(key)) seen.set(key, finding);
  }
  return [...seen.values()].slice(0, 12);
}

async function fuzzed({ name }: FuzzFormat, seed: number, count: number): Promise<Row> {
  const row: Row = { name, inputs: count, read: 0, refused: 0, slowest: 0, most: 0, findings: [] };
  for (let from = 0; from < count;) from = await watched(row, name, seed, from, count);
  return row;
}

/** One process; returns where to go on. */
function watched(row: Row, name: string, seed: number, from: number, to: number): Promise<number> {
  return new Promise((resolve) => {
    const process_ = fork(fileURLToPath(import.meta.url), ['--child', name, String(seed), String(from), String(to)], {
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    let count: Count = { at: from, read: 0, refused: 0, slowest: 0, most: 0 };
    let done = false;
    let said = '';
    process_.stderr!.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-2000)));
    process_.on('message', (told: Told) => {
      if ('finding' in told) row.findings.push(told.finding);
      else count = 'count' in told ? told.count : told.done;
      done ||= 'done' in told;
    });
    process_.on('close', (code, signal) => {
      row.read += count.read;
      row.refused += count.refused;
      row.slowest = Math.max(row.slowest, count.slowest);
      row.most = Math.max(row.most, count.most);
      if (done) return resolve(to);
      const hung = /HANG (\d+)/.exec(said)?.[1];
      if (hung !== undefined) {
        row.findings.push({ kind: 'hang', n: Number(hung), text: `more than ${HANG} s of CPU time` });
        return resolve(Number(hung) + 1);
      }
      // the input is one of the next few
      row.findings.push({
        kind: 'crash',
        n: count.at,
        text: `exit ${code ?? signal} from input ${count.at} on: ${said.trim().slice(-200)}`,
      });
      resolve(count.at + 10);
    });
  });
}
