// The transpose of vector-project.wgsl, gathered: a thread does one voxel of one chunk of the image, and asks the rays of one chunk of the
// projections that may meet it what they weigh there. With vector-ray.wgsl.

/** Voxels nearer to the source than this part of its distance from the middle of the image may be seen by any ray. */
const NEAR = 0.01;

/**
 * From which to which element an affine function over another may come within a voxel of x, of `count` elements. A voxel on a ray lies on
 * its line along the main axis, so two of the three places differ.
 */
fn seen(over: vec4<f32>, x: vec3<f32>, part: f32, parts: vec3<f32>, count: u32) -> vec2<i32> {
  let at = (over.x + dot(over.yzw, x)) / part;
  let slopes = abs(over.yzw - at * parts);
  let nearest = part - abs(parts.x) - abs(parts.y) - abs(parts.z);
  let reach = (slopes.x + slopes.y + slopes.z - min(slopes.x, min(slopes.y, slopes.z))) / nearest + 0.01 + 1e-5 * abs(at);
  let middle = 0.5 * f32(count - 1u);
  let last = f32(count) - 1.0;
  let all = nearest < NEAR;
  let low = select(at - reach + middle, 0.0, all);
  let high = select(at + reach + middle, last, all);
  return vec2<i32>(i32(ceil(clamp(low, 0.0, last + 1.0))), i32(floor(clamp(high, -1.0, last))));
}

@compute @workgroup_size(16, 8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) thread: vec3<u32>) {
  let column = group.x * 16u + thread.x;
  let line = group.y * 8u + thread.y;
  if (column >= params.image_columns || line >= params.image_rows) { return; }
  let x = vec3<f32>(
    f32(column) - 0.5 * f32(params.image_columns - 1u), f32(line) - 0.5 * f32(params.image_rows - 1u), params.lowest + f32(group.z));
  var sum = 0.0;
  for (var v = params.begin_view; v < params.end_view; v++) {
    let view = views[v];
    let part = view.part.x + dot(view.part.yzw, x);
    let reach = abs(view.part.y) + abs(view.part.z) + abs(view.part.w);
    if (part + reach < 0.0) { continue; }
    let columns = seen(view.column, x, part, view.part.yzw, params.detector_columns);
    let rows = seen(view.row, x, part, view.part.yzw, params.detector_rows);
    let place_of = (v - params.first_view) * size_projections();
    for (var r = rows.x; r <= rows.y; r++) {
      for (var c = columns.x; c <= columns.y; c++) {
        let ray = ray_of(view, f32(c) - 0.5 * f32(params.detector_columns - 1u), f32(r) - 0.5 * f32(params.detector_rows - 1u));
        let t = select(select(x.x, x.y, ray.axis == 1u), x.z, ray.axis == 2u);
        let across = vec2<f32>(select(x.x, x.y, ray.axis == 0u), select(x.z, x.y, ray.axis == 2u));
        let p = place(ray, t) - across;
        let weight = hat(p.x) * hat(p.y);
        if (weight == 0.0 || !in_front(ray, t)) { continue; }
        sum += weight * (ray.step * projections[place_of + u32(r) * params.detector_columns + u32(c)]);
      }
    }
  }
  let at = group.z * size_image() + line * params.image_columns + column;
  if (params.add != 0u) { image[at] += sum; } else { image[at] = sum; }
}
