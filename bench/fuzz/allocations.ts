/** Bytes that array constructors and WebAssembly memories were asked for since it was set to 0. */
export function countAllocations(): { bytes: number } {
  const count = { bytes: 0 };
  const scope = globalThis as unknown as { [name: string]: (new (...args: unknown[]) => object) & { BYTES_PER_ELEMENT?: number } };
  const names =
    'ArrayBuffer Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array';
  for (const name of [...names.split(' '), 'BigInt64Array', 'BigUint64Array']) {
    const original = scope[name];
    const size = original.BYTES_PER_ELEMENT ?? 1;
    scope[name] = new Proxy(original, {
      construct(target, args: unknown[], newTarget: new () => object) {
        const [first] = args as [number | { length?: number } | undefined];
        const length = typeof first === 'number' ? first : first instanceof ArrayBuffer ? 0 : (first?.length ?? 0);
        count.bytes += length * size;
        return Reflect.construct(target, args, newTarget === scope[name] ? target : newTarget) as object;
      },
    });
  }
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = function (pages) {
    const before = grow.call(this, pages);
    count.bytes += 65536 * pages;
    return before;
  };
  return count;
}
