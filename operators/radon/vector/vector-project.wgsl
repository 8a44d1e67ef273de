// Rays in any direction through the slices of one chunk of the image, a thread each. With vector-ray.wgsl.

/** The voxel at (slice, y, x) of the chunk; 0 beside it. */
fn voxel(slice: i32, y: i32, x: i32) -> f32 {
  if (slice < 0 || slice >= i32(params.slices) || y < 0 || y >= i32(params.image_rows) || x < 0 || x >= i32(params.image_columns)) {
    return 0.0;
  }
  return image[u32(slice) * size_image() + u32(y) * params.image_columns + u32(x)];
}

/** What is kept of low … high where least < a·t + b < most. */
fn clipped(range: vec2<f32>, a: f32, b: f32, least: f32, most: f32) -> vec2<f32> {
  if (abs(a) < 1e-9) { return select(vec2<f32>(1.0, -1.0), range, b > least && b < most); }
  let p = (least - b) / a;
  let q = (most - b) / a;
  // one more at either end, for rounding: what a voxel weighs is 0 there
  return vec2<f32>(max(range.x, min(p, q) - 1.0), min(range.y, max(p, q) + 1.0));
}

@compute @workgroup_size(16, 8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) thread: vec3<u32>) {
  let column = group.x * 16u + thread.x;
  let row = group.y * 8u + thread.y;
  if (column >= params.detector_columns || row >= params.detector_rows) { return; }
  let number = params.begin_view + group.z;
  let ray = ray_of(
    views[number], f32(column) - 0.5 * f32(params.detector_columns - 1u), f32(row) - 0.5 * f32(params.detector_rows - 1u));
  let middle = 0.5 * vec3<f32>(f32(params.image_columns - 1u), f32(params.image_rows - 1u), 0.0);
  let slices = f32(params.slices);
  var range: vec2<f32>;
  if (ray.axis == 2u) {
    range = vec2<f32>(params.lowest, params.lowest + slices - 1.0);
    range = clipped(range, ray.a.x, ray.b.x, -middle.x - 1.0, middle.x + 1.0);
    range = clipped(range, ray.a.y, ray.b.y, -middle.y - 1.0, middle.y + 1.0);
  } else {
    let reach = select(middle.x, middle.y, ray.axis == 1u);
    let width = select(middle.y, middle.x, ray.axis == 1u);
    range = clipped(vec2<f32>(-reach, reach), ray.a.x, ray.b.x, -width - 1.0, width + 1.0);
    range = clipped(range, ray.a.y, ray.b.y, params.lowest - 1.0, params.lowest + slices);
  }
  // the first voxel of the main axis, from the middle
  let start = select(-select(middle.x, middle.y, ray.axis == 1u), params.lowest, ray.axis == 2u);
  let begin = max(0, i32(ceil(range.x - start)));
  let end = i32(floor(range.y - start));
  var sum = 0.0;
  for (var n = begin; n <= end; n++) {
    let t = start + f32(n);
    if (!in_front(ray, t)) { continue; }
    let p = place(ray, t);
    if (ray.axis == 2u) {
      let at = floor(p + middle.xy);
      let weights = p - (at - middle.xy);
      let x = i32(at.x);
      let y = i32(at.y);
      let low = hat(weights.x) * voxel(n, y, x) + hat(weights.x - 1.0) * voxel(n, y, x + 1);
      let high = hat(weights.x) * voxel(n, y + 1, x) + hat(weights.x - 1.0) * voxel(n, y + 1, x + 1);
      sum += hat(weights.y) * low + hat(weights.y - 1.0) * high;
    } else {
      let origin = vec2<f32>(-select(middle.y, middle.x, ray.axis == 1u), params.lowest);
      let at = floor(p - origin);
      let weights = p - (at + origin);
      let i = i32(at.x);
      let k = i32(at.y);
      let first = select(vec2<i32>(i, n), vec2<i32>(n, i), ray.axis == 1u); // y, x
      let next = select(vec2<i32>(i + 1, n), vec2<i32>(n, i + 1), ray.axis == 1u);
      let low = hat(weights.x) * voxel(k, first.x, first.y) + hat(weights.x - 1.0) * voxel(k, next.x, next.y);
      let high = hat(weights.x) * voxel(k + 1, first.x, first.y) + hat(weights.x - 1.0) * voxel(k + 1, next.x, next.y);
      sum += hat(weights.y) * low + hat(weights.y - 1.0) * high;
    }
  }
  let at = (number - params.first_view) * size_projections() + row * params.detector_columns + column;
  if (params.add != 0u) { projections[at] += ray.step * sum; } else { projections[at] = ray.step * sum; }
}
