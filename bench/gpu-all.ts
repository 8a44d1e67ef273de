/**
 * Every bench of the GPU, one after the other, into one Markdown page and one JSON file. One that fails or takes too long is told and does
 * not stop the others; what is done is on disk at once.
 *
 *     npm run bench -- gpu-all [--only gpu-recon …] [--python PYTHON] [--out out/gpu] [--minutes 8] [--dry]
 *
 * PYTHON with torch (and CUDA) gives the peers; without it they are left out. `--dry` is a try with tiny sizes on whatever adapter there
 * is. bench/gpu-all.sh starts it on a machine without network.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

interface Bench {
  readonly name: string;
  /** It takes `--python`, for its peer. */
  readonly python: boolean;
  /** What makes it a try with tiny sizes. */
  readonly dry: string;
}

/** In the order of what matters first where time is short. */
const BENCHES: readonly Bench[] = [
  { name: 'gpu-recon', python: false, dry: '--dry' },
  { name: 'gpu-network', python: true, dry: '--dry' },
  { name: 'gpu-projectors', python: true, dry: '--swiftshader' },
  { name: 'gpu-fft', python: true, dry: '--software' },
];

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    python: { type: 'string', default: process.env.PYTHON },
    out: { type: 'string', default: 'out/gpu' },
    minutes: { type: 'string', default: '8' },
    dry: { type: 'boolean', default: false },
  },
});
const here = (name: string): string => fileURLToPath(new URL(`./${name}.js`, import.meta.url));
const wanted = BENCHES.filter(({ name }) => values.only?.includes(name) ?? true);
if (wanted.length === 0) throw new Error(`--only is some of ${BENCHES.map((b) => b.name).join(', ')}`);

interface Outcome {
  readonly name: string;
  readonly code: number | null;
  readonly seconds: number;
  readonly text: string;
  readonly result?: unknown;
}

await mkdir(values.out, { recursive: true });
const machine = { node: process.version, processors: `${cpus().length} × ${cpus()[0]?.model.trim()}`, python: values.python ?? null };
const outcomes: Outcome[] = [];
for (const bench of wanted) {
  outcomes.push(await outcomeOf(bench));
  await writeFile(join(values.out, 'results.json'), JSON.stringify({ machine, dry: values.dry, benches: outcomes }, null, 2));
  await writeFile(join(values.out, 'results.md'), page());
}
console.log(page());
process.exitCode = outcomes.every(({ code }) => code === 0) ? 0 : 1;

async function outcomeOf({ name, python, dry }: Bench): Promise<Outcome> {
  console.error(`== ${name}`);
  const json = join(values.out, `${name}.json`);
  await rm(json, { force: true });
  const peer = python && values.python ? ['--python', values.python] : [];
  const began = performance.now();
  const { code, text } = await output([here(name), '--json', json, ...peer, ...(values.dry ? [dry] : [])]);
  const result: unknown = existsSync(json) ? JSON.parse(await readFile(json, 'utf8')) : undefined;
  return { name, code, seconds: Math.round((performance.now() - began) / 1000), text, result };
}

/** Standard output of a bench, and its exit code; null when it was ended for taking too long. */
function output(args: readonly string[]): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000 * Number(values.minutes));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => {
      clearTimeout(timer);
      done({ code, text });
    });
  });
}

function page(): string {
  const head = `Node ${machine.node}, ${machine.processors}${values.dry ? '; a dry run: its times mean nothing' : ''}`;
  const parts = outcomes.map(({ name, code, seconds, text }) => {
    const end = code === 0 ? `${seconds} s` : code === null ? `ended after ${seconds} s: too long` : `failed with code ${code}`;
    return `## ${name} (${end})\n\n${text.trim() || 'no output'}`;
  });
  return [`# GPU benches`, head, ...parts].join('\n\n') + '\n';
}
