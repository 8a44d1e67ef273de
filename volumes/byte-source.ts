/**
 * A file read in pieces, for formats whose files are larger than memory. `core/platform/byte-files.ts` has one over an open file; in a
 * page a `File` or a `fetch` with ranges serves as well.
 */
export interface ByteSource {
  /** Bytes in all. */
  readonly size: number;
  /**
   * Bytes `offset` … `offset + length - 1`: exactly `length` of them where the file has them, fewer only at its end. The caller may keep
   * and change what it gets.
   */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** A file written in pieces, in any order; pieces never written are zero. */
export interface ByteSink {
  write(offset: number, bytes: Uint8Array): Promise<void>;
}

/** Bytes in memory as a source. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  // slices of a Buffer of Node would be the same memory, not copies
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    size: bytes.length,
    read: (offset, length) => Promise.resolve(plain.slice(offset, offset + length) as Uint8Array<ArrayBuffer>),
  };
}

/** A sink in memory: `bytes()` is what has been written so far. */
export function bytesSink(): ByteSink & { bytes(): Uint8Array<ArrayBuffer> } {
  let store = new Uint8Array(1 << 16);
  let end = 0;
  return {
    write(offset, bytes) {
      if (offset + bytes.length > store.length) {
        const larger = new Uint8Array(Math.max(2 * store.length, offset + bytes.length));
        larger.set(store.subarray(0, end));
        store = larger;
      }
      store.set(bytes, offset);
      end = Math.max(end, offset + bytes.length);
      return Promise.resolve();
    },
    bytes: () => store.slice(0, end),
  };
}
