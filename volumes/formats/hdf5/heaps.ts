/** `GCOL`, version 1, as a little-endian word. */
const SIGNATURE = 0x4c4f4347;
const FIRST = SIGNATURE & 0xff;

/**
 * Does a global heap collection (HDF5 File Format Specification, III.E) have free space of no size, an object beyond its end, or an end
 * beyond that of the file? The library walks over such a damaged collection for ever when it reads text of variable length. A collection
 * may begin at any byte: files of h5py have them at multiples of 4.
 * @returns the place of the collection; undefined for none
 */
export function endlessHeap(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = bytes.indexOf(FIRST); at >= 0 && at + 32 <= bytes.length; at = bytes.indexOf(FIRST, at + 1)) {
    if (view.getUint32(at, true) !== SIGNATURE || view.getUint32(at + 4, true) !== 1) continue;
    const end = at + Number(view.getBigUint64(at + 8, true));
    if (end > bytes.length) return at;
    for (let object = at + 16; object + 16 <= end;) {
      const index = view.getUint16(object, true);
      const size = Number(view.getBigUint64(object + 8, true));
      // free space counts its own head, an object does not
      const step = index === 0 ? size : 16 + 8 * Math.ceil(size / 8);
      if (step === 0 || object + step > end) return at; // sizes of 64 bits may wrap round to nothing
      object += step;
    }
  }
  return undefined;
}
