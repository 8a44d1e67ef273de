import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one file that a library writes under a name of its own; `read` gives it, `dispose` removes the folder. */
export async function temporaryTrace(): Promise<{
  prefix: string;
  read(): Promise<string>;
  dispose(): Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'slicewise-'));
  return {
    prefix: join(folder, 'trace'),
    read: async () => readFile(join(folder, (await readdir(folder))[0]), 'utf8'),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
