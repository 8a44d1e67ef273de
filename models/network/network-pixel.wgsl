// Pixels of images [slice, row, column], real or complex (interleaved), for network-input.wgsl and network-output.wgsl. g is 0 where
// there is no such field.

/** x: real and imaginary part; 0 for the latter of a real image. */
fn pixel_of(k: u32, pixel: u32) -> vec2<f32> {
  if (params.parts == 1u) { return vec2<f32>(load_x(at_x(k) + pixel), 0.0); }
  let i = at_x(k) + 2u * pixel;
  return vec2<f32>(load_x(i), load_x(i + 1u));
}

/** g likewise. */
fn centre_of(k: u32, pixel: u32) -> vec2<f32> {
  if (params.parts == 1u) { return vec2<f32>(load_g(at_g(k) + pixel), 0.0); }
  let i = at_g(k) + 2u * pixel;
  return vec2<f32>(load_g(i), load_g(i + 1u));
}

/** e^{iφ} v for turn = (cos φ, sin φ); not touched for φ = 0. */
fn turned(v: vec2<f32>, turn: vec2<f32>) -> vec2<f32> {
  if (turn.y == 0.0 && turn.x == 1.0) { return v; }
  return vec2<f32>(turn.x * v.x - turn.y * v.y, turn.x * v.y + turn.y * v.x);
}
