// Rays of ray-table.ts: positions across in pixels, fixed-point with 32 fraction bits in two words (low, high), so that a line is met at
// exactly the same place whoever asks.

struct Ray { at: vec2<u32>, step: vec2<u32>, length: f32, axis: u32, start: u32, end: u32 }

/** The position of a ray at a line below 2¹⁶. */
fn position(ray: Ray, line: u32) -> vec2<u32> {
  let product = ray.step.x * line;
  let carried = ((ray.step.x >> 16u) * line + (((ray.step.x & 0xffffu) * line) >> 16u)) >> 16u;
  let low = ray.at.x + product;
  return vec2<u32>(low, ray.at.y + ray.step.y * line + carried + select(0u, 1u, low < product));
}

/** The position at the next line. */
fn stepped(p: vec2<u32>, ray: Ray) -> vec2<u32> {
  let low = p.x + ray.step.x;
  return vec2<u32>(low, p.y + ray.step.y + select(0u, 1u, low < p.x));
}

/** The pixel before a position. */
fn pixel(p: vec2<u32>) -> i32 {
  return bitcast<i32>(p.y);
}

/** How far beyond it, in pixels: the weight of the next one. */
fn fraction(p: vec2<u32>) -> f32 {
  return f32(p.x >> 8u) * 0x1p-24;
}
