// AssemblyScript. Rays whose main axis is x are marched on a transposed copy of the image, so that memory is read in order.

/** to[c, r] ← from[r, c] (add = 0) or to[c, r] += from[r, c] (add = 1), in tiles that stay in cache. `pixel` bytes an element, a multiple of 16. */
export function transpose(from: usize, to: usize, rows: i32, columns: i32, pixel: usize, add: i32): void {
  for (let r0: i32 = 0; r0 < rows; r0 += 8) {
    const r1 = min(r0 + 8, rows);
    for (let c0: i32 = 0; c0 < columns; c0 += 8) {
      const c1 = min(c0 + 8, columns);
      for (let r = r0; r < r1; r++) {
        for (let c = c0; c < c1; c++) {
          const source = from + <usize>(r * columns + c) * pixel;
          const target = to + <usize>(c * rows + r) * pixel;
          for (let b: usize = 0; b < pixel; b += 16) {
            const v = v128.load(source + b);
            v128.store(target + b, add ? f32x4.add(v, v128.load(target + b)) : v);
          }
        }
      }
    }
  }
}
