/**
 * Reader of protobuf's wire format (protobuf.dev/programming-guides/encoding): the fields of a message in their order. What is inside of a
 * message, text or packed field is a view of the bytes that were given.
 */
export interface WireField {
  readonly number: number;
  /** Of a varint (as a signed 64-bit integer). */
  readonly value?: number;
  /** Of a message, text, bytes or a packed field. */
  readonly bytes?: Uint8Array;
  /** Of four bytes. */
  readonly float?: number;
}

/** @throws Error for bytes that are no message */
export function messageFields(bytes: Uint8Array): WireField[] {
  const at = { position: 0 };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: WireField[] = [];
  const skip = (length: number): number => {
    const from = at.position;
    if (!(length >= 0) || from + length > bytes.length) throw new Error('it ends before its time');
    at.position += length;
    return from;
  };
  while (at.position < bytes.length) {
    const key = varint(bytes, at);
    const number = Number(key >> 3n);
    const wire = Number(key & 7n);
    if (wire === 0) fields.push({ number, value: Number(BigInt.asIntN(64, varint(bytes, at))) });
    else if (wire === 1) skip(8);
    else if (wire === 2) {
      const length = Number(varint(bytes, at));
      const from = skip(length);
      fields.push({ number, bytes: bytes.subarray(from, from + length) });
    } else if (wire === 5) fields.push({ number, float: view.getFloat32(skip(4), true) });
    else throw new Error(`a field of an unknown kind (${wire})`);
  }
  return fields;
}

/** The integers of a packed field. */
export function signedOf(bytes: Uint8Array): number[] {
  const at = { position: 0 };
  const values: number[] = [];
  while (at.position < bytes.length) values.push(Number(BigInt.asIntN(64, varint(bytes, at))));
  return values;
}

function varint(bytes: Uint8Array, at: { position: number }): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = bytes[at.position++];
    if (byte === undefined) break;
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return value;
  }
  throw new Error('a number without end');
}
