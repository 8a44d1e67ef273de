import { fork } from 'node:child_process';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { batchLayout } from './layout.js';
import type { MemoryGate } from './memory-gate.js';
import type { ChildOrder, FromChild, ScanJob, ToChild } from './messages.js';
import { readRecord, writeRecord } from './record.js';

export type Outcome =
  | { readonly status: 'done' }
  /** Its checkpoint is kept, where it has one. */
  | { readonly status: 'stopped' }
  /** @param again another try may end better */
  | { readonly status: 'failed'; readonly code: string; readonly message: string; readonly again: boolean };

export interface RunSettings {
  /** Where paths are seen from. */
  readonly root: string;
  readonly gate: MemoryGate;
  /** Guess of the memory before it is planned: what reading takes. */
  readonly reading: number;
  readonly tries: number;
  readonly build?: string;
  readonly onProgress: (text: string, share: number) => void;
  /** Ends the run, which keeps its state. */
  readonly stop: AbortSignal;
  /** Ends the process: another one has taken the scan. */
  readonly kill?: AbortSignal;
}

/** Failures that may have come from the machine and its moment. What is wrong with a scan or its options is so on every machine. */
const AGAIN = ['BACKEND', 'CHECKPOINT', 'FILE_WRITE', 'MEMORY', 'UNEXPECTED', 'CRASHED'];

/** Reconstructs one scan of a batch in a process of its own. The record beside its checkpoints says how it ended. */
export async function runScan(job: ScanJob, settings: RunSettings): Promise<Outcome> {
  const { root, gate, reading, tries, build, stop } = settings;
  const place = await gate.enter(reading);
  let planned: number | undefined;
  try {
    if (stop.aborted) return { status: 'stopped' };
    const order = { ...job, memory: gate.each, tries, build };
    const outcome = await child(order, settings, async (bytes) => {
      planned = bytes;
      await place.take(bytes);
    });
    if (outcome.status === 'failed') {
      const { scan, name, folder, given, options } = job;
      const path = resolve(root, batchLayout(folder).of(name).record);
      const { code, message } = outcome;
      const who = { scan, output: given.output, options, tries, machine: hostname() };
      await writeRecord(path, { ...who, status: 'failed', planned, build, code, error: message });
    }
    return outcome;
  } finally {
    place.leave();
  }
}

/** What a scan would take, and on which kernels; the failure where it cannot even begin. Nothing is written. */
export async function probeScan(job: ScanJob, root: string, memory: number): Promise<{ bytes: number; build: string } | Outcome> {
  let plan: { bytes: number; build: string } | undefined;
  const order = { ...job, memory, tries: 0, probe: true };
  const never = new AbortController().signal;
  const outcome = await child(order, { root, stop: never, onProgress: () => undefined }, (bytes, build) => {
    plan = { bytes, build };
    return Promise.resolve();
  });
  return plan ?? outcome;
}

function child(
  order: ChildOrder,
  { root, onProgress, stop, kill }: Pick<RunSettings, 'root' | 'onProgress' | 'stop' | 'kill'>,
  planned: (bytes: number, build: string) => Promise<void>,
): Promise<Outcome> {
  return new Promise((resolve) => {
    // nothing of this process's own flags (a debugger's port) is for the child
    const options = { cwd: root, execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] as ('ignore' | 'pipe' | 'ipc')[] };
    const process = fork(new URL('./child.js', import.meta.url), options);
    const tell = (message: ToChild): void => {
      if (process.connected) process.send(message, () => undefined);
    };
    let outcome: Outcome | undefined;
    let [words, stopping] = ['', false];
    const halt = (): void => {
      stopping = true;
      tell({ kind: 'stop' });
    };
    const end = (): void => void process.kill('SIGKILL');
    process.stderr!.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-2000)));
    process.on('message', (message: FromChild) => {
      if (message.kind === 'progress') onProgress(message.text, message.share);
      else if (message.kind === 'planned') {
        const { bytes, build } = message;
        planned(bytes, build).then(
          () => tell({ kind: 'go' }),
          (error: Error & { code?: string }) => {
            outcome = failed(error.code ?? 'MEMORY', error.message);
            end();
          },
        );
      } else if (message.kind === 'failed') outcome = failed(message.code, message.message);
      else outcome = { status: message.kind };
    });
    process.on('error', (error) => (outcome ??= failed('CRASHED', `the process of this scan did not start: ${error.message}`)));
    process.on('close', (code, signal) => {
      stop.removeEventListener('abort', halt);
      kill?.removeEventListener('abort', end);
      const last = words.trim().split('\n').at(-1) ?? '';
      const how = signal ? `by ${signal}${signal === 'SIGKILL' ? ', as systems do where memory runs out' : ''}` : `with code ${code}`;
      const crashed = failed('CRASHED', `the process of this scan was ended ${how}${last ? `: ${last}` : ''}`);
      resolve(outcome ?? (stopping ? { status: 'stopped' } : crashed));
    });
    stop.addEventListener('abort', halt);
    kill?.addEventListener('abort', end);
    tell({ kind: 'order', order });
    if (stop.aborted) halt();
  });
}

const failed = (code: string, message: string): Outcome => ({ status: 'failed', code, message, again: AGAIN.includes(code) });

/** The record of a scan that is done, as it lies in the shared folder. */
export const recordOf = ({ folder, name }: ScanJob, root: string) => readRecord(resolve(root, batchLayout(folder).of(name).record));
