import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes } from '../../format.js';

/** Bytes of one value of each field type (TIFF 6.0 section 2; 13 IFD; BigTIFF 16 to 18). */
const SIZES: { readonly [type: number]: number } = {
  1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8,
}; // prettier-ignore

/**
 * Walks the directories of a TIFF before the library does, which takes memory for as many values as an entry claims, and follows a chain
 * of directories wherever it leads.
 * @throws SlicewiseError FORMAT for values that the file cannot hold, and for directories outside of it or in a circle
 */
export function checkDirectories({ name, bytes }: NamedBytes): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const little = bytes[0] === 0x49;
  const big = view.getUint16(2, little) === 43;
  const damaged = (got: string): SlicewiseError =>
    new SlicewiseError('FORMAT', {
      message: `directories of ${name}`,
      expected: `what a file of ${bytes.length} bytes can hold`,
      got,
      hint: 'the file is damaged or truncated: copy it again',
    });
  const offset = (at: number): number => {
    if (at + (big ? 8 : 4) > bytes.length) throw damaged(`a directory that ends beyond the file`);
    return big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little);
  };
  const seen = new Set<number>();
  let at = offset(big ? 8 : 4);
  while (at !== 0) {
    if (seen.has(at)) throw damaged('directories in a circle');
    seen.add(at);
    if (at + (big ? 8 : 2) > bytes.length) throw damaged(`a directory at byte ${at}`);
    const count = big ? Number(view.getBigUint64(at, little)) : view.getUint16(at, little);
    const [first, size] = big ? [at + 8, 20] : [at + 2, 12];
    if (!(first + count * size <= bytes.length)) throw damaged(`a directory of ${count} entries at byte ${at}`);
    for (let n = 0; n < count; n++) {
      const entry = first + n * size;
      const [tag, type] = [view.getUint16(entry, little), view.getUint16(entry + 2, little)];
      const values = big ? Number(view.getBigUint64(entry + 4, little)) : view.getUint32(entry + 4, little);
      if (values * (SIZES[type] ?? 1) > bytes.length) throw damaged(`${values} values of the field ${tag}`);
    }
    at = offset(first + count * size);
  }
}
