// Set-ups of one clone at a time: a second one would start from half-written output of the first.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const OLD = 30 * 60_000; // by then the number belongs to another process

/**
 * Waits until no other process holds the file `lock`, and holds it until this one ends. Where nothing can be written nothing can be built:
 * no lock.
 */
export function oneAtATime(lock) {
  for (let waited = false; ;) {
    try {
      mkdirSync(dirname(lock), { recursive: true });
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      process.on('exit', () => rmSync(lock, { force: true }));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') return;
    }
    const holder = holderOf(lock);
    if (holder === undefined) continue;
    if (!waited) console.error(`setup: waiting for the set-up that runs already (process ${holder})`);
    waited = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
}

/** The living process that holds the lock; the lock of a dead one is removed. */
function holderOf(lock) {
  try {
    const young = Date.now() - statSync(lock).mtimeMs < OLD;
    const pid = Number(readFileSync(lock, 'utf8'));
    if (young && (pid === 0 || alive(pid))) return pid; // 0: created, its number not yet written
  } catch {
    return undefined; // gone meanwhile
  }
  rmSync(lock, { force: true });
  return undefined;
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM'; // another user's
  }
}
