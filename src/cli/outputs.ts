import { access, constants, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { SlicewiseError } from '../../core/errors.js';
import { writeFileAtomic, writeFilesAtomic } from '../../core/platform/files.js';
import { writeVolumeFiles } from '../../volumes/open.js';
import { measurementFormats } from '../../volumes/registry.js';
import { makeVolume, type Volume } from '../../volumes/volume.js';

/**
 * Fails before the work, not after it: the folder is there and may be written, and no folder has the file's name.
 * @throws SlicewiseError FILE_WRITE
 */
export async function requireWritable(path: string): Promise<void> {
  const folder = dirname(resolve(path));
  await access(folder, constants.W_OK).catch((cause: unknown) => {
    throw new SlicewiseError('FILE_WRITE', {
      message: `cannot write '${path}'`,
      got: `${(cause as NodeJS.ErrnoException).code} for the folder ${folder}`,
      hint: 'make the folder first, or write elsewhere',
      cause,
    });
  });
  const existing = await stat(path).catch(() => undefined);
  if (existing && !existing.isFile()) {
    // files are written beside and renamed, which would replace a device such as /dev/stdout
    const got = existing.isDirectory() ? 'a folder of this name' : 'a device or pipe of this name';
    throw new SlicewiseError('FILE_WRITE', { message: `cannot write '${path}'`, expected: 'an ordinary file', got });
  }
}

/** The same for a volume, whose extension must name a format that can be written, and for the files beside it. */
export async function requireVolumeOutput(path: string): Promise<void> {
  await requireWritable(path);
  const files = await writeVolumeFiles(basename(path), makeVolume(new Float32Array(8), [2, 2, 2]));
  for (const { name } of files.slice(1)) await requireWritable(join(dirname(path), name));
}

/** The same for a scan. @throws SlicewiseError FILE_WRITE, FORMAT */
export async function requireScanOutput(path: string): Promise<void> {
  await requireWritable(path);
  const extensions = measurementFormats.entries().flatMap(([, format]) => (format.write ? format.extensions : []));
  if (extensions.some((extension) => path.toLowerCase().endsWith(extension))) return;
  throw new SlicewiseError('FORMAT', {
    message: `no scan file to write '${path}' as`,
    expected: `a name ending in ${extensions.join(', ')}`,
    got: basename(path),
  });
}

/** Does a file of this name hold complex numbers in any case? BART has no others. */
export const alwaysComplex = (path: string): boolean => /\.cfl$/i.test(path);

/** A complex volume is written with both parts. */
export async function saveVolume(path: string, volume: Volume): Promise<void> {
  const dtype = volume.dtype === 'complex64' ? { dtype: volume.dtype } : {};
  const files = await writeVolumeFiles(basename(path), volume, dtype);
  await writeFilesAtomic(files.map(({ name, bytes }) => ({ path: join(dirname(path), name), content: bytes })));
}

export const saveText = (path: string, text: string): Promise<void> => writeFileAtomic(path, new TextEncoder().encode(text));

export const saveJson = (path: string, value: unknown): Promise<void> => saveText(path, `${JSON.stringify(value, null, 2)}\n`);
