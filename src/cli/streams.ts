import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { readInput, type FileBytes } from '../../core/platform/files.js';
import { SlicewiseError } from '../../core/errors.js';

/** The word for standard input and standard output. */
export const STREAM = '-';

let input: Promise<FileBytes[]> | undefined;

/**
 * The files of a path, or for `-` all of standard input, which is read once however often it is asked for. Its format is told from the
 * bytes.
 * @throws SlicewiseError as `readInput`; FILE_NOT_FOUND where nothing comes in
 */
export function readPath(path: string): Promise<FileBytes[]> {
  return path === STREAM ? (input ??= standardInput()) : readInput(path);
}

async function standardInput(): Promise<FileBytes[]> {
  const nothing = (got: string): SlicewiseError =>
    new SlicewiseError('FILE_NOT_FOUND', {
      message: 'nothing to read from standard input',
      expected: 'the bytes of one file',
      got,
      hint: `pipe a file into it, or write a path instead of '${STREAM}'`,
    });
  if (process.stdin.isTTY) throw nothing('a terminal');
  const pieces: Uint8Array[] = [];
  for await (const piece of process.stdin) pieces.push(piece as Uint8Array);
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (length === 0) throw nothing('0 bytes');
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return [{ name: 'standard input', bytes }];
}

/** Several inputs cannot come from one stream. @throws SlicewiseError ARGUMENT */
export function requireOneStream(paths: readonly (string | undefined)[]): void {
  if (paths.filter((path) => path === STREAM).length < 2) return;
  throw new SlicewiseError('ARGUMENT', {
    message: `'${STREAM}' is standard input, which holds one file`,
    expected: `one '${STREAM}'`,
    got: 'several',
    hint: 'write the others to files first',
  });
}

/**
 * The name of what goes to standard output, whose ending chooses the format.
 * @throws SlicewiseError ARGUMENT for a format where a file is written, whose name says it
 */
export function outputName(path: string, format?: string, usual = 'npy'): string {
  if (path === STREAM) return `standard output.${(format ?? usual).replace(/^\./, '')}`;
  if (format === undefined) return path;
  throw new SlicewiseError('ARGUMENT', {
    message: `--format is for standard output (-o ${STREAM})`,
    got: `'${path}', whose ending says the format`,
  });
}

/** Writes bytes to standard output and waits until they are gone. */
export async function writeStandardOutput(bytes: Uint8Array): Promise<void> {
  if (process.stdout.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))) return;
  await once(process.stdout, 'drain');
}
