import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Runs a module in a process of its own with a JSON argument and gives what it handed to `answer`. */
export function inChild<T>(module: URL, argument: unknown): Promise<T> {
  const child = spawn(process.execPath, [fileURLToPath(module), JSON.stringify(argument)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    let value: { answer: T } | undefined;
    child.on('message', (message) => (value = message as { answer: T }));
    child.on('error', reject);
    child.on('exit', (code) => {
      if (value) resolve(value.answer);
      else reject(new Error(`${module.pathname} ended with code ${code} and without an answer`));
    });
  });
}

/** The argument, in the child. */
export const argument = <T>(): T => JSON.parse(process.argv[2]) as T;

/** Hands a value to the parent. */
export const answer = (value: unknown): void => void process.send?.({ answer: value });

/**
 * Greatest resident memory of this process so far, worker threads included, in bytes. VmHWM where there is one: getrusage remembers the
 * size of the process that started this one.
 */
export function peakMemory(): number {
  try {
    return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]);
  } catch {
    return 1024 * process.resourceUsage().maxRSS;
  }
}
