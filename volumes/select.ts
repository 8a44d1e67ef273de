import { SlicewiseError } from '../core/errors.js';

/** A part of `select`: the name of an axis or counter, and which of its entries. */
export type Picked = readonly [name: string, entry: number | 'all'];

/**
 * The parts of a text such as `contrast=0,repetition=all`.
 * @param what for messages
 * @throws SlicewiseError ARGUMENT for anything else, and for a name that comes twice
 */
export function parseSelect(text: string | undefined, what = '--select'): Picked[] {
  const parts = (text ?? '').split(',').filter((part) => part.trim() !== '');
  const picked = parts.map((part): Picked => {
    const match = /^\s*([\w-]+)\s*=\s*(\d+|all)\s*$/i.exec(part);
    if (!match) throw new SlicewiseError('ARGUMENT', { message: what, expected: 'name=number, …', got: `'${part.trim()}'` });
    return [match[1].toLowerCase(), match[2].toLowerCase() === 'all' ? 'all' : Number(match[2])];
  });
  const twice = picked.find(([name], n) => picked.findIndex(([other]) => other === name) !== n);
  if (!twice) return picked;
  throw new SlicewiseError('ARGUMENT', { message: what, expected: 'every name once', got: `${twice[0]} twice` });
}

/** Does a text ask for several images? */
export const asksForAll = (text: string | undefined): boolean => /=\s*all\s*(,|$)/i.test(text ?? '');

/**
 * The same for what holds one image.
 * @throws SlicewiseError ARGUMENT also for `all`
 */
export function parseOne(text: string | undefined, what?: string): [string, number][] {
  return parseSelect(text, what).map(([name, entry]) => {
    if (entry !== 'all') return [name, entry];
    throw new SlicewiseError('ARGUMENT', {
      message: `${name}=all is several images`,
      expected: 'one',
      got: `'${text}'`,
      hint: `slicewise recon takes all of them; here pick one with --select ${name}=0`,
    });
  });
}

/**
 * What `select` must say for each of the images that it asks for by `all`, in the order of their numbers.
 * @param there entries of every image, or of every piece of one, by name
 * @example eachSelection([['echo', 'all']], [{ echo: 0 }, { echo: 1 }]) // ['echo=0', 'echo=1']
 */
export function eachSelection(picked: readonly Picked[], there: readonly { readonly [name: string]: number }[]): string[] {
  const wanted = there.filter((row) => picked.every(([name, entry]) => entry === 'all' || row[name] === entry));
  const entries = new Map(wanted.map((row) => picked.map(([name]) => row[name])).map((list) => [list.join(), list]));
  const sorted = [...entries.values()].sort((a, b) => a.map((value, n) => value - b[n]).find((step) => step !== 0) ?? 0);
  return sorted.map((list) => picked.map(([name], n) => `${name}=${list[n]}`).join());
}

/** Every combination of the entries of axes, for `eachSelection`. */
export function everyEntry(axes: readonly (readonly [name: string, length: number])[]): { [name: string]: number }[] {
  return axes.reduce<{ [name: string]: number }[]>(
    (rows, [name, length]) => rows.flatMap((row) => Array.from({ length }, (_, n) => ({ ...row, [name]: n }))),
    [{}],
  );
}
