#!/usr/bin/env node
import { runCli } from './program.js';

function interruptible(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort(new Error('interrupted'));
      process.stderr.write('\nstopping after this step; Ctrl-C again ends at once\n');
    });
  }
  return controller.signal;
}

// `slicewise info x | head` closes our output: that is no failure
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runCli(
  process.argv.slice(2),
  {
    out: (text) => process.stdout.write(`${text}\n`),
    note: (text) => process.stderr.write(`${text}\n`),
    interactive: process.stderr.isTTY === true && process.env.CI === undefined && process.env.TERM !== 'dumb',
  },
  interruptible,
);
