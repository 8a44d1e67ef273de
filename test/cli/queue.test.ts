import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import type { ScanRecord } from '../../src/cli/batch/record.js';
import { runCli } from '../../src/cli/program.js';
import { writeMeasurement } from '../../volumes/index.js';
import { CLI, command, inFolder, slicewise, type Outcome } from '../support/cli.js';
import { hasRedis, withRedis } from '../support/redis.js';
import { smallScan } from '../support/scans.js';

const withQueue = hasRedis ? test : test.skip;

/** Different scans of one size. */
async function scansIn(folder: string, count: number): Promise<void> {
  const { scan } = await smallScan(1, 32, 12);
  mkdirSync(join(folder, 'scans'));
  for (let n = 1; n <= count; n++) {
    const data = scan.data.map((value) => value * (1 + n / 10));
    writeFileSync(join(folder, `scans/s${n}.h5`), await writeMeasurement('scan.h5', { ...scan, data }));
  }
}

interface Child {
  readonly id: number;
  /** What it said, when it has ended. */
  readonly end: Promise<Outcome>;
  kill(signal: NodeJS.Signals): void;
}

const started: Child[] = [];
// those of a test that failed would wait for ever
test.after.always(() => {
  for (const child of started) child.kill('SIGKILL');
});

function start(folder: string, ...args: string[]): Child {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const end = once(child, 'close').then(([code, signal]) => ({ code, signal, out, err }) as Outcome);
  started.push({ id: child.pid!, end, kill: (signal) => void child.kill(signal) });
  return started.at(-1)!;
}

const recordIn = (folder: string, name: string): ScanRecord | undefined => {
  try {
    return JSON.parse(readFileSync(join(folder, '.batch', `${name}.json`), 'utf8')) as ScanRecord;
  } catch {
    return undefined;
  }
};

const parentOf = (id: number): number =>
  Number(
    readFileSync(`/proc/${id}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')[1],
  );

/**
 * Waits for a scan in the middle of its run, and takes its whole machine down: worker and process of the scan. The process is held while it
 * is looked at, so that it cannot end in between.
 */
async function killOne(folder: string, names: readonly string[], workers: readonly Child[]): Promise<{ name: string; worker: Child }> {
  for (;;) {
    for (const name of names) {
      const id = recordIn(folder, name)?.process;
      const checkpoints = join(folder, '.batch', `${name}.checkpoint`);
      if (id === undefined || !existsSync(checkpoints) || !existsSync(`/proc/${id}`)) continue;
      process.kill(id, 'SIGSTOP');
      const worker = workers.find((child) => child.id === parentOf(id));
      const begun = readdirSync(checkpoints).some((step) => /^step-/.test(step));
      if (worker && begun && recordIn(folder, name)?.status === 'running') {
        worker.kill('SIGKILL');
        process.kill(id, 'SIGKILL');
        return { name, worker };
      }
      process.kill(id, 'SIGCONT');
    }
    await setTimeout(5);
  }
}

withQueue('three workers, one of which is killed in the middle of a scan: nothing is lost, and all have the bytes of single runs', (t) =>
  inFolder(async (folder) => {
    const method = ['--method', 'dds', '--prior', 'ct-fast', '--steps', '40', '--seed', '2'];
    const names = ['s1', 's2', 's3'];
    await scansIn(folder, names.length);
    const silent = { out: () => undefined, note: () => undefined, interactive: false };
    for (const name of names) {
      const files = ['recon', join(folder, `scans/${name}.h5`), '-o', join(folder, `${name}.npy`), '--workers', '1'];
      t.is(await runCli([...files, ...method], silent, () => new AbortController().signal), 0);
    }
    await withRedis(folder, async (queue) => {
      // the more tries the less it matters how slow the machine is: a scan that is taken from a slow worker is done again
      const many = ['batch', 'scans/*.h5', '-o', 'out', '--format', 'npy', '--checkpoint-seconds', '0', '--tries', '50', '--queue', queue];
      const workers = [1, 2, 3].map(() => start(folder, 'worker', '--queue', queue, '--jobs', '1', '--lost-after', '3'));
      const batch = start(folder, ...many, ...method);
      const killed = await killOne(join(folder, 'out'), names, workers);
      const { code, err } = await batch.end;
      t.is(code, 0, err);
      for (const name of names) {
        t.deepEqual(readFileSync(join(folder, 'out', `${name}.npy`)), readFileSync(join(folder, `${name}.npy`)), name);
      }
      const record = recordIn(join(folder, 'out'), killed.name)!;
      t.true(record.tries > 1);
      t.regex(record.resumed ?? '', /^step-000-0000/);
      const rows = readFileSync(join(folder, 'out/batch.csv'), 'utf8').trim().split('\r\n').slice(1);
      t.deepEqual(
        rows.map((row) => row.split(',').slice(0, 3).join()),
        names.map((name) => `scans/${name}.h5,out/${name}.npy,done`),
      );
      for (const worker of workers) worker.kill('SIGTERM');
      for (const worker of workers) t.is((await worker.end).code, worker === killed.worker ? null : 0);
    });
  }),
);

withQueue(
  'a scan that takes its process down fails after so many tries, its worker goes on; one that does not see the folder leaves the scans',
  (t) =>
    inFolder(async (folder) => {
      await scansIn(folder, 1);
      await withRedis(folder, async (queue) => {
        // so many iterations that s1 cannot come to its end
        const poison = [
          'batch',
          'scans/s1.h5',
          '-o',
          'bad',
          '--method',
          'sirt',
          '--iterations',
          '10000000',
          '--tries',
          '2',
          '--queue',
          queue,
        ];
        const first = start(folder, ...poison);
        const lost = await slicewise(folder, ['worker', '--queue', queue, '--folder', 'elsewhere', '--lost-after', '60']);
        t.is(lost.code, 1);
        t.regex(lost.err, /does not see the batch in \S*elsewhere\/bad.*--folder/s);
        const worker = start(folder, 'worker', '--queue', queue, '--lost-after', '60');
        for (const tries of [1, 2]) {
          for (;;) {
            const record = recordIn(join(folder, 'bad'), 's1');
            if (record?.status === 'running' && record.tries === tries) {
              process.kill(record.process!, 'SIGKILL');
              break;
            }
            await setTimeout(10);
          }
        }
        const { code, err } = await first.end;
        t.is(code, 1);
        t.regex(err, /s1\.h5: failed: the process of this scan was ended by SIGKILL/);
        t.is(recordIn(join(folder, 'bad'), 's1')?.status, 'failed');
        t.regex(readFileSync(join(folder, 'bad/batch.csv'), 'utf8'), /s1\.h5,,failed.*SIGKILL/);
        worker.kill('SIGINT');
        const last = await worker.end;
        t.is(last.code, 0, last.err);
      });
    }),
);

withQueue('asked without its queue, the state of a batch does not say that nothing runs, but how to ask the queue', (t) =>
  inFolder(async (folder) => {
    await scansIn(folder, 1);
    await withRedis(folder, async (queue) => {
      const secret = queue.replace('//', '//default:secret@'); // a Redis that wants none takes any
      const batch = start(folder, 'batch', 'scans/s1.h5', '-o', 'out', '--method', 'fbp', '--queue', secret);
      for (;;) {
        const asked = await slicewise(folder, ['batch', 'status', 'out', '--queue', secret]);
        if (asked.code === 0) {
          t.regex(asked.out, /1 scans: 0 done, 0 running, 1 waiting, 0 failed/);
          break;
        }
        await setTimeout(50);
      }
      const { code, out } = await slicewise(folder, ['batch', 'status', 'out']);
      t.is(code, 0);
      t.regex(out, /1 scans: 0 done, 1 running or waiting, 0 failed/);
      t.true(out.includes(`slicewise batch status out --queue ${queue}\n`), out);
      t.false(out.includes('secret'));
      batch.kill('SIGINT');
      await batch.end;
    });
  }),
);

test('without the packages of a queue, and without a Redis, the way out is told', async (t) => {
  const gone = 'throw new Error("Cannot find package bullmq")';
  const missing = `export const resolve = (s, c, next) => { if (s === "bullmq") ${gone}; return next(s, c) }`;
  const hook = `import { register } from 'node:module'; register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(missing)}))`;
  const imported = ['--import', `data:text/javascript,${encodeURIComponent(hook)}`];
  const worker = [CLI, 'worker', '--queue', 'redis://user:secret@127.0.0.1:1'];
  const without = await command('.', process.execPath, [...imported, ...worker]);
  t.is(without.code, 1);
  t.regex(without.err, /npm install bullmq ioredis/);
  if (spawnSync(process.execPath, ['-e', 'import("bullmq").catch(() => process.exit(1))']).status !== 0) return;
  const nobody = await command('.', process.execPath, worker);
  t.is(nobody.code, 1);
  t.regex(nobody.err, /no Redis to work with at redis:\/\/127\.0\.0\.1:1;/);
  t.false(nobody.err.includes('secret'));
});
