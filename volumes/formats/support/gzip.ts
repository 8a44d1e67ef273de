import { Gunzip, Inflate, Unzlib } from 'fflate';
import { SlicewiseError } from '../../../core/errors.js';
import { crc32 } from '../npy/crc32.js';

/** Deflate cannot shrink more than this (RFC 1951: 258 bytes for at least two bits). */
const MAX_RATIO = 1032;
const CHUNK = 1 << 16;

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;

/**
 * The first `count` bytes of a gzip stream, or fewer when it is shorter or damaged. Never inflates much more than asked.
 */
export function gunzipHead(bytes: Uint8Array, count: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(count);
  let filled = 0;
  const stream = new Gunzip((chunk) => {
    const take = chunk.subarray(0, count - filled);
    out.set(take, filled);
    filled += take.length;
  });
  try {
    for (let at = 0; at < bytes.length && filled < count; at += 1024) stream.push(bytes.subarray(at, at + 1024));
  } catch {
    // what came before the damage is still good enough to look at
  }
  return out.subarray(0, filled);
}

/**
 * Exactly `total` bytes of a gzip stream; what follows is not inflated, so a bomb costs nothing.
 * The checksum is compared when the stream ends where it should (a single member; RFC 1952 §2.3.1).
 * @throws SlicewiseError FORMAT when the stream is damaged or too short
 */
export function gunzipExact(bytes: Uint8Array, total: number): Uint8Array<ArrayBuffer> {
  if (total > bytes.length * MAX_RATIO) throw tooShort(total, `${bytes.length} compressed bytes, which cannot hold them`);
  const out = inflateInto(new Gunzip(), bytes, total);
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 8, 8);
  if (trailer.getUint32(4, true) === total % 2 ** 32 && trailer.getUint32(0, true) !== crc32(out)) {
    throw new SlicewiseError('FORMAT', {
      message: 'gzip checksum does not match',
      hint: 'the file was damaged on the way; copy or download it again',
    });
  }
  return out;
}

/**
 * The same of a zlib stream (RFC 1950), or of a gzip one where the bytes say so.
 * @throws SlicewiseError FORMAT when the stream is damaged or too short
 */
export function unzlibExact(bytes: Uint8Array, total: number): Uint8Array<ArrayBuffer> {
  if (isGzip(bytes)) return gunzipExact(bytes, total);
  if (total > bytes.length * MAX_RATIO) throw tooShort(total, `${bytes.length} compressed bytes, which cannot hold them`);
  return inflateInto(new Unzlib(), bytes, total);
}

/**
 * A whole raw deflate stream of at most `limit` bytes.
 * @throws SlicewiseError FORMAT when it is damaged, truncated or longer
 */
export function inflateBounded(bytes: Uint8Array, limit: number): Uint8Array<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stream = new Inflate((chunk) => {
    chunks.push(chunk);
    size += chunk.length;
  });
  pushAll(stream, bytes, () => {
    if (size > limit) throw bomb(limit);
    return false;
  });
  const out = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

function inflateInto(stream: Gunzip | Inflate | Unzlib, bytes: Uint8Array, total: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(total);
  let filled = 0;
  stream.ondata = (chunk) => {
    const take = chunk.subarray(0, total - filled);
    out.set(take, filled);
    filled += take.length;
  };
  pushAll(stream, bytes, () => filled === total);
  if (filled < total) throw tooShort(total, `${filled} bytes after decompression`);
  return out;
}

/** Feeds the stream chunk by chunk until `done` says so or the bytes end; library errors become ours. */
function pushAll(stream: Gunzip | Inflate | Unzlib, bytes: Uint8Array, done: () => boolean): void {
  try {
    for (let at = 0; at < bytes.length; at += CHUNK) {
      stream.push(bytes.subarray(at, at + CHUNK), at + CHUNK >= bytes.length);
      if (done()) return;
    }
  } catch (cause) {
    if (cause instanceof SlicewiseError) throw cause;
    if (done()) return;
    throw new SlicewiseError('FORMAT', {
      message: 'compressed data cannot be read',
      expected: 'a complete deflate stream',
      got: cause instanceof Error ? cause.message : String(cause),
      hint: 'the file is truncated or damaged; copy or download it again',
      cause,
    });
  }
}

const tooShort = (total: number, got: string): SlicewiseError =>
  new SlicewiseError('FORMAT', {
    message: 'the compressed file ends before its data do',
    expected: `${total} bytes as its header says`,
    got,
    hint: 'the file is truncated or its header is wrong; copy or download it again',
  });

const bomb = (limit: number): SlicewiseError =>
  new SlicewiseError('FORMAT', {
    message: 'compressed data expand beyond what they may hold',
    expected: `at most ${limit} bytes`,
    got: 'more',
  });
