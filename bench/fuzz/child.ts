import { Worker } from 'node:worker_threads';
import type { FuzzFormat } from '../../test/support/fuzz/seeds.js';
import { countAllocations } from './allocations.js';
import { ALWAYS, HANG, TIMES, type Count, type Told } from './told.js';

const tell = (told: Told): unknown => process.send!(told);

/** Inputs between two counts that are told. */
const OFTEN = 10;

/** Reads inputs `from` … `to` of one format and tells of them. */
export async function child(name: string, seed: number, from: number, to: number): Promise<void> {
  const allocated = countAllocations();
  // after the counting has begun, so that every file sees the counted constructors
  const { fuzzFormats } = await import('../../test/support/fuzz/seeds.js');
  const format = (await fuzzFormats()).find((f) => f.name === name)!;
  const input = watchCpu();
  let [read, refused, slowest, most] = [0, 0, 0, 0];
  const count = (at: number): Count => ({ at, read, refused, slowest, most });
  for (let n = from; n < to; n++) {
    if (n % OFTEN === 0) tell({ count: count(n) });
    input(n);
    const before = process.cpuUsage();
    const { refusal, bytes, size } = await readOne(format, seed, n, allocated);
    const { user, system } = process.cpuUsage(before);
    slowest = Math.max(slowest, (user + system) / 1000);
    most = Math.max(most, bytes);
    if (refusal === undefined) read++;
    else refused++;
    if (refusal instanceof Error) {
      const where = /dist\/((?:volumes|core|node_modules)\S*?):\d+/.exec(refusal.stack ?? '')?.[1] ?? '';
      tell({ finding: { kind: 'raw error', n, text: `${refusal.name}: ${refusal.message.slice(0, 160)} (${where})` } });
    }
    if (bytes > TIMES * size + ALWAYS) {
      tell({ finding: { kind: 'allocation', n, text: `${(bytes / 2 ** 20).toFixed(0)} MB for ${size} bytes` } });
    }
  }
  tell({ done: count(to) });
}

/** @returns the code of a refusal or what was thrown and is not ours; the most bytes asked for in one read; the size of the files */
async function readOne(format: FuzzFormat, seed: number, n: number, allocated: { bytes: number }) {
  const { inputOf, outcomeOf } = await import('../../test/support/fuzz/run.js');
  const files = inputOf(format, seed, n);
  const size = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  let bytes = 0;
  const between = (): void => {
    bytes = Math.max(bytes, allocated.bytes);
    allocated.bytes = 0;
  };
  allocated.bytes = 0;
  let refusal: string | Error | undefined;
  try {
    const outcome = await outcomeOf(format, files, between);
    if (outcome !== 'read') refusal = outcome;
  } catch (error) {
    refusal = error instanceof Error ? error : new Error(String(error));
  }
  between();
  return { refusal, bytes, size };
}

/**
 * A thread that ends the process where one input takes too much CPU time: the thread that reads it may never come back, and the clock on
 * the wall says how busy the machine is. The signal says that it was this.
 * @returns what is called as each input begins
 */
function watchCpu(): (n: number) => void {
  const at = new Int32Array(new SharedArrayBuffer(4));
  const code = `
    const at = require('node:worker_threads').workerData;
    let [seen, before] = [-1, process.cpuUsage()];
    setInterval(() => {
      if (at[0] !== seen) [seen, before] = [at[0], process.cpuUsage()];
      const { user, system } = process.cpuUsage(before);
      if (user + system > ${HANG} * 1e6) {
        require('node:fs').writeSync(2, 'HANG ' + seen + '\\n');
        process.kill(process.pid, 'SIGKILL');
      }
    }, 250);`;
  new Worker(code, { eval: true, workerData: at }).unref();
  return (n) => void Atomics.store(at, 0, n);
}
