import * as z from 'zod';
import { machineFlags } from './batch/flags.js';
import { openRedis } from './batch/redis.js';
import { work } from './batch/work.js';
import type { CliCommand } from './command.js';
import { parseBytes } from './recon-windows.js';

const schema = z.object({
  queue: z.string().describe('Redis of the batches: redis://host:6379'),
  folder: z.string().optional().describe('where the folder that batches were submitted from lies on this machine; default the same path'),
  ...machineFlags,
  workers: z.int().positive().optional().describe('worker threads of each scan (cpu); default the processors, shared among the scans'),
  lostAfter: z
    .number()
    .min(1)
    .default(30)
    .describe('seconds after which the scans of a worker that is not heard of any more go to others; the same for all workers'),
  untilEmpty: z.boolean().optional().describe('end when nothing waits and nothing runs; otherwise it waits for more'),
});

export const worker: CliCommand<typeof schema> = {
  name: 'worker',
  summary: 'Reconstructs scans of `slicewise batch … --queue`, on any machine that shares their folder.',
  arguments: [],
  schema,
  flags: { queue: '--queue <url>', folder: '--folder <folder>' },
  examples: ['worker --queue redis://head:6379', 'worker --queue redis://head:6379 --folder /mnt/lab --jobs 4 --memory 48GB'],

  async run(_, { queue, memory, ...settings }, { terminal, interruptible }) {
    const redis = await openRedis(queue);
    try {
      const bytes = memory === undefined ? undefined : parseBytes(memory);
      await work(redis, { ...settings, memory: bytes }, terminal, interruptible());
    } finally {
      redis.redis.disconnect();
    }
  },
};
