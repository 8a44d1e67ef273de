import { SlicewiseError } from '../../core/errors.js';
import type { CheckpointStore } from '../engine/checkpoint.js';

/** Keeps the newest state of a run in memory, for going on after a stop. */
export function memoryCheckpoints(): CheckpointStore {
  let newest: { readonly name: string; readonly files: ReadonlyMap<string, Uint8Array> } | undefined;
  return {
    location: 'the memory of the studio',
    write(name, files) {
      newest = { name, files: new Map([...files].map(([file, bytes]) => [file, bytes.slice()])) };
      return Promise.resolve();
    },
    latest() {
      if (!newest) return Promise.resolve(undefined);
      const { name, files } = newest;
      const read = (file: string): Promise<Uint8Array> => {
        const bytes = files.get(file);
        return bytes ? Promise.resolve(bytes) : Promise.reject(new SlicewiseError('CHECKPOINT', { message: `no file ${file} is kept` }));
      };
      return Promise.resolve({ name, read });
    },
  };
}
