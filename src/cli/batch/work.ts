import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { processors } from '../../../core/platform/threads.js';
import { SlicewiseError } from '../../../core/errors.js';
import type { Terminal } from '../command.js';
import { readingBytes } from './here.js';
import { batchLayout } from './layout.js';
import { MemoryGate } from './memory-gate.js';
import { readJson } from './record.js';
import { QUEUE, type OpenRedis, type QueuedJob, type QueuedScan, type QueueProgress, type ScanQueue, type ScanWorker } from './redis.js';
import { runScan } from './run-scan.js';
import type { BatchState } from './state.js';

/** Milliseconds between two words of progress, and between two looks into an empty queue. */
const TELL = 1000;
const LOOK = 500;
/** Milliseconds until a scan that was given back is offered again. */
const LATER = 2000;

export interface WorkSettings {
  /** Where paths are seen from on this machine; default where the batch was submitted. */
  readonly folder?: string;
  /** Scans at once, at most. */
  readonly jobs?: number;
  /** Threads of each; default what the processors allow. */
  readonly workers?: number;
  /** Bytes of all runs. */
  readonly memory?: number;
  /** Seconds after which the scans of a worker that is not heard of go to others. */
  readonly lostAfter: number;
  /** Ends when nothing waits and nothing runs anywhere. */
  readonly untilEmpty?: boolean;
}

/**
 * Takes scans from the queue until it is stopped. What runs then is given back with its checkpoint.
 * @throws SlicewiseError FILE_NOT_FOUND where this machine does not see the folder of a batch
 */
export async function work(
  { bullmq, redis, shown }: OpenRedis,
  settings: WorkSettings,
  terminal: Pick<Terminal, 'note'>,
  stop: AbortSignal,
): Promise<void> {
  const queue: ScanQueue = new bullmq.Queue(QUEUE, { connection: redis });
  queue.on('error', () => undefined);
  const jobs = settings.jobs ?? processors();
  const gate = new MemoryGate(settings.memory, jobs);
  const kills = new Map<string, AbortController>();
  const ended = new AbortController();
  let unseen: SlicewiseError | undefined;
  const leave = (): void => ended.abort();
  stop.addEventListener('abort', leave);

  const perform = async (job: QueuedJob, token = ''): Promise<null> => {
    const { data } = job;
    worker.concurrency = fitting(data, gate, jobs);
    const root = settings.folder ?? data.root;
    if (!(await sees(root, data))) {
      unseen ??= notSeen(root, data);
      leave();
      await job.moveToDelayed(Date.now() + LATER, token);
      throw new bullmq.DelayedError();
    }
    // also those that took their whole machine with them, of which nobody could tell
    const tries = job.attemptsMade + job.stalledCounter + 1;
    if (tries > data.tries) throw new bullmq.UnrecoverableError(`its workers went down ${tries - 1} times`);
    const kill = new AbortController();
    kills.set(job.id!, kill);
    let told = -TELL;
    const onProgress = (text: string, share: number): void => {
      const now = performance.now();
      if (now - told < TELL) return;
      told = now;
      const progress: QueueProgress = { text, share, machine: hostname() };
      job.updateProgress(progress).catch(() => undefined);
    };
    try {
      const workers = settings.workers ?? Math.max(1, Math.floor(processors() / worker.concurrency));
      const given = data.given.backend === 'webgpu' ? data.given : { ...data.given, workers };
      const run = { root, gate, reading: readingBytes(data.bytes), tries, build: data.build, onProgress, stop: ended.signal };
      const outcome = await runScan({ ...data, given }, { ...run, kill: kill.signal });
      if (outcome.status === 'done') terminal.note(`${data.scan}: done`);
      if (outcome.status === 'done') return null;
      if (outcome.status === 'stopped') {
        await job.moveToWait(token);
        throw new bullmq.WaitingError();
      }
      terminal.note(`${data.scan}: try ${tries} of ${data.tries} failed: ${outcome.message}`);
      if (!outcome.again || tries >= data.tries) throw new bullmq.UnrecoverableError(outcome.message);
      throw new Error(outcome.message);
    } finally {
      kills.delete(job.id!);
    }
  };

  const worker: ScanWorker = new bullmq.Worker(QUEUE, perform, {
    connection: redis,
    autorun: false,
    concurrency: 1,
    lockDuration: 1000 * settings.lostAfter,
    stalledInterval: 1000 * settings.lostAfter,
    maxStalledCount: 1000, // counted by `perform`, which knows how often the batch wants it tried
    name: hostname(),
  });
  let last = '';
  worker.on('error', ({ message }) => {
    if (message !== last) terminal.note(`queue: ${message}`);
    last = message;
  });
  // whoever has not been heard of for so long has lost its scans: another worker goes on from their checkpoints
  worker.on('lockRenewalFailed', (ids: string[]) => {
    for (const id of ids) kills.get(id)?.abort();
  });
  try {
    terminal.note(`waiting for scans from ${shown}; Ctrl-C gives back what runs`);
    const first = await nextScan(queue, ended.signal, settings.untilEmpty);
    if (first) {
      worker.concurrency = fitting(first, gate, jobs);
      const running = worker.run();
      await untilEnd(queue, ended.signal, settings.untilEmpty);
      leave();
      await worker.close();
      await running;
    }
  } finally {
    stop.removeEventListener('abort', leave);
    await worker.close();
    await queue.close();
  }
  if (unseen) throw unseen;
}

/** As many scans of a batch as have a place in memory: more would wait here while other machines are free. */
const fitting = ({ planned }: QueuedScan, gate: MemoryGate, jobs: number): number =>
  Math.max(1, Math.min(jobs, Math.floor(gate.total / planned)));

/** A scan that waits, for what it says of its batch. */
async function nextScan(queue: ScanQueue, stop: AbortSignal, untilEmpty?: boolean): Promise<QueuedScan | undefined> {
  while (!stop.aborted) {
    const [job] = (await queue.getJobs(['waiting', 'delayed', 'active'], 0, 0)) as QueuedJob[];
    if (job) return job.data;
    if (untilEmpty) return undefined;
    await setTimeout(LOOK, undefined, { signal: stop }).catch(() => undefined);
  }
  return undefined;
}

async function untilEnd(queue: ScanQueue, stop: AbortSignal, untilEmpty?: boolean): Promise<void> {
  while (!stop.aborted) {
    await setTimeout(LOOK, undefined, { signal: stop }).catch(() => undefined);
    if (untilEmpty && (await queue.getJobCountByTypes('waiting', 'delayed', 'active')) === 0) return;
  }
}

/** Is the folder of the batch here the one that it was submitted from? */
async function sees(root: string, { folder, batch }: QueuedScan): Promise<boolean> {
  return (await readJson<BatchState>(resolve(root, batchLayout(folder).state)))?.batch === batch;
}

const notSeen = (root: string, { folder }: QueuedScan): SlicewiseError =>
  new SlicewiseError('FILE_NOT_FOUND', {
    message: `this machine does not see the batch in ${resolve(root, folder)}`,
    expected: 'the folder that the batch was submitted from, shared by all machines',
    got: `none of it at ${root}`,
    hint: 'give --folder with the place where that folder is mounted here',
  });
