import { rmSync } from 'node:fs';

/** Files and folders that are not whole yet: a process that ends by itself in the middle removes them. */
const unfinished = new Set<string>();
let listening = false;

export function rememberTemporary(path: string): void {
  unfinished.add(path);
  if (listening) return;
  listening = true;
  process.on('exit', () => {
    for (const file of unfinished) rmSync(file, { recursive: true, force: true });
  });
}

/** It has its name now, or is gone. */
export function forgetTemporary(path: string): void {
  unfinished.delete(path);
}
