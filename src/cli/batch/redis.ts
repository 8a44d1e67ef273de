import type { Job, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { SlicewiseError } from '../../../core/errors.js';
import type { ScanJob } from './messages.js';

/** A scan as it waits in the queue. */
export interface QueuedScan extends ScanJob {
  /** Of the batch: the same word stands in its folder, which shows that a worker sees that very folder. */
  readonly batch: string;
  /** Where the batch was submitted: what its paths are seen from. */
  readonly root: string;
  /** Times that it is begun, at most. */
  readonly tries: number;
  /** Kernels it runs on, wherever that is. */
  readonly build: string;
  /** Bytes of memory planned for the largest scan of the batch. */
  readonly planned: number;
  /** Bytes of its file. */
  readonly bytes: number;
}

/** How far a run is, as its worker tells. */
export interface QueueProgress {
  readonly text: string;
  readonly share: number;
  readonly machine: string;
}

export type ScanQueue = Queue<QueuedScan, null>;
export type QueuedJob = Job<QueuedScan, null>;
export type ScanWorker = Worker<QueuedScan, null>;

/** Name of the queue in Redis. */
export const QUEUE = 'slicewise';

/** The packages of a queue, and a connection to the user's Redis. */
export interface OpenRedis {
  readonly bullmq: typeof import('bullmq');
  readonly redis: Redis;
  /** The address without user and password. */
  readonly shown: string;
}

/**
 * @throws SlicewiseError ARGUMENT for an address that is none, RUNTIME_MISSING without the packages bullmq and ioredis, BACKEND where no
 *   Redis answers
 */
export async function openRedis(address: string): Promise<OpenRedis> {
  const shown = shownAddress(address);
  const { bullmq, Client } = await packages();
  // commands wait for a Redis that is away for a while: a queue lasts longer than a network
  const redis = new Client(address, { maxRetriesPerRequest: null, lazyConnect: true });
  let failure: Error | undefined;
  redis.on('error', (error) => (failure = error));
  try {
    await redis.connect();
    await redis.ping();
  } catch (cause) {
    redis.disconnect();
    const { code, message } = (failure ?? cause) as NodeJS.ErrnoException;
    throw new SlicewiseError('BACKEND', {
      message: `no Redis to work with at ${shown}`,
      got: code ?? message,
      hint: 'start redis-server there, or give the address of the one that runs',
      cause,
    });
  }
  return { bullmq, redis, shown };
}

/**
 * The address without user and password.
 * @throws SlicewiseError ARGUMENT for an address that is none
 */
export function shownAddress(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^rediss?:$/.test(url.protocol)) {
    throw new SlicewiseError('ARGUMENT', { message: '--queue', expected: 'redis://host:port or rediss://…', got: `'${address}'` });
  }
  return `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`;
}

async function packages(): Promise<{ bullmq: typeof import('bullmq'); Client: typeof Redis }> {
  try {
    const [bullmq, { Redis: Client }] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { bullmq, Client };
  } catch (cause) {
    throw new SlicewiseError('RUNTIME_MISSING', {
      message: 'a queue needs the packages bullmq and ioredis',
      got: cause instanceof Error ? cause.message.split('\n')[0] : String(cause),
      hint: 'run `npm install bullmq ioredis`, or leave --queue out: a batch on one machine needs neither',
      cause,
    });
  }
}
