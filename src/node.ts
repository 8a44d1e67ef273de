import type { CpuBackend } from '../compute/cpu/backend.js';
import { createCpuBackend } from '../compute/cpu/backend.js';
import type { WorkerPort } from '../compute/cpu/protocol.js';
import { folderSource } from '../core/platform/files.js';
import { processors, startThread } from '../core/platform/threads.js';
import type { ModelSource } from '../models/zoo.js';

/** The CPU backend on worker threads of this machine; by default one a processor. */
export function createBackend(options: { workers?: number } = {}): CpuBackend {
  const workers = options.workers ?? processors();
  const spawn = (): WorkerPort => startThread(new URL('./worker.js', import.meta.url));
  return createCpuBackend({ workers, spawn });
}

/** The priors that come with the package. */
export const zoo = (): ModelSource => folderSource(new URL('../../models/zoo/', import.meta.url));
