/** Which characters a font has, and how far each moves the pen. */
export interface FontMetrics {
  /** Advance in em; undefined for a character that the font has not. */
  advance(codePoint: number): number | undefined;
}

/**
 * Reads a TrueType or OpenType font's tables cmap (format 4: the basic multilingual plane), hhea, hmtx and head; kerning is left out.
 * Source: ISO/IEC 14496-22, 5.1.1 (cmap), 5.2.4 (hhea), 5.2.5 (hmtx), 5.2.3 (head).
 */
export function fontMetrics(font: Uint8Array): FontMetrics {
  const view = new DataView(font.buffer, font.byteOffset, font.byteLength);
  const tables = new Map<string, number>();
  for (let n = 0; n < view.getUint16(4); n++) {
    const record = 12 + 16 * n;
    const tag = String.fromCharCode(...font.subarray(record, record + 4));
    tables.set(tag, view.getUint32(record + 8));
  }
  const [cmap, hhea, hmtx, head] = ['cmap', 'hhea', 'hmtx', 'head'].map((tag) => tables.get(tag)!);
  const unitsPerEm = view.getUint16(head + 18);
  const longMetrics = view.getUint16(hhea + 34);
  // Windows, Unicode BMP: platform 3, encoding 1
  let map = 0;
  for (let n = 0; n < view.getUint16(cmap + 2); n++) {
    const record = cmap + 4 + 8 * n;
    if (view.getUint16(record) === 3 && view.getUint16(record + 2) === 1) map = cmap + view.getUint32(record + 4);
  }
  const segments = view.getUint16(map + 6) / 2;
  const [ends, starts] = [map + 14, map + 16 + 2 * segments];
  const [deltas, offsets] = [starts + 2 * segments, starts + 4 * segments];

  const glyph = (code: number): number => {
    for (let s = 0; s < segments; s++) {
      if (code > view.getUint16(ends + 2 * s)) continue;
      const start = view.getUint16(starts + 2 * s);
      if (code < start) return 0;
      const delta = view.getUint16(deltas + 2 * s);
      const offset = view.getUint16(offsets + 2 * s);
      if (offset === 0) return (code + delta) & 0xffff;
      const found = view.getUint16(offsets + 2 * s + offset + 2 * (code - start));
      return found === 0 ? 0 : (found + delta) & 0xffff;
    }
    return 0;
  };
  return {
    advance(codePoint) {
      const index = codePoint > 0xffff ? 0 : glyph(codePoint);
      return index === 0 ? undefined : view.getUint16(hmtx + 4 * Math.min(index, longMetrics - 1)) / unitsPerEm;
    },
  };
}
