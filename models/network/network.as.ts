// AssemblyScript. Slices of a field ⇄ images of a network: element e of lane (slice) l lies at base + (e·lanes + l)·4, imaginary parts in a
// plane of their own.

/**
 * image [channel, row, column] ← (c + is) (x − g) of one lane, extended downwards and to the right by the edge value (edge = 1) or
 * zeros; g = 0 where its address is 0. `parts` is 2 for complex fields; channels that a field does not have are 0.
 */
export function input(
  x: usize, g: usize, image: usize, rows: usize, columns: usize, lanes: usize, lane: usize, parts: usize, channels: usize, c: f32, s: f32,
  paddedRows: usize, paddedColumns: usize, edge: i32,
): void {
  const pixel = lanes << 2;
  const im = rows * columns * pixel;
  const row = paddedColumns << 2;
  const plane = paddedRows * row;
  const toCentre = g - x; // from an element of x to that of g
  for (let r: usize = 0; r < rows; r++) {
    let from = x + (lane << 2) + r * columns * pixel;
    let to = image + r * row;
    const end = to + (columns << 2);
    if (parts == 2) {
      for (; to < end; to += 4, from += pixel) {
        const re = about(from, g, toCentre);
        const v = about(from + im, g, toCentre);
        store<f32>(to, c * re - s * v);
        store<f32>(to + plane, c * v + s * re);
      }
      extend(end + plane, image + plane + (r + 1) * row, edge);
    } else {
      for (; to < end; to += 4, from += pixel) store<f32>(to, c * about(from, g, toCentre));
    }
    extend(end, image + (r + 1) * row, edge);
  }
  const below = (paddedRows - rows) * row;
  for (let p: usize = 0; p < parts; p++) {
    const first = image + p * plane + rows * row;
    if (!edge) memory.fill(first, 0, below);
    else for (let at = first; at < first + below; at += row) memory.copy(at, first - row, row);
  }
  memory.fill(image + parts * plane, 0, (channels - parts) * plane);
}

/** x − g of the element of x at `at`. */
// @ts-ignore: decorator
@inline
function about(at: usize, g: usize, toCentre: usize): f32 {
  const v = load<f32>(at);
  return g ? v - load<f32>(at + toCentre) : v;
}

/** The end of a row: the value before it, or zeros. */
// @ts-ignore: decorator
@inline
function extend(from: usize, end: usize, edge: i32): void {
  const v: f32 = edge ? load<f32>(from - 4) : 0;
  for (let at = from; at < end; at += 4) store<f32>(at, v);
}

/**
 * out ← g + skip (x − g) + (c − is) f of one lane, f [plane, row, column] with padding behind; out may be x, g is 0 where its address is.
 */
export function output(
  x: usize, g: usize, f: usize, out: usize, rows: usize, columns: usize, lanes: usize, lane: usize, parts: usize, skip: f32, c: f32, s: f32,
  paddedRows: usize, paddedColumns: usize,
): void {
  const pixel = lanes << 2;
  const im = rows * columns * pixel;
  const row = paddedColumns << 2;
  const plane = paddedRows * row;
  for (let r: usize = 0; r < rows; r++) {
    let at = (lane << 2) + r * columns * pixel;
    let from = f + r * row;
    const end = from + (columns << 2);
    if (parts == 2) {
      for (; from < end; from += 4, at += pixel) {
        const re = load<f32>(from);
        const v = load<f32>(from + plane);
        store<f32>(out + at, answer(x, g, at, skip, c * re + s * v));
        store<f32>(out + at + im, answer(x, g, at + im, skip, c * v - s * re));
      }
    } else {
      for (; from < end; from += 4, at += pixel) {
        store<f32>(out + at, answer(x, g, at, skip, c * load<f32>(from)));
      }
    }
  }
}

/** g + skip (x − g) + f of the element `at` bytes into x and g. */
// @ts-ignore: decorator
@inline
function answer(x: usize, g: usize, at: usize, skip: f32, f: f32): f32 {
  const v = load<f32>(x + at);
  if (!g) return skip * v + f;
  const centre = load<f32>(g + at);
  return centre + (skip * (v - centre) + f);
}
