// Cone beam by Joseph's method for the rays of one main axis, through the slices of one chunk of the image, [slice, line, across]. A thread
// does four rows of one detector column: the march through the plane is one for all. With rays.wgsl and cone-height.wgsl.

/** Four rows at height q: hat functions of the slices that there are, times the line interpolated between two pixels. */
fn interpolated(q: f32, here: u32, next: u32, w: f32, n: f32) -> f32 {
  let low = floor(q);
  let s = low + params.offset;
  if (!(s >= -1.0 && s < f32(params.slices))) { return 0.0; }
  var sum = 0.0;
  if (s >= 0.0) {
    let at = u32(s) * size_image();
    sum = hat(q - low) * (w * image[at + here] + n * image[at + next]);
  }
  if (s + 1.0 < f32(params.slices)) {
    let at = u32(s + 1.0) * size_image();
    sum += hat(q - (low + 1.0)) * (w * image[at + here] + n * image[at + next]);
  }
  return sum;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let n = group_of(group) * 64u + thread;
  if (n >= params.rays) { return; }
  let index = order[params.first_ray + n];
  let ray = rays[index];
  let column = columns[index];
  let first = group.z * 4u;
  let rows = vec4<f32>(from_middle(f32(first))) + vec4<f32>(0.0, 1.0, 2.0, 3.0);
  var start = ray.start;
  var end = ray.end;

  // a row's height is linear along its ray: lines where none of the four is among the slices are left out
  let h0 = heights(column, 0u, params.lines);
  let slope = vec4<f32>(column.height.y) + rows * column.height.w;
  if (all(abs(slope) > vec4<f32>(1e-6))) {
    let base = vec4<f32>(h0.x) + rows * h0.y + vec4<f32>(params.offset);
    let a = (vec4<f32>(-1.0) - base) / slope;
    let b = (vec4<f32>(f32(params.slices)) - base) / slope;
    let low = min(a, b);
    let high = max(a, b);
    let limit = f32(params.lines);
    start = max(start, u32(clamp(min(min(low.x, low.y), min(low.z, low.w)) - 1.0, 0.0, limit)));
    end = min(end, u32(clamp(max(max(high.x, high.y), max(high.z, high.w)) + 2.0, 0.0, limit)));
  }

  var sum = vec4<f32>();
  var p = position(ray, start);
  var line = start * params.across;
  for (var j = start; j < end; j++) {
    let i = pixel(p);
    let f = fraction(p);
    let here = line + u32(max(i, 0));
    let next = line + min(u32(i + 1), params.across - 1u);
    let w = select(0.0, 1.0 - f, i >= 0);
    let m = select(0.0, f, i + 1 < i32(params.across));
    let h = heights(column, j, params.lines);
    let q = vec4<f32>(h.x) + rows * h.y;
    sum += vec4<f32>(
      interpolated(q.x, here, next, w, m), interpolated(q.y, here, next, w, m),
      interpolated(q.z, here, next, w, m), interpolated(q.w, here, next, w, m));
    line += params.across;
    p = stepped(p, ray);
  }
  let view = index / params.detector_columns;
  let place = (view - params.first_view) * size_projections() + index % params.detector_columns;
  for (var l = 0u; l < 4u; l++) {
    let row = first + l;
    if (row >= params.detector_rows) { continue; }
    let at = place + stored(row) * params.detector_columns;
    let here = length_of(column, f32(row)) * sum[l];
    if (params.add != 0u) { projections[at] += here; } else { projections[at] = here; }
  }
}
