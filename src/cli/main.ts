#!/usr/bin/env node
import { runCli } from './program.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** As a shell tells of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

/*
 * Until a command says otherwise, Ctrl-C ends the process as the system does it: at once, also in the middle of a long calculation, in
 * which no handler would be heard.
 */

/** The first Ctrl-C fires the signal, the second one ends the process. @param words what the first one is told */
function interruptible(words = 'stopping after this step'): AbortSignal {
  const controller = new AbortController();
  listen(() => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort(new Error('interrupted'));
    terminal.note(`${words}; Ctrl-C again ends at once`);
  });
  return controller.signal;
}

/** Ctrl-C ends the process, which first removes files that are half-written (core/platform/temporaries.ts). */
function leaveNothing(): void {
  listen(() => {
    terminal.note('slicewise: interrupted');
    process.exit(INTERRUPTED);
  });
}

function listen(heard: () => void): void {
  for (const signal of SIGNALS) process.removeAllListeners(signal).on(signal, heard);
}

// `slicewise info x | head` closes our output: that is no failure
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

/** A line of what goes on, which the next one overwrites. */
let status = '';
const clear = (): void => {
  if (status) process.stderr.write('\r\x1b[K');
  status = '';
};

const terminal = {
  out(text: string): void {
    clear();
    process.stdout.write(`${text}\n`);
  },
  note(text: string): void {
    clear();
    process.stderr.write(`${text}\n`);
  },
  status(text: string): void {
    clear();
    const columns = process.stderr.columns ?? 80;
    status = [...text].slice(0, columns - 1).join('');
    process.stderr.write(status);
  },
  interactive: process.stderr.isTTY === true && process.env.CI === undefined && process.env.TERM !== 'dumb',
};

process.exitCode = await runCli(process.argv.slice(2), terminal, interruptible, leaveNothing);
