import { randomUUID } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { SlicewiseError } from '../../../core/errors.js';
import { writeError } from '../../../core/platform/files.js';
import { saveJson } from '../outputs.js';
import type { BatchLayout } from './layout.js';
import type { ScanJob } from './messages.js';
import { readJson } from './record.js';
import type { ProgressFile } from './view.js';

/** What stands in the folder of a batch: its own word, and the scans that it was last asked for. */
export interface BatchState {
  readonly batch: string;
  readonly command: string;
  /** Where it was called: what its paths are seen from. */
  readonly root: string;
  readonly jobs: readonly ScanJob[];
  /** Address of the queue that it was last given to, without user and password. */
  readonly queue?: string;
}

/**
 * Makes the folder of a batch, or finds the one that is there.
 * @param queue address that may be shown to all
 * @throws SlicewiseError FILE_WRITE; ARGUMENT where another batch of this machine runs in it
 */
export async function openFolder(layout: BatchLayout, jobs: readonly ScanJob[], command: string, queue?: string): Promise<BatchState> {
  const info = await stat(layout.folder).catch(() => undefined);
  if (info && !info.isDirectory()) {
    throw new SlicewiseError('FILE_WRITE', { message: `cannot write into '${layout.folder}'`, expected: 'a folder', got: 'a file' });
  }
  await mkdir(layout.own, { recursive: true }).catch((cause: unknown) => {
    throw writeError(layout.folder, cause);
  });
  const other = await readJson<ProgressFile>(layout.progress);
  if (other && other.machine === hostname() && other.process !== process.pid && lives(other.process)) {
    throw new SlicewiseError('ARGUMENT', {
      message: `another batch runs in ${layout.folder}`,
      got: `process ${other.process}`,
      hint: 'wait for it, or use another folder',
    });
  }
  const { batch = randomUUID() } = (await readJson<BatchState>(layout.state)) ?? {};
  const state = { batch, command, root: process.cwd(), jobs, queue };
  await saveJson(layout.state, state);
  return state;
}

function lives(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}
