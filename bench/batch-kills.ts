/**
 * Many scans by workers that are killed again and again, against single runs: is anything lost, and are all bytes the same?
 *
 *     npm run bench -- batch-kills OUT_DIR [scans=40] [kills=6]
 *
 * Starts redis-server (which must be installed) on a free port of this machine and three workers. Every few scans it takes one down with
 * SIGKILL, together with the process of the scan that it runs, and starts another in its place. Half of the scans are done by sirt, half by
 * dds with the prior ct-fast. Prints what was lost, what differs, how often scans were taken up again, and processor seconds.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** What the bench reads of the record of a scan (docs/guide/cluster.md: `.batch`). */
interface ScanRecord {
  readonly scan: string;
  readonly status: string;
  readonly tries: number;
  readonly process?: number;
  readonly resumed?: string;
  readonly sha256?: string;
}

const CLI = resolve('dist/src/cli/main.js');
const WORKERS = 3;
const METHODS = { sirt: ['--iterations', '400'], dds: ['--prior', 'ct-fast', '--steps', '30', '--seed', '1'] };

const [out, scans = '40', kills = '6'] = process.argv.slice(2);
if (!out) {
  console.error('batch-kills OUT_DIR [scans=40] [kills=6]');
  process.exit(2);
}
const folder = resolve(out);
mkdirSync(join(folder, 'scans'), { recursive: true });

const start = (...args: string[]): ChildProcess => spawn(process.execPath, [CLI, ...args], { cwd: folder, stdio: 'inherit' });
async function run(...args: string[]): Promise<number> {
  const [code] = (await once(start(...args), 'close')) as [number];
  return code;
}

const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
server.close();
await once(server, 'close');
const redis = spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder], { stdio: 'ignore' });
const queue = `redis://127.0.0.1:${port}`;

// two scans that were simulated, the others their counts times a number: all differ
await run(
  'simulate',
  'ct',
  'phantom:thorax',
  '-o',
  'one.h5',
  '--views',
  '12',
  '--size',
  '48',
  '--depth',
  '2',
  '--photons',
  '1e5',
  '--force',
);
const { readMeasurement, writeMeasurement } = await import('../src/index.js');
const one = await readMeasurement([{ name: 'one.h5', bytes: new Uint8Array(readFileSync(join(folder, 'one.h5'))) }]);
const count = Number(scans);
const names = Array.from({ length: count }, (_, n) => `${n < count / 2 ? 'sirt' : 'dds'}-${n}`);
for (const [n, name] of names.entries()) {
  const data = one.data.map((value) => value * (0.9 + 0.2 * (n / count)));
  writeFileSync(join(folder, 'scans', `${name}.h5`), await writeMeasurement('scan.h5', { ...one, data }));
}

const recordOf = (method: string, name: string): ScanRecord | undefined => {
  try {
    return JSON.parse(readFileSync(join(folder, `out-${method}`, '.batch', `${name}.json`), 'utf8')) as ScanRecord;
  } catch {
    return undefined;
  }
};
const parentOf = (id: number): number => {
  try {
    return Number(
      readFileSync(`/proc/${id}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ')[1],
    );
  } catch {
    return 0;
  }
};

const began = performance.now();
const worker = (): ChildProcess => start('worker', '--queue', queue, '--jobs', '1', '--lost-after', '5');
const workers = Array.from({ length: WORKERS }, worker);
const batches = Object.entries(METHODS).map(([method, options]) => {
  const flags = ['--method', method, ...options, '--checkpoint-seconds', '0', '--tries', '50', '--queue', queue];
  return once(start('batch', `scans/${method}-*.h5`, '-o', `out-${method}`, '--format', 'npy', ...flags), 'close');
});
let [ended, killed] = [false, 0];
const all = Promise.all(batches).then((codes) => ((ended = true), codes.map(([code]) => code as number)));
while (!ended && killed < Number(kills)) {
  await setTimeout(20);
  const done = names.filter((name) => recordOf(name.split('-')[0], name)?.status === 'done').length;
  if (done < ((killed + 0.5) * count) / Number(kills)) continue;
  const busy = names.map((name) => recordOf(name.split('-')[0], name)).find((record) => record?.status === 'running' && record.process);
  const at = busy ? workers.findIndex(({ pid }) => pid === parentOf(busy.process!)) : -1;
  if (at < 0) continue;
  workers[at].kill('SIGKILL');
  process.kill(busy!.process!, 'SIGKILL');
  workers[at] = worker();
  killed++;
  console.log(`killed the worker of ${busy!.scan}`);
}
const codes = await all;
const seconds = (performance.now() - began) / 1000;
for (const one of workers) one.kill('SIGTERM');
for (const one of workers) if (one.exitCode === null && one.signalCode === null) await once(one, 'close');
redis.kill();

const hash = (path: string): string =>
  createHash('sha256')
    .update(readFileSync(join(folder, path)))
    .digest('hex');
const [lost, other, again, resumed]: string[][] = [[], [], [], []];
for (const name of names) {
  const method = name.split('-')[0] as keyof typeof METHODS;
  const record = recordOf(method, name);
  if (record?.status !== 'done') {
    lost.push(name);
    continue;
  }
  if (record.tries > 1) again.push(name);
  if (record.resumed) resumed.push(name);
  const single = ['recon', `scans/${name}.h5`, '-o', `${name}.npy`, '--force', '--workers', '1', '--method', method, ...METHODS[method]];
  await run(...single);
  const same = hash(`${name}.npy`) === hash(`out-${method}/${name}.npy`) && record.sha256 === hash(`${name}.npy`);
  if (!same) other.push(name);
}
const rows = Object.keys(METHODS).flatMap((method) =>
  readFileSync(join(folder, `out-${method}`, 'batch.csv'), 'utf8')
    .trim()
    .split('\r\n')
    .slice(1),
);
const left = Object.keys(METHODS).flatMap((method) =>
  readdirSync(join(folder, `out-${method}`, '.batch')).filter((n) => /checkpoint/.test(n)),
);
console.log(
  [
    `${count} scans, ${WORKERS} workers, ${killed} killed; exit codes ${codes.join(', ')}; ${seconds.toFixed(0)} s`,
    `lost: ${lost.join() || 'none'}; other bytes than a single run: ${other.join() || 'none'}`,
    `begun more than once: ${again.length}, of these from a checkpoint: ${resumed.length}`,
    `rows of the tables: ${rows.length}, done ${rows.filter((r) => r.split(',')[2] === 'done').length}; checkpoints left: ${left.length}`,
  ].join('\n'),
);
process.exitCode = lost.length || other.length ? 1 : 0;
