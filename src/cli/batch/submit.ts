import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { SlicewiseError } from '../../../core/errors.js';
import { batchLayout } from './layout.js';
import { writeRecord } from './record.js';
import { QUEUE, type OpenRedis, type QueuedJob, type QueuedScan, type QueueProgress, type ScanQueue } from './redis.js';
import { recordOf } from './run-scan.js';
import type { BatchView } from './view.js';

/** Milliseconds between two questions, and how many are asked at once. */
const POLL = 500;
const AT_ONCE = 200;

/** Seconds that Redis remembers what has ended. */
const REMEMBERED = 7 * 86400;

/** A word for a scan of a batch with these options, as queues take them. */
const idOf = ({ batch, name, options }: QueuedScan): string =>
  `${batch}-${createHash('sha256').update(`${name}\n${options}`).digest('hex').slice(0, 16)}`;

/**
 * Puts scans into the queue and waits until all have ended. Done again, as after an interruption, it finds those that are in the queue
 * already; what Redis has forgotten is put in once more.
 * @throws SlicewiseError ARGUMENT where the same folder's scans run with other options
 */
export async function runQueued(
  scans: readonly QueuedScan[],
  { bullmq, redis }: OpenRedis,
  run: { readonly stop: AbortSignal; readonly view: BatchView; onEnd(): Promise<void> },
): Promise<void> {
  const { stop, view } = run;
  const queue: ScanQueue = new bullmq.Queue(QUEUE, { connection: redis });
  queue.on('error', () => undefined); // the connection comes back, or the worker says so
  try {
    const open = new Map(scans.map((scan) => [idOf(scan), scan]));
    await withdrawOthers(queue, scans[0].batch, open);
    for (const id of open.keys()) {
      const job = (await queue.getJob(id)) as QueuedJob | undefined;
      // from an earlier time: the scan is not done, or it would not be asked for
      if (job && ((await job.isFailed()) || (await job.isCompleted()))) await job.remove();
    }
    await put(queue, open);
    if ((await queue.getWorkersCount()) === 0) view.note('no worker is connected yet; start one: slicewise worker --queue …');
    while (open.size > 0 && !stop.aborted) {
      const ids = [...open.keys()];
      for (let at = 0; at < ids.length; at += AT_ONCE)
        await Promise.all(ids.slice(at, at + AT_ONCE).map((id) => look(queue, id, open, run)));
      await setTimeout(POLL, undefined, { signal: stop }).catch(() => undefined);
    }
  } finally {
    await queue.close();
  }
}

async function put(queue: ScanQueue, scans: ReadonlyMap<string, QueuedScan>): Promise<void> {
  await queue.addBulk(
    Array.from(scans, ([jobId, data]) => ({
      name: 'scan',
      data,
      opts: {
        jobId,
        attempts: data.tries,
        removeOnComplete: { age: REMEMBERED },
        removeOnFail: { age: REMEMBERED },
      },
    })),
  );
}

/** What an earlier call with other options left in the queue. */
async function withdrawOthers(queue: ScanQueue, batch: string, wanted: ReadonlyMap<string, QueuedScan>): Promise<void> {
  const jobs = (await queue.getJobs(['waiting', 'delayed', 'active'])) as QueuedJob[];
  for (const job of jobs.filter(({ id, data }) => data.batch === batch && !wanted.has(id!))) {
    if (await job.isActive()) {
      throw new SlicewiseError('ARGUMENT', {
        message: `'${job.data.scan}' is being reconstructed into ${job.data.folder} with other options`,
        hint: 'wait until it has ended (slicewise batch status), or use another folder',
      });
    }
    await job.remove().catch(() => undefined); // taken in this moment
  }
}

/** Asks how a scan is; one that has ended is taken out of `open`. */
async function look(
  queue: ScanQueue,
  id: string,
  open: Map<string, QueuedScan>,
  { view, onEnd }: { readonly view: BatchView; onEnd(): Promise<void> },
): Promise<void> {
  const scan = open.get(id)!;
  const state = await queue.getJobState(id);
  if (state === 'active') {
    const { text, share, machine } = (((await queue.getJob(id)) as QueuedJob | undefined)?.progress ?? {}) as Partial<QueueProgress>;
    if (text !== undefined) view.progress(scan.scan, text, share ?? 0, machine);
    return;
  }
  view.forget(scan.scan);
  if (state === 'completed') {
    open.delete(id);
    view.ended(scan.scan, { status: 'done' });
    return onEnd();
  }
  if (state === 'failed') {
    open.delete(id);
    const reason = ((await queue.getJob(id)) as QueuedJob | undefined)?.failedReason ?? 'no reason was told';
    await noteFailure(scan, reason);
    view.ended(scan.scan, { status: 'failed', code: 'CRASHED', message: reason, again: false });
    return onEnd();
  }
  if (state !== 'unknown') return;
  // Redis has lost it, as without persistence when it was restarted
  if ((await recordOf(scan, process.cwd()))?.status === 'done') {
    open.delete(id);
    view.ended(scan.scan, { status: 'done' });
    return onEnd();
  }
  await put(queue, new Map([[id, scan]]));
}

/** A machine that went down with the scan has written no record of its failure. */
async function noteFailure(scan: QueuedScan, error: string): Promise<void> {
  const record = await recordOf(scan, process.cwd());
  if (record?.status === 'failed') return;
  const { name, folder, given, options, tries } = scan;
  const who = { scan: scan.scan, output: given.output, options, tries, machine: record?.machine ?? '' };
  await writeRecord(batchLayout(folder).of(name).record, { ...who, status: 'failed', code: 'CRASHED', error });
}
