import { inflateSync, zipSync } from 'fflate';
import { SlicewiseError } from '../../../core/errors.js';
import { crc32 } from './crc32.js';

/** One member of a zip archive, not yet read. */
export interface ZipEntry {
  readonly name: string;
  readonly size: number;
  /** @throws SlicewiseError FORMAT when the member is damaged, FORMAT_UNSUPPORTED for methods other than stored and deflate */
  read(): Uint8Array<ArrayBuffer>;
}

export const isZip = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5);

/**
 * The members of a zip archive by its central directory (APPNOTE 4.3.12); each is inflated when read, into exactly the size the
 * directory promises, and its checksum compared.
 * @throws SlicewiseError FORMAT when the directory is missing or damaged
 */
export function zipEntries(bytes: Uint8Array): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let end = bytes.length - 22;
  while (end >= 0 && end > bytes.length - 22 - 65536 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0 || view.getUint32(end, true) !== 0x06054b50) throw damaged('a central directory at the end', 'none');
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  const entries: ZipEntry[] = [];
  for (let n = 0; n < count; n++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== 0x02014b50) throw damaged(`${count} directory entries`, `${n}`);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((o) => view.getUint16(at + o, true));
    const [crc, packed, size] = [16, 20, 24].map((o) => view.getUint32(at + o, true));
    const entry = { method: view.getUint16(at + 10, true), crc, packed, size, local: view.getUint32(at + 42, true) };
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    entries.push({ name, size, read: () => extract(bytes, view, name, entry) });
    at += 46 + nameLength + extraLength + commentLength;
  }
  return entries;
}

interface Directory {
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly local: number;
}

function extract(bytes: Uint8Array, view: DataView, name: string, entry: Directory): Uint8Array<ArrayBuffer> {
  const { method, crc, packed, size, local } = entry;
  if ([packed, size, local].includes(0xffffffff) || (method !== 0 && method !== 8)) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `cannot read '${name}' from the archive`,
      expected: 'stored or deflated members below 4 GiB',
      got: method !== 0 && method !== 8 ? `compression method ${method}` : 'zip64',
      hint: 'save the array as .npy',
    });
  }
  if (local + 30 > bytes.length || view.getUint32(local, true) !== 0x04034b50) throw damaged(`member '${name}'`, 'no header');
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  if (start + packed > bytes.length) throw damaged(`${packed} bytes of '${name}'`, `${bytes.length - start}`);
  const stored = bytes.subarray(start, start + packed);
  // deflate cannot shrink more than 1032 times: a larger promise is a lie, found before memory is taken for it
  if (size > packed * 1032 + 64) throw damaged(`${size} bytes of '${name}'`, `${packed} compressed bytes`);
  const data = method === 0 ? stored.slice() : inflateMember(stored, size, name);
  if (data.length !== size || crc32(data) !== crc) throw damaged(`'${name}' with its checksum`, 'other bytes');
  return data;
}

function inflateMember(stored: Uint8Array, size: number, name: string): Uint8Array<ArrayBuffer> {
  try {
    return inflateSync(stored, { out: new Uint8Array(size) });
  } catch (cause) {
    throw new SlicewiseError('FORMAT', { message: `member '${name}' of the archive cannot be inflated`, cause });
  }
}

/** An archive of the members, deflated, without times (the same bytes for the same content). */
export function packZip(members: { readonly [name: string]: Uint8Array }): Uint8Array {
  return zipSync(members, { level: 6, mtime: new Date(1980, 0, 1) });
}

const damaged = (expected: string, got: string): SlicewiseError =>
  new SlicewiseError('FORMAT', {
    message: 'the zip archive is damaged',
    expected,
    got,
    hint: 'the file is truncated or was changed; copy or download it again',
  });
