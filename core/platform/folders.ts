import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { writeError, writeFileAtomic } from './files.js';
import { forgetTemporary, rememberTemporary } from './temporaries.js';

/** Files of a folder, hidden ones included; undefined where there is no folder. */
export async function folderEntries(path: string): Promise<string[] | undefined> {
  const info = await stat(path).catch(() => undefined);
  return info?.isDirectory() ? readdir(path) : undefined;
}

/**
 * Writes a folder whole or not at all: a temporary folder beside it, which gets the name when every file is there. What had the name before
 * stays until then.
 * @param files their names in the folder
 * @throws SlicewiseError FILE_WRITE (disk full, no permission, no such folder)
 */
export async function writeFolderAtomic(
  path: string,
  files: readonly { readonly name: string; readonly content: Uint8Array }[],
): Promise<void> {
  const target = resolve(path);
  const mark = `${process.pid}-${Math.random().toString(36).slice(2, 8)}.tmp`;
  const temporary = join(dirname(target), `.${basename(target)}.${mark}`);
  const old = join(dirname(target), `.${basename(target)}.old.${mark}`);
  const attempt = <T>(work: Promise<T>): Promise<T> =>
    work.catch((cause: unknown) => {
      throw writeError(path, cause);
    });
  await attempt(mkdir(temporary));
  rememberTemporary(temporary);
  try {
    for (const { name, content } of files) await writeFileAtomic(join(temporary, name), content);
    const replaced = (await folderEntries(target)) !== undefined;
    if (replaced) await attempt(rename(target, old));
    await rename(temporary, target).catch(async (cause: unknown) => {
      if (replaced) await rename(old, target);
      throw writeError(path, cause);
    });
    if (replaced) await rm(old, { recursive: true, force: true });
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  } finally {
    forgetTemporary(temporary);
  }
}
