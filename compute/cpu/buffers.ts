/** Few buffers kept for their next use, because slabs exchange the same few sizes over and over. */
export class Buffers {
  readonly #spare: Uint8Array[] = [];

  /** A buffer of this size, its content undefined. */
  take(bytes: number): Uint8Array {
    const at = this.#spare.findIndex((spare) => spare.length === bytes);
    return at < 0 ? new Uint8Array(bytes) : this.#spare.splice(at, 1)[0];
  }

  give(buffer: Uint8Array): void {
    if (buffer.byteLength !== buffer.buffer.byteLength) return; // part of something larger
    this.#spare.push(buffer);
    if (this.#spare.length > MOST) this.#spare.shift();
  }
}

const MOST = 32;
