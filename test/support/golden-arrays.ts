import type { ExecutionContext } from 'ava';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NamedBytes } from '../../volumes/format.js';
import type { RawArray } from '../../volumes/raw-array.js';
import { golden } from './golden.js';

/** Arrays as NumPy holds them, from test/golden/scripts/arrays.py. */
const truth = golden<{ [name: string]: { shape: number[]; data: number[] } }>('arrays/arrays.json');

export const goldenFile = (name: string): NamedBytes => ({
  name,
  bytes: new Uint8Array(readFileSync(join('test/golden/arrays', name))),
});

export const goldenArray = (name: string): { shape: number[]; data: number[] } => truth[name];

/** Same index order, same values (to the digits of the array's own type). */
export function sameAsNumpy(t: ExecutionContext, array: RawArray, name: string): void {
  t.deepEqual([...array.shape], truth[name].shape, `shape of ${name}`);
  const single = array.data instanceof Float32Array;
  t.deepEqual(Array.from(array.data), single ? truth[name].data.map(Math.fround) : truth[name].data, `values of ${name}`);
}

/** A file of the shared real data, or undefined where that is not installed (SLICEWISE_DATA). */
export function realFile(t: ExecutionContext, path: string): NamedBytes | undefined {
  const full = join(process.env.SLICEWISE_DATA ?? '', path);
  if (process.env.SLICEWISE_DATA && existsSync(full)) return { name: path, bytes: new Uint8Array(readFileSync(full)) };
  t.log(`skipped: ${path} is not there (set SLICEWISE_DATA)`);
  t.pass();
  return undefined;
}
