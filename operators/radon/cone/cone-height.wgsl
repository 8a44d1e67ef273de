// Heights of cone-beam rays (coneHeights in ray-table.ts). They and the slices count from the middle of the volume: `shift` moves the
// middle onto a whole number.

struct Column { height: vec4<f32>, square: f32, part: f32, above: f32, spare: f32 }

/** Height of the middle row at a line, and from row to row, in slices. */
fn heights(c: Column, line: u32, lines: u32) -> vec2<f32> {
  let u = f32(line) - 0.5 * f32(lines - 1u);
  return vec2<f32>(c.height.x + c.height.y * u + params.shift, c.height.z + c.height.w * u);
}

/** Rows counted from the middle one. */
fn from_middle(row: f32) -> f32 {
  return row - 0.5 * f32(params.detector_rows - 1u);
}

/** mm of a ray per line. */
fn length_of(c: Column, row: f32) -> f32 {
  let v = c.above + from_middle(row) * params.row_pitch;
  return sqrt(c.square + v * v) * c.part;
}

/** What a slice weighs at a height. */
fn hat(distance: f32) -> f32 {
  return max(0.0, 1.0 - abs(distance));
}

/** Rows count upwards along the grid's z; `flip`: they are stored downwards. */
fn stored(row: u32) -> u32 {
  return select(row, params.detector_rows - 1u - row, params.flip != 0u);
}
