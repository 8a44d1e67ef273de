import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { SlicewiseError } from '../errors.js';
import { readBytes, writeError, type FileBytes } from './files.js';

/**
 * The user's own models: `SLICEWISE_MODELS` where it is set, else `slicewise/models` in the folder that the platform has for the data of
 * programs (XDG base directory specification; Application Support; LOCALAPPDATA).
 */
export function userModelFolder(
  env: { readonly [name: string]: string | undefined } = process.env,
  platform: string = process.platform,
): string {
  if (env.SLICEWISE_MODELS) return resolve(env.SLICEWISE_MODELS);
  const xdg = env.XDG_DATA_HOME;
  // the specification has relative paths ignored
  if (xdg && isAbsolute(xdg)) return join(xdg, 'slicewise', 'models');
  if (platform === 'win32' && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, 'slicewise', 'models');
  const [home, data] = [homedir(), { darwin: ['Library', 'Application Support'], win32: ['AppData', 'Local'] }];
  return join(home, ...(data[platform as 'darwin' | 'win32'] ?? ['.local', 'share']), 'slicewise', 'models');
}

/** A folder whose subfolders hold a model each: NAME/NAME.json and its weights. A folder that is not there has none. */
export function modelFolder(folder: string): {
  location: string;
  list(): Promise<string[]>;
  read(name: string): Promise<Uint8Array>;
} {
  return {
    location: folder,
    list: async () => {
      const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw new SlicewiseError('FILE_NOT_FOUND', {
          message: `cannot read the folder of your models, ${folder}`,
          got: String((cause as NodeJS.ErrnoException).code),
          cause,
        });
      });
      const names = entries.filter((e) => e.isDirectory() && !e.name.startsWith('.')).map((e) => e.name);
      const cards = await Promise.all(
        names.map(async (name) => ((await exists(join(folder, name, `${name}.json`))) ? [`${name}/${name}.json`] : [])),
      );
      return cards.flat();
    },
    read: async (name) => (await readBytes(join(folder, name))).bytes,
  };
}

/** The folder of one model file, for cards named by their path; weights are read from beside it. */
export function folderOf(path: string): {
  location: string;
  name: string;
  read(name: string): Promise<Uint8Array>;
} {
  const folder = dirname(path);
  return { location: folder, name: basename(path), read: async (name) => (await readBytes(join(folder, name))).bytes };
}

/**
 * Puts a model's files into `folder/name`, all or none: written beside, flushed, renamed. With `replace` an existing one is moved away
 * first and comes back when the rename fails.
 * @returns the model's folder
 * @throws SlicewiseError ARGUMENT when it exists and `replace` is not set, FILE_WRITE
 */
export async function installModel(folder: string, name: string, files: readonly FileBytes[], replace: boolean): Promise<string> {
  const target = join(folder, name);
  if (!replace && (await exists(target))) throw taken(name, folder);
  const mark = `${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  const [temporary, old] = [join(folder, `.${name}.${mark}.tmp`), join(folder, `.${name}.${mark}.old`)];
  try {
    await mkdir(temporary, { recursive: true });
    for (const { name: file, bytes } of files) {
      const handle = await open(join(temporary, file), 'wx');
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
    }
    const moved = replace && (await exists(target));
    if (moved) await rename(target, old);
    await rename(temporary, target).catch(async (cause: unknown) => {
      if (moved) await rename(old, target);
      throw cause;
    });
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') throw taken(name, folder); // another process was first
    throw writeError(target, cause);
  }
  await rm(old, { recursive: true, force: true });
  return target;
}

/** Removes `folder/name`: it is gone from lists at once, then from the disk. */
export async function removeModel(folder: string, name: string): Promise<void> {
  const target = join(folder, name);
  const old = join(folder, `.${name}.${process.pid}-${Math.random().toString(36).slice(2, 8)}.old`);
  try {
    await rename(target, old);
    await rm(old, { recursive: true, force: true });
  } catch (cause) {
    throw writeError(target, cause);
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const taken = (name: string, folder: string): SlicewiseError =>
  new SlicewiseError('ARGUMENT', {
    message: `there is a model '${name}' in ${folder} already`,
    hint: 'give --replace to put this one in its place, or another name in the card',
  });
