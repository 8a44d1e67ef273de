/**
 * Textual file header: 40 lines of 80 characters, EBCDIC (rev 0) or ASCII (also, rev 1 on). Bytes are kept; text is only a view of them.
 * SEG-Y rev 2.0, section 4.
 */
export const TEXT_BYTES = 3200;
const LINE = 80;

export type TextEncoding = 'EBCDIC' | 'ASCII';

/** EBCDIC code page 037 to Latin-1, byte for byte (a bijection). */
const FROM_EBCDIC = Uint8Array.from(
  (
    '000102039c09867f978d8e0b0c0d0e0f101112139d8508871819928f1c1d1e1f80818283840a171b88898a8b8c050607909116939495960498999a9b14159e1a' +
    '20a0e2e4e0e1e3e5e7f1a22e3c282b7c26e9eaebe8edeeefecdf21242a293bac2d2fc2c4c0c1c3c5c7d1a62c255f3e3ff8c9cacbc8cdcecfcc603a2340273d22' +
    'd8616263646566676869abbbf0fdfeb1b06a6b6c6d6e6f707172aabae6b8c6a4b57e737475767778797aa1bfd0dddeae5ea3a5b7a9a7b6bcbdbe5b5dafa8b4d7' +
    '7b414243444546474849adf4f6f2f3f57d4a4b4c4d4e4f505152b9fbfcf9faff5cf7535455565758595ab2d4d6d2d3d530313233343536373839b3dbdcd9da9f'
  )
    .match(/../g)!
    .map((hex) => parseInt(hex, 16)),
);
const TO_EBCDIC = new Uint8Array(256);
for (let n = 0; n < 256; n++) TO_EBCDIC[FROM_EBCDIC[n]] = n;

/**
 * Which encoding these bytes are in: the one in which more of them are letters, digits and blanks. A blank is 0x40 in EBCDIC (`@` in
 * ASCII) and 0x20 in ASCII (a control character in EBCDIC), which decides every header that has one. ASCII where nothing tells (all
 * zero).
 */
export function textEncoding(bytes: Uint8Array): TextEncoding {
  let ascii = 0;
  let ebcdic = 0;
  for (const byte of bytes) {
    if (isPlain(byte)) ascii++;
    if (isPlain(FROM_EBCDIC[byte])) ebcdic++;
  }
  return ebcdic > ascii ? 'EBCDIC' : 'ASCII';
}

const isPlain = (c: number): boolean => c === 32 || (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122);

/** Bytes as text; control characters (NULs among them) show as blanks, one character a byte. */
export function decodeText(bytes: Uint8Array, encoding: TextEncoding): string {
  let text = '';
  for (const byte of bytes) {
    const code = encoding === 'EBCDIC' ? FROM_EBCDIC[byte] : byte;
    text += code < 32 || (code >= 127 && code < 160) ? ' ' : String.fromCharCode(code);
  }
  return text;
}

/** Text as bytes; characters beyond Latin-1 become `?`. */
export function encodeText(text: string, encoding: TextEncoding): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => {
    const code = character.charCodeAt(0);
    const latin = code < 256 ? code : 63;
    return encoding === 'EBCDIC' ? TO_EBCDIC[latin] : latin;
  });
}

/** The lines of a header without blanks at their ends. A header that is free text with line ends instead of cards is cut at them. */
export function textLines(bytes: Uint8Array, encoding = textEncoding(bytes)): string[] {
  if (!isCards(bytes, encoding)) {
    const raw = Array.from(bytes, (byte) => (encoding === 'EBCDIC' ? FROM_EBCDIC[byte] : byte));
    const text = raw
      .map((code) => (code === 10 || code === 13 || code === 0x85 ? '\n' : code < 32 ? ' ' : String.fromCharCode(code)))
      .join('');
    return text
      .split(/\n+/)
      .map((line) => line.trimEnd())
      .filter((line) => line !== '');
  }
  const text = decodeText(bytes, encoding);
  return Array.from({ length: Math.ceil(text.length / LINE) }, (_, n) => text.slice(n * LINE, (n + 1) * LINE).trimEnd());
}

/** No line ends (LF, CR, NEL) in it: 80 characters a line. */
function isCards(bytes: Uint8Array, encoding: TextEncoding): boolean {
  return !bytes.some((byte) => [10, 13, 0x85].includes(encoding === 'EBCDIC' ? FROM_EBCDIC[byte] : byte));
}

/** `C12`, `C 3` or nothing at all before blanks: a card on which nothing is written. */
const FREE = /^(C *\d{1,2})? *$/;

/**
 * A copy of the header in which `added` lines stand on cards that were free: the last free ones in a row below the last text, before
 * cards 39 and 40 where these are in use or reserved (`SEG Y REV1`, `END TEXTUAL HEADER`), else any free card. Text that is there is
 * never overwritten.
 * @returns the header, and the lines for which there was no card
 */
export function addTextLines(bytes: Uint8Array, added: readonly string[]): { bytes: Uint8Array<ArrayBuffer>; left: readonly string[] } {
  const out = new Uint8Array(bytes);
  const encoding = textEncoding(bytes);
  if (bytes.length < TEXT_BYTES || !isCards(bytes, encoding)) return { bytes: out, left: added };
  const text = decodeText(bytes, encoding);
  const card = (n: number): string => text.slice(n * LINE, (n + 1) * LINE);
  const free = Array.from({ length: 38 }, (_, n) => n).filter((n) => FREE.test(card(n)));
  // behind the last text of cards 1 to 38, then the last gaps above it
  const last = Array.from({ length: 38 }, (_, n) => n).findLast((n) => !FREE.test(card(n))) ?? -1;
  const below = free.filter((n) => n > last);
  const cards = below.length >= added.length ? below : free.slice(-added.length);
  const written = added.slice(0, cards.length);
  for (const [n, line] of written.entries()) {
    const label = /^C *\d{1,2}/.exec(card(cards[n]))?.[0] ?? `C${String(cards[n] + 1).padStart(2, ' ')}`;
    out.set(encodeText(`${label} ${line}`.slice(0, LINE).padEnd(LINE), encoding), cards[n] * LINE);
  }
  return { bytes: out, left: added.slice(cards.length) };
}

/**
 * A new header of 40 cards: `lines` on the first ones, `SEG Y REV1` or `SEG-Y REV2.0` and `END TEXTUAL HEADER` on the last two (rev 1
 * on).
 */
export function makeTextHeader(lines: readonly string[], revision: number, encoding: TextEncoding): Uint8Array<ArrayBuffer> {
  const cards = Array.from({ length: 40 }, (_, n) => lines[n] ?? '');
  if (revision > 0) {
    cards[38] = revision === 1 ? 'SEG Y REV1' : 'SEG-Y REV2.0';
    cards[39] = 'END TEXTUAL HEADER';
  }
  const text = cards.map((line, n) => `C${String(n + 1).padStart(2, ' ')} ${line}`.slice(0, LINE).padEnd(LINE)).join('');
  return encodeText(text, encoding);
}
