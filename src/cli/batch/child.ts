/*
 * The process of one scan of a batch: `recon` as the command line runs it, told what to do by its parent. A scan that brings its process
 * down (no memory, a fault in a library) ends only this one, and the memory of every scan is given back whole.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { isSlicewiseError, SlicewiseError } from '../../../core/errors.js';
import { writeFileAtomic } from '../../../core/platform/files.js';
import { checkpointFolder } from '../../../core/platform/checkpoints.js';
import type { Volume } from '../../../volumes/volume.js';
import { renderThumbnail } from '../../report/thumbnail.js';
import type { RunWatch } from '../run-watch.js';
import { recon } from '../recon.js';
import { batchLayout } from './layout.js';
import type { ChildOrder, FromChild, ToChild } from './messages.js';
import { readManifest, writeRecord, type ScanRecord } from './record.js';

/** Milliseconds between two words of progress. */
const REFRESH = 500;

const stop = new AbortController();
/** There is a state to keep: a run that is stopped writes it. Before, and while results are written, it ends as it is or goes on. */
let keeps = false;
let writing = false;
let go: () => void = () => undefined;

function tell(message: FromChild): Promise<void> {
  return new Promise((resolve) => (process.send ? process.send(message, () => resolve()) : resolve()));
}

process.on('message', (message: ToChild) => {
  if (message.kind === 'order') void perform(message.order);
  else if (message.kind === 'go') go();
  else if (keeps) stop.abort(new Error('stopped'));
  else if (!writing) void tell({ kind: 'stopped' }).then(() => process.exit(0));
});
// Ctrl-C reaches all processes of a terminal: the parent says what becomes of it. Without a parent nobody would take the result up.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(1));

async function perform(order: ChildOrder): Promise<void> {
  try {
    await run(order).catch(async (error: unknown) => {
      // of an earlier try with other options, on other kernels, or cut short by a full disk: the scan begins anew
      if (!isSlicewiseError(error) || error.code !== 'CHECKPOINT' || order.probe) throw error;
      await rm(order.given.checkpoint!, { recursive: true, force: true });
      await run(order);
    });
    await tell({ kind: 'done' });
  } catch (error) {
    if (error instanceof ProbeEnds) await tell({ kind: 'done' });
    else if (isSlicewiseError(error) && error.code === 'ABORTED') await tell({ kind: 'stopped' });
    else {
      const own = isSlicewiseError(error);
      const text = error instanceof Error ? error.message : String(error);
      await tell({ kind: 'failed', code: own ? error.code : 'UNEXPECTED', message: own ? text : `${text} (unexpected)` });
    }
  }
  process.exit(0);
}

class ProbeEnds extends Error {}

async function run(order: ChildOrder): Promise<void> {
  const { scan, name, folder, given, options, tries, probe } = order;
  const files = batchLayout(folder).of(name);
  const kept = given.checkpoint === undefined ? undefined : await checkpointFolder(given.checkpoint).latest();
  const who = { scan, output: given.output, options, tries, machine: hostname(), process: process.pid };
  const begun: ScanRecord = { ...who, status: 'running', ...(kept ? { resumed: kept.name } : {}) };
  let told = 0;
  const progress = (text: string, share: number): void => {
    const now = performance.now();
    if (share < 1 && now - told < REFRESH) return;
    told = now;
    void tell({ kind: 'progress', text, share });
  };
  let plan: { bytes: number; build: string } | undefined;
  let last: { done: number; residual?: number } | undefined;
  let volume: Volume | undefined;
  const watch: RunWatch = {
    memory: order.memory,
    relaxed: order.build === undefined ? undefined : order.build === 'simd-relaxed',
    async planned(bytes, build) {
      if (order.build !== undefined && order.build !== build && build.startsWith('simd')) throw otherKernels(order.build, build);
      plan = { bytes, build };
      const admitted = new Promise<void>((resolve) => (go = resolve));
      await tell({ kind: 'planned', bytes, build });
      if (probe) throw new ProbeEnds();
      await admitted;
      await writeRecord(files.record, { ...begun, planned: bytes, build });
    },
    phase: (phase, done, total) => progress(total > 1 ? `${phase} ${done}/${total}` : phase, 0),
    step(step) {
      last = step;
      progress(`step ${step.done}/${step.total}`, step.done / step.total);
    },
    done: (result) => (volume = result),
  };
  const silent = { out: () => undefined, note: () => undefined, interactive: false };
  await recon.run(
    [scan],
    { ...given, ...(kept ? { resume: true } : {}) },
    {
      terminal: silent,
      interruptible: () => {
        keeps = true;
        return stop.signal;
      },
      leaveNothing: () => {
        keeps = false;
        writing = true;
      },
      line: [],
      watch,
    },
  );
  if (volume) await writeFileAtomic(files.thumbnail, renderThumbnail(volume));
  const manifest = await readManifest(files.manifest);
  const sha256 = await hashOf(given.output);
  const { warnings } = manifest ?? {};
  const outcome = { sha256, steps: last?.done, residual: last?.residual, warnings, planned: plan?.bytes, build: plan?.build };
  await writeRecord(files.record, { ...begun, ...outcome, status: 'done' });
  if (given.checkpoint !== undefined) await rm(given.checkpoint, { recursive: true, force: true });
}

/** Another build rounds differently. */
const otherKernels = (wanted: string, got: string): SlicewiseError =>
  new SlicewiseError('RUNTIME_MISSING', {
    message: 'this Node has not the kernels that the batch runs on',
    expected: wanted,
    got,
    hint: 'run the worker with the Node of the machine that submitted the batch, or submit it with the older one',
  });

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}
