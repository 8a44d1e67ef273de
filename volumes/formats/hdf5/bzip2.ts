/*
 * The bzip2 plugin of HDF5 gives bzlib a whole chunk at once and calls it until the stream ends. bzlib says BZ_OK where it has used all of
 * its input, so that a stream cut short is asked for ever. Here bzlib's `BZ2_decompress` is made to say BZ_UNEXPECTED_EOF then, which the
 * plugin takes as the error it is. BZ_OK is its answer in one other case, a block that is ready to be put out, where its caller does not
 * look.
 */

const DECOMPRESS = 'BZ2_decompress';
const UNEXPECTED_EOF = -7;

/** Sections of a WebAssembly module (WebAssembly Core Specification 2.0, 5.5). */
const FUNCTION = 3;
const EXPORT = 7;
const CODE = 10;

/**
 * The plugin, of bzlib's functions with their own names, with `BZ2_decompress` at a new number, and at its old number a function that asks
 * it and turns BZ_OK into BZ_UNEXPECTED_EOF.
 * @param plugin WebAssembly module
 * @throws Error for a module that has no such function
 */
export function refusingShortStreams(plugin: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const imported = WebAssembly.Module.imports(new WebAssembly.Module(plugin)).filter(({ kind }) => kind === 'function').length;
  const sections = sectionsOf(plugin);
  const own = functionNamed(required(sections, EXPORT), DECOMPRESS) - imported;
  const types = entries(required(sections, FUNCTION), (reader) => void reader.number());
  const bodies = entries(required(sections, CODE), (reader) => void reader.skip(reader.number()));
  if (own < 0 || own >= bodies.length || types.length !== bodies.length) throw new Error(`no function ${DECOMPRESS}`);
  const code = [
    ...[0x01, 0x01, 0x7f], // one local, i32
    ...[0x20, 0x00, 0x10, ...unsigned(imported + bodies.length)], // local.get 0, call
    ...[0x22, 0x01, 0x41, UNEXPECTED_EOF & 0x7f, 0x20, 0x01, 0x1b, 0x0b], // local.tee 1, i32.const, local.get 1, select, end
  ];
  const wrapper = Uint8Array.from([...unsigned(code.length), ...code]);
  const changed = new Map([
    [FUNCTION, vector([...types, types[own]])],
    [CODE, vector([...bodies.map((body, i) => (i === own ? wrapper : body)), bodies[own]])],
  ]);
  return joined([
    plugin.subarray(0, 8),
    ...sections.flatMap(({ id, bytes }) => {
      const content = changed.get(id) ?? bytes;
      return [Uint8Array.from([id, ...unsigned(content.length)]), content];
    }),
  ]);
}

interface Section {
  readonly id: number;
  readonly bytes: Uint8Array;
}

function sectionsOf(module: Uint8Array): Section[] {
  const reader = new Reader(module);
  reader.skip(8);
  const out: Section[] = [];
  while (!reader.done) {
    const [id] = reader.skip(1);
    out.push({ id, bytes: reader.skip(reader.number()) });
  }
  return out;
}

function required(sections: readonly Section[], id: number): Uint8Array {
  const section = sections.find((s) => s.id === id);
  if (!section) throw new Error(`no section ${id}`);
  return section.bytes;
}

/** Entries of a section that is a vector, each as its bytes. @param pass goes past one entry */
function entries(section: Uint8Array, pass: (reader: Reader) => void): Uint8Array[] {
  const reader = new Reader(section);
  return Array.from({ length: reader.number() }, () => {
    const start = reader.at;
    pass(reader);
    return section.subarray(start, reader.at);
  });
}

/** Number of an exported function; -1 for none. */
function functionNamed(section: Uint8Array, name: string): number {
  const reader = new Reader(section);
  for (let left = reader.number(); left > 0; left--) {
    const own = new TextDecoder().decode(reader.skip(reader.number()));
    const [kind] = reader.skip(1);
    const index = reader.number();
    if (kind === 0 && own === name) return index;
  }
  return -1;
}

const vector = (parts: readonly Uint8Array[]): Uint8Array => joined([Uint8Array.from(unsigned(parts.length)), ...parts]);

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** LEB128. */
function unsigned(value: number): number[] {
  const out: number[] = [];
  for (; value > 0x7f; value >>>= 7) out.push((value & 0x7f) | 0x80);
  return [...out, value];
}

class Reader {
  at = 0;
  constructor(private readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  /** LEB128 of at most 32 bits. */
  number(): number {
    for (let [value, shift] = [0, 0]; ; shift += 7) {
      const [byte] = this.skip(1);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  skip(count: number): Uint8Array {
    if (this.at + count > this.bytes.length) throw new Error('a module that ends too early');
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }
}
