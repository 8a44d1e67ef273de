import { access, constants, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { isSlicewiseError, SlicewiseError } from '../../core/errors.js';
import { writeFileAtomic, writeFilesAtomic } from '../../core/platform/files.js';
import { folderEntries, writeFolderAtomic } from '../../core/platform/folders.js';
import { isFolderName, writeVolumeFiles } from '../../volumes/open.js';
import { measurementFormats } from '../../volumes/registry.js';
import { makeVolume, type Volume } from '../../volumes/volume.js';
import { outputName, STREAM, writeStandardOutput } from './streams.js';

/** The flag that every command has which writes. */
export const forceFlag = {
  force: z.boolean().optional().describe('write over files that are there'),
};

/**
 * Fails before the work, not after it: the folder is there and may be written, no folder has the file's name, and no file either, unless it
 * may be overwritten: a result under the name of another is a wrong volume later on.
 * @throws SlicewiseError FILE_WRITE, ARGUMENT for `-`
 */
export async function requireWritable(path: string, force = false): Promise<void> {
  if (path === STREAM) {
    throw new SlicewiseError('ARGUMENT', { message: `'${STREAM}' (standard output) is for the result of -o`, hint: 'name a file here' });
  }
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
    const folder = existing.isDirectory();
    const got = folder ? 'a folder of this name' : 'a device or pipe of this name';
    const hint = folder ? `a DICOM series goes into a folder: ${path}/` : '';
    throw new SlicewiseError('FILE_WRITE', { message: `cannot write '${path}'`, expected: 'an ordinary file', got, hint });
  }
  if (existing && !force) {
    throw new SlicewiseError('FILE_WRITE', {
      message: `'${path}' is there already`,
      expected: 'a name of its own',
      got: `a file of ${existing.mtime.toISOString().slice(0, 16).replace('T', ' ')}`,
      hint: 'write elsewhere, or over it with --force',
    });
  }
}

/**
 * The same for a volume, whose extension must name a format that can be written, and for the files beside it.
 * @param format of standard output
 * @throws SlicewiseError also ARGUMENT for an extension of no format, FORMAT for a format of several files on standard output
 */
export async function requireVolumeOutput(path: string, { format, force }: { format?: string; force?: boolean } = {}): Promise<void> {
  const name = outputName(path, format);
  if (isFolderName(path)) return requireFolder(path, force);
  if (path !== STREAM) await requireWritable(path, force);
  const files = await requireVolumeFormat(name);
  if (path === STREAM && files.length > 1) {
    throw new SlicewiseError('FORMAT', {
      message: `${format} is a format of several files`,
      expected: 'one file on standard output: npy, npz, nii, nii.gz, mha, nrrd, tif, h5',
      got: `${files.length} files`,
    });
  }
  for (const { name } of files.slice(1)) await requireWritable(join(dirname(path), name), force);
}

/**
 * The files that a volume of this name is written as; their bytes are those of another.
 * @throws SlicewiseError ARGUMENT for an extension of no format
 */
export async function requireVolumeFormat(path: string): ReturnType<typeof writeVolumeFiles> {
  const name = basename(path);
  try {
    return await writeVolumeFiles(name, makeVolume(new Float32Array(8), [2, 2, 2]));
  } catch (error) {
    // a format of some kinds of images: the scan will tell (derived-from.ts)
    if (isSlicewiseError(error) && error.code === 'FORMAT_UNSUPPORTED') return [{ name, bytes: new Uint8Array() }];
    throw isSlicewiseError(error) && error.code === 'FORMAT' ? asUsage(error) : error;
  }
}

/**
 * The same for a folder of files. One that is there and empty is taken; one with files in it is replaced with `force`, if it holds nothing
 * but files such as are written.
 */
async function requireFolder(path: string, force = false): Promise<void> {
  const entries = await folderEntries(path);
  if (entries === undefined || entries.length === 0) {
    const parent = dirname(resolve(path));
    await requireWritable(join(parent, `.${basename(path)}`), true);
    if ((await stat(resolve(path)).catch(() => undefined))?.isFile()) {
      throw new SlicewiseError('FILE_WRITE', { message: `cannot write the folder '${path}'`, got: 'a file of this name' });
    }
    return;
  }
  const others = entries.filter((name) => !/^(magnitude-|phase-)?\d{4,}\.dcm$/.test(name));
  if (force && others.length === 0) return;
  const what = `${entries.length} files${others.length > 0 ? `, ${others[0]} among them` : ''}`;
  throw new SlicewiseError('FILE_WRITE', {
    message: `the folder '${path}' is there already and not empty`,
    expected: 'a folder of its own',
    got: what,
    hint:
      others.length > 0
        ? 'write elsewhere: only a series that was written here is replaced with --force'
        : 'write elsewhere, or over it with --force',
  });
}

/** A name that no format has is wrong usage, as a wrong method is. */
const asUsage = ({ message: text, expected, got, hint }: SlicewiseError): SlicewiseError =>
  new SlicewiseError('ARGUMENT', { message: text.split(';')[0], expected, got, hint });

/** The same for a scan. @throws SlicewiseError FILE_WRITE, ARGUMENT */
export async function requireScanOutput(path: string, force = false): Promise<void> {
  if (path === STREAM) return;
  await requireWritable(path, force);
  const extensions = measurementFormats.entries().flatMap(([, format]) => (format.write ? format.extensions : []));
  if (extensions.some((extension) => path.toLowerCase().endsWith(extension))) return;
  throw new SlicewiseError('ARGUMENT', {
    message: `no scan file to write '${path}' as`,
    expected: `a name ending in ${extensions.join(', ')}`,
    got: basename(path),
  });
}

/** Does a file of this name hold complex numbers in any case? BART has no others. */
export const alwaysComplex = (path: string): boolean => /\.cfl$/i.test(path);

/** A complex volume is written with both parts. `-` is standard output, in a format of one file. */
export async function saveVolume(path: string, volume: Volume, format?: string): Promise<void> {
  const dtype = volume.dtype === 'complex64' ? { dtype: volume.dtype } : {};
  if (isFolderName(path)) {
    const series = await writeVolumeFiles('folder/', volume, dtype);
    return writeFolderAtomic(
      path,
      series.map(({ name, bytes }) => ({ name: basename(name), content: bytes })),
    );
  }
  const files = await writeVolumeFiles(basename(outputName(path, format)), volume, dtype);
  if (path === STREAM) return writeStandardOutput(files[0].bytes);
  await writeFilesAtomic(files.map(({ name, bytes }) => ({ path: join(dirname(path), name), content: bytes })));
}

export const saveText = (path: string, text: string): Promise<void> => writeFileAtomic(path, new TextEncoder().encode(text));

export const saveJson = (path: string, value: unknown): Promise<void> => saveText(path, `${JSON.stringify(value, null, 2)}\n`);
