import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SlicewiseError } from '../errors.js';
import { writeError } from './files.js';
import { forgetTemporary, rememberTemporary } from './temporaries.js';

/** An open file read in pieces (a ByteSource of volumes/byte-source.ts; core imports nothing). */
export interface FileSource {
  readonly name: string;
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** A file written in pieces and in any order (a ByteSink), which appears under its name only by `commit`. */
export interface FileSink {
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** fsync, then rename over what was there. */
  commit(): Promise<void>;
  /** Leaves nothing behind; what had the name before stays as it was. May be called after a failed `commit`. */
  abort(): Promise<void>;
}

/**
 * Opens a file for reading in pieces. Its size is that of the moment it is opened.
 * @throws SlicewiseError FILE_NOT_FOUND, also from `read` when the medium fails
 */
export async function openFileSource(path: string): Promise<FileSource> {
  const failed = (cause: unknown): never => {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    throw new SlicewiseError('FILE_NOT_FOUND', {
      message: code === 'ENOENT' ? `no file '${path}'` : `cannot read '${path}'`,
      got: code === 'ENOENT' ? '' : code || String(cause),
      cause,
    });
  };
  const file = await open(path, 'r').catch(failed);
  const info = await file.stat();
  if (!info.isFile()) {
    await file.close();
    throw new SlicewiseError('FILE_NOT_FOUND', { message: `'${path}' is not a file` });
  }
  return {
    name: basename(path),
    size: info.size,
    async read(offset, length) {
      const wanted = Math.max(0, Math.min(length, info.size - offset));
      const bytes = new Uint8Array(wanted);
      for (let at = 0; at < wanted;) {
        const { bytesRead } = await file.read(bytes, at, wanted - at, offset + at).catch(failed);
        if (bytesRead === 0) return bytes.subarray(0, at);
        at += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}

/**
 * A file to be written in pieces: a temporary file in the same folder until `commit`.
 * @throws SlicewiseError FILE_WRITE (disk full, no permission, no such folder), also from `write` and `commit`
 */
export async function createFileSink(path: string): Promise<FileSink> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${Math.random().toString(36).slice(2, 8)}.tmp`);
  const failed = (cause: unknown): never => {
    throw writeError(path, cause);
  };
  const file = await open(temporary, 'wx').catch(failed);
  rememberTemporary(temporary);
  let open_ = true;
  const close = async (): Promise<void> => {
    if (open_) {
      open_ = false;
      await file.close().catch(failed);
    }
  };
  return {
    async write(offset, bytes) {
      for (let at = 0; at < bytes.length;) {
        at += (await file.write(bytes, at, bytes.length - at, offset + at).catch(failed)).bytesWritten;
      }
    },
    async commit() {
      await file.sync().catch(failed);
      await close();
      await rename(temporary, path).catch(failed);
      forgetTemporary(temporary);
    },
    async abort() {
      forgetTemporary(temporary);
      await close().catch(() => undefined);
      await rm(temporary, { force: true }).catch(() => undefined);
    },
  };
}
