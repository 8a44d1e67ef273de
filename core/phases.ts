import { SlicewiseError } from './errors.js';

/**
 * Hears how far a phase of some work is. A phase begins with `done` 0 and ends with `done` = `total`; parts of it may be told between these
 * two, under names of their own or its. Where nobody knows beforehand how much there is to do, `total` grows on the way.
 */
export type PhaseListener = (phase: string, done: number, total: number) => void;

/** Who follows work that may take long, and may end it. */
export interface Watch {
  /** Heard between its parts. */
  readonly signal?: AbortSignal;
  readonly progress?: PhaseListener;
}

/** @throws SlicewiseError ABORTED where the work has been ended */
export function requireWanted({ signal }: Watch, phase: string): void {
  if (signal?.aborted) throw new SlicewiseError('ABORTED', { message: `the run was stopped (${phase})`, cause: signal.reason });
}

/**
 * Lets the other events of the thread pass, Ctrl-C or a click among them.
 * @throws SlicewiseError ABORTED where one of them ended the work
 */
export async function pause(watch: Watch, phase: string): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve));
  requireWanted(watch, phase);
}

/** Does one phase, and tells of its beginning and end. @throws SlicewiseError ABORTED before or after it; what the work throws */
export async function inPhase<T>(watch: Watch, phase: string, work: () => T | Promise<T>): Promise<T> {
  requireWanted(watch, phase);
  watch.progress?.(phase, 0, 1);
  await pause(watch, phase);
  const value = await work();
  watch.progress?.(phase, 1, 1);
  return value;
}
