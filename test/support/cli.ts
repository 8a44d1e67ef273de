import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const CLI = resolve('dist/src/cli/main.js');

export interface Outcome {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal?: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `slicewise …` as a child process in a folder. `during` sees its standard error as it grows, and may send signals. */
export function slicewise(
  folder: string,
  args: readonly string[],
  during?: (err: string, kill: (signal: NodeJS.Signals) => void) => void,
): Promise<Outcome> {
  return command(folder, process.execPath, [CLI, ...args], during);
}

export function command(
  folder: string,
  program: string,
  args: readonly string[],
  during?: (err: string, kill: (signal: NodeJS.Signals) => void) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Outcome> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
      during?.(err, (signal) => child.kill(signal));
    });
    child.on('error', fail);
    child.on('close', (code, signal) => done({ code, signal, out, err }));
  });
}

/** A folder of one's own, removed at the end. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'slicewise-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const listing = (folder: string): string[] => readdirSync(folder).sort();
