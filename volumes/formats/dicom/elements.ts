/**
 * Data elements as bytes, explicit VR little endian (PS3.5 §7.1.2): what a writer of a few dozen known elements needs, and no dictionary.
 * The values of a source (names in any character set) go through byte for byte.
 */
export type Vr =
  'AS' | 'CS' | 'DA' | 'DS' | 'IS' | 'LO' | 'LT' | 'OB' | 'OW' | 'PN' | 'SH' | 'SQ' | 'SS' | 'ST' | 'TM' | 'UI' | 'UL' | 'US';

/** One element: its tag as a number (0x00100010), its VR, and its value. */
export interface DataElement {
  readonly tag: number;
  readonly vr: Vr;
  readonly bytes: Uint8Array;
}

/** VRs with two reserved bytes and a length of 32 bits. */
const LONG: readonly Vr[] = ['OB', 'OW', 'SQ'];

/** Text: several values are separated by a backslash. UIDs are padded with 0, all else with a space. */
export const text = (tag: number, vr: Vr, value: string | readonly string[]): DataElement => ({
  tag,
  vr,
  bytes: new TextEncoder().encode(typeof value === 'string' ? value : value.join('\\')),
});

/** Decimal strings. */
export const decimals = (tag: number, values: readonly number[]): DataElement => text(tag, 'DS', values.map(decimalString));

/** A whole number of 16 bits. */
export function word(tag: number, vr: 'US' | 'SS', value: number): DataElement {
  const bytes = new Uint8Array(2);
  new DataView(bytes.buffer).setUint16(0, value & 0xffff, true);
  return { tag, vr, bytes };
}

/** A sequence of items of defined length. */
export function sequence(tag: number, items: readonly (readonly DataElement[])[]): DataElement {
  const packed = items.map(packElements);
  const bytes = new Uint8Array(packed.reduce((sum, { length }) => sum + 8 + length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const item of packed) {
    view.setUint32(at, 0xe000fffe, true); // (FFFE,E000)
    view.setUint32(at + 4, item.length, true);
    bytes.set(item, at + 8);
    at += 8 + item.length;
  }
  return { tag, vr: 'SQ', bytes };
}

/** PS3.5 §6.2, DS: at most 16 characters. */
export function decimalString(value: number): string {
  const short = String(Object.is(value, -0) ? 0 : value);
  if (short.length <= 16) return short;
  for (let digits = 15; digits > 1; digits--) {
    const rounded = String(Number(value.toPrecision(digits)));
    if (rounded.length <= 16) return rounded;
  }
  return value.toExponential(6);
}

/** Elements one after another in the order of their tags; values of odd length are padded. */
export function packElements(elements: readonly DataElement[]): Uint8Array<ArrayBuffer> {
  const sorted = [...elements].sort((a, b) => a.tag - b.tag);
  const even = (n: number): number => n + (n % 2);
  const head = (vr: Vr): number => (LONG.includes(vr) ? 12 : 8);
  const out = new Uint8Array(sorted.reduce((sum, { vr, bytes }) => sum + head(vr) + even(bytes.length), 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const { tag, vr, bytes } of sorted) {
    view.setUint16(at, tag >>> 16, true);
    view.setUint16(at + 2, tag & 0xffff, true);
    out[at + 4] = vr.charCodeAt(0);
    out[at + 5] = vr.charCodeAt(1);
    const length = even(bytes.length);
    if (head(vr) === 12) view.setUint32(at + 8, length, true);
    else view.setUint16(at + 6, length, true);
    at += head(vr);
    out.set(bytes, at);
    if (length > bytes.length) out[at + bytes.length] = vr === 'UI' || vr === 'OB' || vr === 'OW' ? 0 : 0x20;
    at += length;
  }
  return out;
}

const PREAMBLE = 128;
const EXPLICIT = '1.2.840.10008.1.2.1';
/** Ours: 2.25 and a UUID as a number (PS3.5 annex B.2). */
const IMPLEMENTATION = '2.25.226098342107811453718265120904117563087';

/** A file of PS3.10: preamble, meta header, data set. */
export function part10File(sopClass: string, instance: string, elements: readonly DataElement[]): Uint8Array<ArrayBuffer> {
  const meta = packElements([
    { tag: 0x00020001, vr: 'OB', bytes: Uint8Array.of(0, 1) },
    text(0x00020002, 'UI', sopClass),
    text(0x00020003, 'UI', instance),
    text(0x00020010, 'UI', EXPLICIT),
    text(0x00020012, 'UI', IMPLEMENTATION),
    text(0x00020013, 'SH', 'SLICEWISE'),
  ]);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, meta.length, true);
  const head = packElements([{ tag: 0x00020000, vr: 'UL', bytes: length }]);
  const body = packElements(elements);
  const out = new Uint8Array(PREAMBLE + 4 + head.length + meta.length + body.length);
  out.set(new TextEncoder().encode('DICM'), PREAMBLE);
  out.set(head, PREAMBLE + 4);
  out.set(meta, PREAMBLE + 4 + head.length);
  out.set(body, PREAMBLE + 4 + head.length + meta.length);
  return out;
}

/** A UID that nobody else has: 2.25 and a random UUID as a number (PS3.5 annex B.2). */
export const newUid = (): string => `2.25.${BigInt(`0x${crypto.randomUUID().replaceAll('-', '')}`)}`;
