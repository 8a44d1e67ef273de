import { hostname } from 'node:os';
import { saveJson } from '../outputs.js';
import type { Terminal } from '../command.js';
import { duration } from '../text.js';
import type { BatchLayout } from './layout.js';
import type { Outcome } from './run-scan.js';

/** Milliseconds between two lines that a person watches, and between two notes of progress in the folder. */
const REFRESH = 200;
const WRITE = 2000;

/** What is told of a batch while it runs. */
export interface BatchView {
  progress(scan: string, text: string, share: number, machine?: string): void;
  again(scan: string, tries: number, message: string): void;
  ended(scan: string, outcome: Outcome): void;
  /** What is told of runs elsewhere, which may end unseen. */
  forget(scan: string): void;
  note(text: string): void;
  end(): Promise<void>;
}

/** Progress of the runs of a batch, for `slicewise batch status`. */
export interface ProgressFile {
  readonly machine: string;
  readonly process: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly running: { readonly [scan: string]: string };
}

/**
 * @param total how many scans there are, `before` of them done before it began
 * @param layout where progress is noted; undefined where a queue knows it
 */
export function showBatch(terminal: Terminal, total: number, before: number, layout?: BatchLayout): BatchView {
  const began = performance.now();
  const running = new Map<string, { text: string; share: number; machine?: string }>();
  let [done, failures, shown, written] = [before, 0, 0, -WRITE];
  let writing: Promise<void> = Promise.resolve();

  const status = (): void => {
    const now = performance.now();
    if (layout && now - written >= WRITE) {
      written = now;
      const at = new Date().toISOString();
      const texts = Object.fromEntries([...running].map(([scan, { text }]) => [scan, text]));
      const file: ProgressFile = { machine: hostname(), process: process.pid, at, running: texts };
      writing = writing.then(() => saveJson(layout.progress, file)).catch(() => undefined);
    }
    if (!terminal.interactive || now - shown < REFRESH) return;
    shown = now;
    const parts = [...running].map(([scan, { text, machine }]) => `${scan}${machine ? ` (${machine})` : ''}: ${text}`);
    const ended = done - before + failures;
    const whole = ended + [...running.values()].reduce((sum, { share }) => sum + share, 0);
    const rest = total - before - whole;
    const left = ended > 0 && rest > 0 ? `, ${duration((((now - began) / 1000) * rest) / whole)} left` : '';
    terminal.status?.(`${done + failures}/${total}${failures ? ` (${failures} failed)` : ''}${left}  ${parts.join('  ')}`);
  };

  return {
    progress(scan, text, share, machine) {
      running.set(scan, { text, share, machine });
      status();
    },
    again: (scan, tries, message) => terminal.note(`${scan}: try ${tries} failed, once more: ${message}`),
    ended(scan, outcome) {
      running.delete(scan);
      if (outcome.status === 'stopped') return;
      if (outcome.status === 'done') done++;
      else failures++;
      const text = outcome.status === 'done' ? 'done' : `failed: ${outcome.message}`;
      terminal.note(`[${done + failures}/${total}] ${scan}: ${text}`);
      status();
    },
    forget: (scan) => void running.delete(scan),
    note: (text) => terminal.note(text),
    async end() {
      terminal.status?.('');
      await writing;
    },
  };
}
