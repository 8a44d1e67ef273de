/**
 * Files that are DICOM in all but their wrapping (PS3.10): without preamble or meta header, or with a transfer syntax that is not what the
 * data set is written in. They are given the wrapping that the parser wants.
 */
export interface Wrapped {
  readonly bytes: Uint8Array;
  /** What was amended, for the user. */
  readonly note?: string;
}

const IMPLICIT = '1.2.840.10008.1.2';
const EXPLICIT = '1.2.840.10008.1.2.1';
const PREAMBLE = 128;
/** Value representations with 2 reserved bytes and 4 of length (PS3.5 7.1.2). */
const LONG = ['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'];
const SHORT = 'AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US'.split(' ');

const isMagic = (bytes: Uint8Array, at: number): boolean =>
  bytes.length >= at + 4 && String.fromCharCode(...bytes.subarray(at, at + 4)) === 'DICM';

/** A file with its preamble, or bytes that begin like a meta header or a data set of images. */
export function looksLikeDicom(bytes: Uint8Array): boolean {
  if (isMagic(bytes, PREAMBLE)) return bytes.length > PREAMBLE + 4;
  if (bytes.length < 64) return false;
  const start = isMagic(bytes, 0) ? 4 : 0;
  const first = elementAt(bytes, start);
  if (!first || (first.group !== 2 && first.group !== 8)) return false;
  // three elements in a row whose tags rise and whose values fit
  let [at, tag, elements] = [start, -1, 0];
  for (; elements < 3; elements++) {
    const element = elementAt(bytes, at);
    if (!element || element.tag <= tag || (element.group !== 2 && element.group !== 8)) return false;
    [tag, at] = [element.tag, element.end];
  }
  return true;
}

interface Item {
  readonly group: number;
  readonly tag: number;
  readonly explicit: boolean;
  /** Where the value begins, and the byte behind it. */
  readonly value: number;
  readonly end: number;
}

/** The element at a place, in little endian, by its own bytes explicit or implicit; undefined where it cannot be one. */
function elementAt(bytes: Uint8Array, at: number): Item | undefined {
  if (at + 8 > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const group = view.getUint16(at, true);
  const tag = group * 65536 + view.getUint16(at + 2, true);
  const vr = String.fromCharCode(bytes[at + 4], bytes[at + 5]);
  const explicit = LONG.includes(vr) || SHORT.includes(vr);
  const long = explicit && LONG.includes(vr);
  if (long && at + 12 > bytes.length) return undefined;
  const value = at + (long ? 12 : 8);
  const length = !explicit ? view.getUint32(at + 4, true) : long ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true);
  // an undefined length (a sequence) ends somewhere: it is as good as an end
  const end = length === 0xffffffff ? value : value + length;
  return end <= bytes.length ? { group, tag, explicit, value, end } : undefined;
}

/**
 * The file as the parser wants it; the same bytes where nothing is wrong.
 * A big-endian, deflated or compressed data set is left as it is: only the two plain little-endian syntaxes are mistaken for each other.
 */
export function asPart10(bytes: Uint8Array): Wrapped {
  const start = isMagic(bytes, PREAMBLE) ? PREAMBLE + 4 : isMagic(bytes, 0) ? 4 : 0;
  let at = start;
  let stated: string | undefined;
  for (;;) {
    const element = elementAt(bytes, at);
    if (element?.group !== 2) break;
    if (element.tag === 0x00020010) stated = textOf(bytes.subarray(element.value, element.end));
    at = element.end;
  }
  const body = elementAt(bytes, at);
  const found = body && body.group >= 4 && body.group < 0x7fff ? (body.explicit ? EXPLICIT : IMPLICIT) : undefined;
  const plain = stated === undefined || stated === IMPLICIT || stated === EXPLICIT;
  const syntax = plain && found ? found : (stated ?? IMPLICIT);
  const wrapped = isMagic(bytes, PREAMBLE);
  if (wrapped && stated === syntax) return { bytes };
  const notes = [
    ...(wrapped ? [] : ['the file has no DICOM preamble']),
    ...(stated !== undefined && stated !== syntax
      ? [`its meta header says ${nameOf(stated)}, its data set is ${nameOf(syntax)} and was read so`]
      : []),
  ];
  return { bytes: wrap(bytes.subarray(at), syntax), note: notes.length > 0 ? notes.join('; ') : undefined };
}

const nameOf = (syntax: string): string => (syntax === IMPLICIT ? 'implicit VR' : syntax === EXPLICIT ? 'explicit VR' : syntax);

const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes).replace(/[\0 ]+$/, '');

/** Preamble, magic and a meta header of group length and transfer syntax before a data set. */
function wrap(body: Uint8Array, syntax: string): Uint8Array {
  const uid = new TextEncoder().encode(syntax.length % 2 === 0 ? syntax : `${syntax}\0`);
  const out = new Uint8Array(PREAMBLE + 4 + 12 + 8 + uid.length + body.length);
  const view = new DataView(out.buffer);
  out.set(new TextEncoder().encode('DICM'), PREAMBLE);
  let at = PREAMBLE + 4;
  const head = (element: number, vr: string, length: number): void => {
    view.setUint16(at, 2, true);
    view.setUint16(at + 2, element, true);
    out.set(new TextEncoder().encode(vr), at + 4);
    view.setUint16(at + 6, length, true);
    at += 8;
  };
  head(0, 'UL', 4);
  view.setUint32(at, 8 + uid.length, true);
  at += 4;
  head(0x10, 'UI', uid.length);
  out.set(uid, at);
  out.set(body, at + uid.length);
  return out;
}
