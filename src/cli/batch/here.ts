import { PROCESS_BYTES } from '../../engine/memory/memory-parts.js';
import type { MemoryGate } from './memory-gate.js';
import type { ScanJob } from './messages.js';
import { runScan, type Outcome } from './run-scan.js';
import type { BatchView } from './view.js';

/** How many times the bytes of its file a scan takes until its memory is planned: read, and turned into numbers. */
const READING = 3;

export const readingBytes = (fileBytes: number): number => PROCESS_BYTES + READING * fileBytes;

/** All scans on this machine, so many at once. One that fails is told and does not keep the others. */
export async function runHere(
  jobs: readonly (ScanJob & { readonly bytes: number })[],
  run: {
    readonly root: string;
    readonly gate: MemoryGate;
    readonly atOnce: number;
    readonly tries: number;
    readonly stop: AbortSignal;
    readonly view: BatchView;
    /** Some scan has ended. */
    onEnd(): Promise<void>;
  },
): Promise<void> {
  const { root, gate, tries, stop, view } = run;
  const waiting = [...jobs];
  const one = async ({ bytes, ...job }: ScanJob & { readonly bytes: number }): Promise<Outcome> => {
    for (let n = 1; ; n++) {
      const onProgress = (text: string, share: number): void => view.progress(job.scan, text, share);
      const outcome = await runScan(job, { root, gate, reading: readingBytes(bytes), tries: n, onProgress, stop });
      if (outcome.status !== 'failed' || !outcome.again || n >= tries || stop.aborted) return outcome;
      view.again(job.scan, n, outcome.message);
    }
  };
  const lane = async (): Promise<void> => {
    for (let job = waiting.shift(); job && !stop.aborted; job = waiting.shift()) {
      view.ended(job.scan, await one(job));
      await run.onEnd();
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: run.atOnce }, lane));
  // the folder of the batch itself can no longer be written
  for (const { status, reason } of lanes as PromiseRejectedResult[]) if (status === 'rejected') throw reason;
}
