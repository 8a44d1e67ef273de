import type { PhaseListener } from '../../core/phases.js';
import type { Terminal } from './command.js';
import { duration } from './text.js';

/** Seconds between two lines where nobody watches, and from which on what the phases took is told. */
const NOTE_SECONDS = 5;
const TOLD_SECONDS = 1;
/** Milliseconds between two changes of the line that a person watches. */
const REFRESH = 100;

/** What is told of the phases before a run's first step. */
export interface PhaseView {
  readonly listen: PhaseListener;
  /** A phase that the library does not tell itself. */
  during<T>(phase: string, work: () => Promise<T>): Promise<T>;
  /** The phases are over: clears their line, and with words tells what took how long, once. */
  end(words?: string): void;
}

/**
 * The phase that is under way and how far it is: one line that changes where a person watches, otherwise a line now and then, and with
 * `every` one for each phase that begins.
 */
export function showPhases(terminal: Terminal, every = false): PhaseView {
  const began = performance.now();
  const status = terminal.interactive ? terminal.status : undefined;
  const starts = new Map<string, number>();
  const spent = new Map<string, number>();
  let [printed, shown, ended] = [began, 0, false];

  const listen: PhaseListener = (phase, done, total) => {
    const now = performance.now();
    const first = !starts.has(phase);
    if (first || done === 0) {
      starts.set(phase, now);
      if (every && done < total) terminal.note(`phase: ${phase}`);
    }
    const started = starts.get(phase)!;
    if (done >= total) {
      spent.set(phase, (spent.get(phase) ?? 0) + now - started);
      starts.delete(phase);
    }
    const left = done > 0 && done < total ? `, ${duration((((now - started) / 1000) * (total - done)) / done)} left` : '';
    const text = total > 1 ? `${phase}: ${done}/${total}${left}` : phase;
    if (status) {
      if (ended || done >= total || (now - shown < REFRESH && done > 0)) return;
      shown = now;
      status(`${text} …`);
      return;
    }
    if (done >= total || now - printed < 1000 * NOTE_SECONDS) return;
    printed = now;
    terminal.note(text);
  };

  return {
    listen,
    async during(phase, work) {
      listen(phase, 0, 1);
      const value = await work();
      listen(phase, 1, 1);
      return value;
    },
    end(words) {
      if (ended) return;
      ended = true;
      status?.('');
      if (words === undefined) return;
      const seconds = (performance.now() - began) / 1000;
      if (seconds < TOLD_SECONDS) return;
      const parts = Array.from(spent, ([phase, ms]) => [phase, ms / 1000] as const).filter(([, s]) => s >= 0.1);
      terminal.note(`${words}: ${duration(seconds)} (${parts.map(([phase, s]) => `${phase} ${duration(s)}`).join(', ')})`);
    },
  };
}
