/**
 * Writer of protobuf's wire format (protobuf.dev/programming-guides/encoding), the three wire types that ONNX's messages need. A library
 * for it would be larger than this file, and the usual one compiles code at run time, which a strict content-security policy forbids.
 */
export class ProtobufWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** An integer (int32, int64, enum), not negative. Zeros are written too. */
  integer(field: number, value: number): this {
    this.#key(field, 0);
    return this.#append(varint(value));
  }

  /** A signed integer of an int64 field: negative ones in ten bytes, as two's complement. */
  signed(field: number, value: number): this {
    this.#key(field, 0);
    return this.#append(signedVarint(value));
  }

  float(field: number, value: number): this {
    this.#key(field, 5);
    return this.#append(new Uint8Array(new Float32Array([value]).buffer));
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, message: ProtobufWriter): this {
    return this.bytes(field, message.finish());
  }

  bytes(field: number, value: Uint8Array): this {
    this.#key(field, 2);
    this.#append(varint(value.length));
    return this.#append(value);
  }

  finish(): Uint8Array {
    return joined(this.#parts, this.#length);
  }

  #key(field: number, wireType: 0 | 2 | 5): void {
    this.#append(varint(field * 8 + wireType));
  }

  #append(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    return this;
  }
}

/** Seven bits a byte, the lowest first; the high bit says that more follow. */
function varint(value: number): Uint8Array {
  const out: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    const more = rest >= 128;
    out.push((rest % 128) + (more ? 128 : 0));
    if (!more) return Uint8Array.from(out);
  }
}

function signedVarint(value: number): Uint8Array {
  if (value >= 0) return varint(value);
  const out: number[] = [];
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    const more = rest >= 128n;
    out.push(Number(rest & 127n) + (more ? 128 : 0));
    if (!more) return Uint8Array.from(out);
  }
}

function joined(parts: readonly Uint8Array[], length = parts.reduce((sum, part) => sum + part.length, 0)): Uint8Array {
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
