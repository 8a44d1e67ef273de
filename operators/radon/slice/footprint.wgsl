// Which bins of a view may see a pixel: those that meet the line through it within a pixel to either side. A little too many are named,
// never too few; what each of them weighs is for its ray to say.

/**
 * Affine functions of (column, row): numerator and denominator of the bin. In their fourth places the numerator's rounding error, and the
 * axes: 1, 2 or both.
 */
struct View { bin: vec4<f32>, distance: vec4<f32> }

/** Pixels nearer to the plane of the source than this part of its distance from the axis may be seen by any bin. */
const NEAR = 0.01;

fn extended(found: vec2<f32>, bin: f32, distance: f32, bins: f32, distances: f32, rounding: f32) -> vec2<f32> {
  let d0 = distance - distances;
  let d1 = distance + distances;
  if (max(d0, d1) < -NEAR) { return found; }
  let nearest = min(d0, d1);
  if (nearest < NEAR) { return vec2<f32>(-1e9, 1e9); }
  let b0 = (bin - bins) / d0;
  let b1 = (bin + bins) / d1;
  let margin = 0.01 + rounding / nearest;
  return vec2<f32>(min(found.x, min(b0, b1) - margin), max(found.y, max(b0, b1) + margin));
}

/**
 * First and last bin, last before first where there is none. `curve`: radians from bin to bin of a detector that is an arc about the source
 * and touches the flat one, whose bins `view` tells, in its middle; 0: flat.
 */
fn footprint(view: View, column: f32, row: f32, detectors: u32, curve: f32) -> vec2<i32> {
  let bin = view.bin.x + view.bin.y * column + view.bin.z * row;
  let distance = view.distance.x + view.distance.y * column + view.distance.z * row;
  var found = vec2<f32>(1e9, -1e9);
  let axes = u32(view.distance.w);
  if ((axes & 1u) != 0u) { found = extended(found, bin, distance, view.bin.y, view.distance.y, view.bin.w); }
  if ((axes & 2u) != 0u) { found = extended(found, bin, distance, view.bin.z, view.distance.z, view.bin.w); }
  let last = f32(detectors) - 1.0;
  if (curve != 0.0) {
    let middle = 0.5 * last;
    found = middle + atan((found - middle) * curve) / curve + vec2<f32>(-0.01, 0.01);
  }
  return vec2<i32>(i32(ceil(clamp(found.x, 0.0, last + 1.0))), i32(floor(clamp(found.y, -1.0, last))));
}

/** What a pixel weighs on a ray; 0 where the ray does not meet its line within a pixel. */
fn weight_on(ray: Ray, column: u32, row: u32) -> f32 {
  let line = select(column, row, ray.axis == 0u);
  let across = i32(select(row, column, ray.axis == 0u));
  if (line < ray.start || line >= ray.end) { return 0.0; }
  let p = position(ray, line);
  let before = pixel(p);
  if (before == across) { return 1.0 - fraction(p); }
  if (before + 1 == across) { return fraction(p); }
  return 0.0;
}
