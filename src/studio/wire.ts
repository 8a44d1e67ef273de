import { SlicewiseError } from '../../core/errors.js';

/*
 * Plain data with typed arrays as bytes, for HTTP:
 *
 *     uint32 length of the text, little endian · text · bytes of the arrays, one after another
 *
 * The text is JSON in which an array stands as { "$array": type, "length": n }, in the order of the bytes.
 */

const TYPES = { Uint8Array, Float32Array, Float64Array, Int16Array, Uint16Array, Int32Array, Uint32Array } as const;
type TypeName = keyof typeof TYPES;
type Typed = InstanceType<(typeof TYPES)[TypeName]>;

/** @throws SlicewiseError FORMAT for arrays of other types */
export function encodeMessage(value: unknown): Uint8Array {
  const arrays: Typed[] = [];
  const text = JSON.stringify(value, (_, part: unknown) => {
    if (!ArrayBuffer.isView(part)) return part;
    const name = (part.constructor.name === 'Buffer' ? 'Uint8Array' : part.constructor.name) as TypeName;
    if (!(name in TYPES)) throw new SlicewiseError('FORMAT', { message: 'array of a message', got: name });
    arrays.push(part as Typed);
    return { $array: name, length: (part as Typed).length };
  });
  const head = new TextEncoder().encode(text);
  const out = new Uint8Array(4 + head.length + arrays.reduce((sum, { byteLength }) => sum + byteLength, 0));
  new DataView(out.buffer).setUint32(0, head.length, true);
  out.set(head, 4);
  let at = 4 + head.length;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    out.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return out;
}

/** @throws SlicewiseError FORMAT for bytes that are no such message */
export function decodeMessage(bytes: Uint8Array): unknown {
  const damaged = (got: string): SlicewiseError => new SlicewiseError('FORMAT', { message: 'a message of the studio', got });
  if (bytes.length < 4) throw damaged(`${bytes.length} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  if (4 + length > bytes.length) throw damaged(`a text of ${length} bytes in ${bytes.length}`);
  let at = 4 + length;
  const revive = (_: string, part: unknown): unknown => {
    if (typeof part !== 'object' || part === null || !('$array' in part)) return part;
    const { $array: name, length: count } = part as unknown as { $array: TypeName; length: number };
    const Type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
    if (!Type || !Number.isSafeInteger(count) || count < 0 || at + count * Type.BYTES_PER_ELEMENT > bytes.length) {
      throw damaged(`an array of ${count} ${String(name)}`);
    }
    const size = count * Type.BYTES_PER_ELEMENT;
    // not slice: Node's Buffer does not copy there
    const own = new Uint8Array(size);
    own.set(bytes.subarray(at, at + size));
    at += size;
    return new Type(own.buffer, 0, count);
  };
  try {
    return JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)), revive) as unknown;
  } catch (error) {
    if (error instanceof SlicewiseError) throw error;
    throw damaged('a text that is no JSON');
  }
}
