/**
 * First-fit allocator of addresses, the same in every slab memory of a set. Blocks are 64-byte aligned with a guard behind them, because
 * the difference kernels load four bytes past either end.
 */
const ALIGN = 64;
const GUARD = 64;
export const FIRST_ADDRESS = 1024;

export class Allocator {
  /** Free blocks [address, bytes], sorted by address, never adjacent. */
  #free: [number, number][] = [];
  #end = FIRST_ADDRESS;
  readonly #sizes = new Map<number, number>();

  allocate(bytes: number): number {
    const size = Math.ceil((bytes + GUARD) / ALIGN) * ALIGN;
    const fit = this.#free.findIndex(([, free]) => free >= size);
    let address: number;
    if (fit >= 0) {
      const [at, free] = this.#free[fit];
      address = at;
      if (free === size) this.#free.splice(fit, 1);
      else this.#free[fit] = [at + size, free - size];
    } else {
      address = this.#end;
      this.#end += size;
    }
    this.#sizes.set(address, size);
    return address;
  }

  free(address: number): void {
    const size = this.#sizes.get(address);
    if (size === undefined) throw new Error(`free of unknown address ${address}`);
    this.#sizes.delete(address);
    this.#free.push([address, size]);
    this.#free.sort((a, b) => a[0] - b[0]);
    const merged: [number, number][] = [];
    for (const [at, bytes] of this.#free) {
      const last = merged.at(-1);
      if (last && last[0] + last[1] === at) last[1] += bytes;
      else merged.push([at, bytes]);
    }
    const last = merged.at(-1);
    if (last && last[0] + last[1] === this.#end) {
      this.#end = last[0];
      merged.pop();
    }
    this.#free = merged;
  }

  /** One past the highest address in use. */
  get end(): number {
    return this.#end;
  }
}
