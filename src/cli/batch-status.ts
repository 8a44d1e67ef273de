import { resolve } from 'node:path';
import * as z from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { batchLayout } from './batch/layout.js';
import { readJson } from './batch/record.js';
import { openRedis, QUEUE, type QueuedJob, type QueueProgress, type ScanQueue } from './batch/redis.js';
import type { BatchState } from './batch/state.js';
import { rowsOf, type Row } from './batch/table.js';
import type { ProgressFile } from './batch/view.js';
import type { CliCommand } from './command.js';
import { columns, duration } from './text.js';
import { quoted } from '../../core/text.js';

const schema = z.object({
  queue: z.string().optional().describe('Redis of the batch: also tells what waits and what runs where'),
  all: z.boolean().optional().describe('a line for every scan, also those that are done or wait'),
});

export const batchStatus: CliCommand<typeof schema> = {
  name: 'batch status',
  summary: 'Tells how far a batch is: what is done, runs, waits, failed.',
  arguments: [{ name: '<folder>', summary: 'the folder of its results (-o)' }],
  schema,
  flags: { queue: '--queue <url>' },
  examples: ['batch status out', 'batch status out --queue redis://head:6379 --all'],

  async run([folder], { queue, all }, { terminal }) {
    const layout = batchLayout(folder);
    const state = await readJson<BatchState>(layout.state);
    if (!state) {
      throw new SlicewiseError('FILE_NOT_FOUND', {
        message: `no batch in '${folder}'`,
        expected: 'the folder that a batch writes to',
        hint: 'give what stands behind -o of slicewise batch, from where that was run',
      });
    }
    // asked from elsewhere, its paths are seen from where it was called; where that is not on this machine, from here
    const from = resolve(state.root, state.jobs[0].folder);
    const same = (await readJson<BatchState>(batchLayout(from).state))?.batch === state.batch;
    const rows = await rowsOf(state.jobs, same ? state.root : '');
    // only the queue knows which of those that are left run
    const asked = queue === undefined ? state.queue : undefined;
    const running = new Map(queue === undefined ? await runningHere(layout.progress) : await runningInQueue(queue, state.batch));
    const of = (row: Row): string => (row.status === 'waiting' && running.has(row.scan) ? 'running' : row.status);
    const count = (...names: string[]): number => rows.filter((row) => names.includes(of(row))).length;
    const open = asked
      ? [`${count('running', 'waiting')} running or waiting`]
      : [`${count('running')} running`, `${count('waiting')} waiting`];
    terminal.out(`${folder}: ${rows.length} scans: ${[`${count('done')} done`, ...open, `${count('failed')} failed`].join(', ')}`);
    if (asked && count('running', 'waiting') > 0) {
      terminal.out(
        'which of them run, and where, its queue knows (add its password where it has one):\n' +
          `  slicewise batch status ${quoted(folder)} --queue ${asked}`,
      );
    }
    const shown = rows.filter((row) => all || ['running', 'failed'].includes(of(row)));
    if (shown.length === 0) return;
    terminal.out(columns(shown.map((row) => [of(row), row.scan, running.get(row.scan) ?? toldOf(row)])));
  },
};

const toldOf = ({ status, seconds, machine, error }: Row): string => {
  if (status === 'done') return [machine ?? '', seconds === undefined ? '' : duration(seconds)].filter(Boolean).join(', ');
  return error ?? '';
};

/** Of a batch on one machine, as it noted it last. */
async function runningHere(path: string): Promise<[string, string][]> {
  const { running = {}, machine = '', at = '' } = (await readJson<Partial<ProgressFile>>(path)) ?? {};
  return Object.entries(running).map(([scan, text]) => [scan, `${text} (${machine}, ${at.slice(0, 19).replace('T', ' ')} UTC)`]);
}

async function runningInQueue(address: string, batch: string): Promise<[string, string][]> {
  const { bullmq, redis } = await openRedis(address);
  const queue: ScanQueue = new bullmq.Queue(QUEUE, { connection: redis });
  try {
    const jobs = (await queue.getJobs(['active'])) as QueuedJob[];
    return jobs
      .filter(({ data }) => data.batch === batch)
      .map(({ data, progress }) => {
        const { text = 'begun', machine = '' } = progress as Partial<QueueProgress>;
        return [data.scan, machine ? `${text} (${machine})` : text];
      });
  } finally {
    await queue.close();
    redis.disconnect();
  }
}
