import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes } from '../../format.js';

/** Last part of a path, as both kinds of systems write it. */
export const lastName = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

/** A file that a header names, among those that were read with it. */
export const namedAmong = (name: string, files: readonly NamedBytes[]): NamedBytes | undefined =>
  files.find((file) => file.name === lastName(name)) ?? files.find((file) => file.name.toLowerCase() === lastName(name).toLowerCase());

/**
 * The file that a header names as its data: one that was read with it, else one beside it.
 * @throws SlicewiseError FORMAT when there is none
 */
export async function detachedFile(header: NamedBytes, name: string, files: readonly NamedBytes[]): Promise<NamedBytes> {
  const found =
    namedAmong(
      name,
      files.filter((file) => file !== header),
    ) ?? (await header.beside?.(name));
  if (found) return found;
  throw new SlicewiseError('FORMAT', {
    message: `${header.name} says that its data are in another file`,
    expected: `${name} beside it`,
    got: 'no such file',
    hint: 'put it there, or save the image in one file',
  });
}

/** Numbered names of a C pattern: `slice%03d.raw` from, to, step. At most one for each of `most` slices. */
export function numberedNames(pattern: string, from: number, to: number, step: number, most: number): string[] {
  const match = /%(0?)(\d*)d/.exec(pattern);
  const count = Math.floor((to - from) / step) + 1;
  if (!match || !(count >= 1) || !(count <= most)) {
    throw new SlicewiseError('FORMAT', {
      message: 'names of the data files',
      expected: `a pattern such as slice%03d.raw and at most ${most} numbers`,
      got: `${pattern} ${from} ${to} ${step}`,
    });
  }
  return Array.from({ length: count }, (_, n) => {
    const digits = String(from + n * step);
    return pattern.replace(match[0], match[1] ? digits.padStart(Number(match[2] || 0), '0') : digits.padStart(Number(match[2] || 0), ' '));
  });
}

/** Several pieces as one. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0];
  const out = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}
