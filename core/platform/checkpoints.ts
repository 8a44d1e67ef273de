import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SlicewiseError } from '../errors.js';

const KEEP = 2;

/** Checkpoints as `step-SSS-NNNNNN/` folders in one folder: written beside, flushed, then renamed; the last two are kept. */
export function checkpointFolder(folder: string): {
  location: string;
  write(name: string, files: ReadonlyMap<string, Uint8Array>): Promise<void>;
  latest(): Promise<{ name: string; read(file: string): Promise<Uint8Array> } | undefined>;
} {
  const complete = async (): Promise<string[]> => {
    const entries = await readdir(folder).catch(() => [] as string[]);
    return entries.filter((name) => /^step-\d{3}-\d{6}$/.test(name)).sort();
  };
  return {
    location: folder,
    async write(name, files) {
      const temporary = join(folder, `.${name}.tmp`);
      try {
        await rm(temporary, { recursive: true, force: true });
        await mkdir(temporary, { recursive: true });
        for (const [file, bytes] of files) {
          const handle = await open(join(temporary, file), 'w');
          try {
            await handle.writeFile(bytes);
            await handle.sync();
          } finally {
            await handle.close();
          }
        }
        await rm(join(folder, name), { recursive: true, force: true });
        await rename(temporary, join(folder, name));
        for (const old of (await complete()).slice(0, -KEEP)) await rm(join(folder, old), { recursive: true, force: true });
      } catch (cause) {
        await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
        throw new SlicewiseError('FILE_WRITE', {
          message: `the checkpoint ${name} could not be written to ${folder}: ${(cause as Error).message}`,
          hint: 'free space or choose another folder; earlier checkpoints there are whole',
          cause,
        });
      }
    },
    async latest() {
      const name = (await complete()).at(-1);
      if (name === undefined) return undefined;
      return {
        name,
        read: (file) =>
          readFile(join(folder, name, file)).catch((cause: unknown) => {
            throw new SlicewiseError('CHECKPOINT', {
              message: `the checkpoint ${name} in ${folder} is incomplete: ${(cause as Error).message}`,
              hint: 'remove that folder; the one before it may be whole',
              cause,
            });
          }),
      };
    },
  };
}
