import { isSlicewiseError } from '../../../core/errors.js';
import { elements } from '../../../core/array.js';
import type { NamedBytes } from '../../../volumes/format.js';
import { arrayFormats, readMeasurement, readVolume } from '../../../volumes/index.js';
import { randomFrom } from '../segy-mutations.js';
import { mutated } from './mutate.js';
import type { FuzzFormat } from './seeds.js';

/** Input number `n` of a format: the same bytes for the same seed. */
export function inputOf({ seeds }: FuzzFormat, seed: number, n: number): NamedBytes[] {
  const random = randomFrom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(n + 1, 0x85ebca6b));
  const good = seeds[Math.floor(random() * seeds.length)];
  const files = mutated(
    random,
    good,
    seeds.map((s) => s[0].bytes),
  );
  // parts that are named are looked for among the files alone
  return files.map((file) => ({ ...file, beside: (name: string) => Promise.resolve(files.find((f) => f.name === name)) }));
}

/**
 * Reads it as a program would.
 * @param between called before each array of a container is read
 * @returns 'read', or the code of the refusal
 * @throws whatever is no SlicewiseError, and an Error for a result that is not whole
 */
export async function outcomeOf(
  { volume, scan, arrays }: FuzzFormat,
  files: readonly NamedBytes[],
  between: () => void = () => {},
): Promise<string> {
  try {
    if (arrays) return await everyArray(files, between);
    const got = volume ? await readVolume(files, volume) : await readMeasurement(files, scan);
    const lanes = got.dtype === 'complex64' ? 2 : 1;
    if (got.data.length !== lanes * elements(got.shape)) throw new Error(`${got.data.length} numbers for ${got.shape.join('×')}`);
    return 'read';
  } catch (error) {
    if (isSlicewiseError(error)) return error.code;
    throw error;
  }
}

async function everyArray(files: readonly NamedBytes[], between: () => void): Promise<string> {
  const format = arrayFormats.entries().find(([, f]) => f.sniff(files[0].bytes))?.[1];
  if (!format) return 'FORMAT';
  for (const { path, numeric } of (await format.list(files)).slice(0, 20)) {
    if (!numeric) continue;
    between();
    const { data, shape, complex } = await format.read(files, path);
    if (data.length !== (complex ? 2 : 1) * elements(shape)) throw new Error(`${data.length} numbers for ${shape.join('×')}`);
  }
  return 'read';
}
