// One level of an orthogonal wavelet transform along one axis of planes. A plane is [line][position][inner], with strides between lines and
// positions; `inner` floats lie together: real and imaginary part along x, whole rows along y. Formulas and boundaries are those of
// wavelet.as.ts.

/** i modulo n, 0 … n − 1. */
fn modulo(i: i32, n: i32) -> i32 {
  let r = i % n;
  return select(r, r + n, r < 0);
}

/** Where sample i of a line lies, or −1 for a zero: the line has n samples from `offset` on; periodic ones start at sample `shift`. */
fn locate(i: i32) -> i32 {
  if (params.periodic == 0u) { return select(i - params.offset, -1, i < params.offset || i >= params.offset + params.n); }
  let at = modulo(i, params.n & ~1) + params.shift;
  return select(at, at - params.n, at >= params.n);
}

/** The last sample of an odd periodic line, which is put aside behind the details. */
fn aside() -> i32 { return select(params.n - 1, params.shift - 1, params.shift > 0); }

/** Where a float of a half-transformed row lies in the coefficients: averages along x first, details from `split_to` on. */
fn column(i: u32) -> u32 { return select(i, i - params.split + params.split_to, i >= params.split); }
