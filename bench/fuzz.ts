/**
 * `npm run bench -- fuzz [COUNT] [SEED] [FORMAT]`: damaged files of every format that is read, COUNT in all (default 20,000), drawn from
 * SEED. Good small files (of other programs, and of our own writers) are changed bit by bit and field by field, cut, spliced. Ends with a
 * table: nothing may crash, hang (20 s without an answer), end in an error that is not ours, or ask for more memory than 20 times the
 * file and 64 MB. A million takes about 40 minutes on two free cores.
 *
 * Every format is read in a process of its own, which is watched and made anew where it ends or hangs.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FuzzFormat } from '../test/support/fuzz/seeds.js';

const HANG = 20_000;
const ALWAYS = 64 * 2 ** 20;
const TIMES = 20;
const COLUMNS = ['format', 'inputs', 'read', 'refused', 'crashes', 'hangs', 'raw errors', 'allocations', 'slowest, ms', 'most, MB'];
const HEAD = `| ${COLUMNS.join(' | ')} |\n|---|${'--:|'.repeat(COLUMNS.length - 1)}`;

interface Finding {
  readonly kind: 'raw error' | 'allocation' | 'crash' | 'hang';
  readonly n: number;
  readonly text: string;
}
type Told =
  | { readonly at: number }
  | { readonly finding: Finding }
  | { readonly done: { readonly read: number; readonly refused: number; readonly slowest: number; readonly most: number } };

if (process.argv[2] === '--child') await child(process.argv[3], Number(process.argv[4]), Number(process.argv[5]), Number(process.argv[6]));
else await parent();

/** Reads inputs `from` … `to` of one format and tells of them. */
async function child(name: string, seed: number, from: number, to: number): Promise<void> {
  const allocated = countAllocations();
  // after the counting has begun, so that every file sees the counted constructors
  const { fuzzFormats } = await import('../test/support/fuzz/seeds.js');
  const { inputOf, outcomeOf } = await import('../test/support/fuzz/run.js');
  const format = (await fuzzFormats()).find((f) => f.name === name)!;
  const tell = (told: Told): unknown => process.send!(told);
  let [read, refused, slowest, most] = [0, 0, 0, 0];
  for (let n = from; n < to; n++) {
    if (n % 50 === 0) tell({ at: n });
    const files = inputOf(format, seed, n);
    const size = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const before = performance.now();
    let own = 0;
    const between = (): void => {
      own = Math.max(own, allocated.bytes);
      allocated.bytes = 0;
    };
    allocated.bytes = 0;
    try {
      if ((await outcomeOf(format, files, between)) === 'read') read++;
      else refused++;
    } catch (error) {
      refused++;
      const { name: kind, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
      const where = /dist\/((?:volumes|core|node_modules)\S*?):\d+/.exec(stack)?.[1] ?? '';
      tell({ finding: { kind: 'raw error', n, text: `${kind}: ${message.slice(0, 160)} (${where})` } });
    }
    slowest = Math.max(slowest, performance.now() - before);
    between();
    most = Math.max(most, own);
    if (own > TIMES * size + ALWAYS) {
      tell({ finding: { kind: 'allocation', n, text: `${(own / 2 ** 20).toFixed(0)} MB for ${size} bytes` } });
    }
  }
  tell({ done: { read, refused, slowest, most } });
}

/** Bytes that array constructors and WebAssembly memories were asked for since it was set to 0. */
function countAllocations(): { bytes: number } {
  const count = { bytes: 0 };
  const scope = globalThis as unknown as { [name: string]: (new (...args: unknown[]) => object) & { BYTES_PER_ELEMENT?: number } };
  const names =
    'ArrayBuffer Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array';
  for (const name of [...names.split(' '), 'BigInt64Array', 'BigUint64Array']) {
    const original = scope[name];
    const size = original.BYTES_PER_ELEMENT ?? 1;
    scope[name] = new Proxy(original, {
      construct(target, args: unknown[], newTarget: new () => object) {
        const [first] = args as [number | { length?: number } | undefined];
        const length = typeof first === 'number' ? first : first instanceof ArrayBuffer ? 0 : (first?.length ?? 0);
        count.bytes += length * size;
        return Reflect.construct(target, args, newTarget === scope[name] ? target : newTarget) as object;
      },
    });
  }
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = function (pages) {
    const before = grow.call(this, pages);
    count.bytes += 65536 * pages;
    return before;
  };
  return count;
}

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

/** One of each message. */
function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Map<string, Finding>();
  for (const finding of findings) {
    const key = finding.kind + finding.text.replace(/\d+/g, '#');
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
    const process_ = fork(fileURLToPath(import.meta.url), ['--child', name, String(seed), String(from), String(to)]);
    let at = from;
    let done = false;
    let timer: NodeJS.Timeout | undefined;
    const watch = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        row.findings.push({ kind: 'hang', n: at, text: `no answer within ${HANG / 1000} s for one of 50 inputs` });
        process_.kill('SIGKILL');
      }, HANG * 3);
    };
    watch();
    process_.on('message', (told: Told) => {
      watch();
      if ('at' in told) at = told.at;
      else if ('finding' in told) row.findings.push(told.finding);
      else {
        const { read, refused, slowest, most } = told.done;
        row.read += read;
        row.refused += refused;
        row.slowest = Math.max(row.slowest, slowest);
        row.most = Math.max(row.most, most);
        done = true;
      }
    });
    process_.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (!done && signal !== 'SIGKILL')
        row.findings.push({ kind: 'crash', n: at, text: `exit ${code ?? signal} in inputs ${at} … ${at + 49}` });
      resolve(done ? to : at + 50);
    });
  });
}
