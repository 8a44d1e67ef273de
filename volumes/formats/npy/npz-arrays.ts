import { isSlicewiseError, SlicewiseError } from '../../../core/errors.js';
import { parseNpy, textOf, type NpyArray } from './array.js';
import { zipEntries } from './zip.js';

/** The arrays of an .npz archive by name; each is inflated when first asked for. */
export interface NpzArrays {
  readonly names: readonly string[];
  /** @throws SlicewiseError FORMAT naming the arrays there are; FORMAT_UNSUPPORTED for types we do not read */
  get(name: string): NpyArray;
  has(name: string): boolean;
  /** Number of dimensions of an array of real numbers, or −1 for others. */
  rank(name: string): number;
  /** A string that lies beside the arrays; undefined where there is none of that name. */
  text(name: string): string | undefined;
  /** Can the array be read, complex ones included? */
  readable(name: string): boolean;
  /** `data (3, 4, 5), angles (20)` */
  describe(): string;
}

/** @throws SlicewiseError FORMAT when the bytes are not a zip archive of arrays */
export function npzArrays(bytes: Uint8Array): NpzArrays {
  const entries = new Map(zipEntries(bytes).flatMap((e) => (e.name.endsWith('.npy') ? [[e.name.slice(0, -4), e] as const] : [])));
  if (entries.size === 0) {
    const names = zipEntries(bytes).map(({ name }) => name);
    throw new SlicewiseError('FORMAT', {
      message: 'the zip archive holds no .npy arrays',
      expected: 'a NumPy archive (.npz)',
      got: names.slice(0, 3).join(', ') + (names.length > 3 ? `, … (${names.length})` : ''),
      hint: 'unpack it, and name the folder or the file in it',
    });
  }
  const parsed = new Map<string, NpyArray>();
  const get = (name: string): NpyArray => {
    const entry = entries.get(name);
    if (!entry) {
      throw new SlicewiseError('FORMAT', {
        message: `no array '${name}' in the archive`,
        expected: `one of ${[...entries.keys()].join(', ')}`,
        got: name,
      });
    }
    const array = parsed.get(name) ?? parseNpy(entry.read(), name);
    parsed.set(name, array);
    return array;
  };
  const attempt = (name: string): NpyArray | undefined => {
    try {
      return get(name);
    } catch (error) {
      // arrays of text or objects beside the wanted one do no harm; damage does
      if (isSlicewiseError(error) && error.code === 'FORMAT_UNSUPPORTED') return undefined;
      throw error;
    }
  };
  return {
    names: [...entries.keys()],
    get,
    has: (name) => entries.has(name),
    rank: (name) => {
      const array = attempt(name);
      return array && !array.complex ? array.shape.length : -1;
    },
    text: (name) => {
      const entry = entries.get(name);
      return entry && textOf(entry.read());
    },
    readable: (name) => attempt(name) !== undefined,
    describe: () => [...entries.keys()].map((name) => `${name} (${attempt(name)?.shape.join(', ') ?? '?'})`).join(', '),
  };
}
