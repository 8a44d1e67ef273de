// The transpose of cone-project.wgsl, gathered: a thread does one pixel of four slices of one chunk of the image, and asks the rays of one
// chunk of the projections that may meet it what they weigh there. With rays.wgsl, footprint.wgsl and cone-height.wgsl.

@compute @workgroup_size(16, 8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) thread: vec3<u32>) {
  let x = group.x * 16u + thread.x;
  let y = group.y * 8u + thread.y;
  if (x >= params.image_columns || y >= params.image_rows) { return; }
  let first = group.z * 4u;
  let plane = y * params.image_columns + x;
  let slice = vec4<f32>(f32(first) - params.offset) + vec4<f32>(0.0, 1.0, 2.0, 3.0);
  let last_row = f32(params.detector_rows) - 1.0;
  var sum = vec4<f32>();
  for (var v = params.begin_view; v < params.end_view; v++) {
    let seen = footprint(views[v], f32(x), f32(y), params.detector_columns, params.curve);
    for (var d = seen.x; d <= seen.y; d++) {
      let index = v * params.detector_columns + u32(d);
      let ray = rays[index];
      let w = weight_on(ray, x, y);
      if (w == 0.0) { continue; }
      let column = columns[index];
      let by_rows = ray.axis == 0u;
      let h = heights(column, select(x, y, by_rows), select(params.image_columns, params.image_rows, by_rows));
      // rows within a slice of the four, and one more for rounding
      let low = (slice.x - 1.0 - h.x) / h.y - from_middle(0.0);
      let high = (slice.w + 1.0 - h.x) / h.y - from_middle(0.0);
      let begin = u32(clamp(floor(low), 0.0, last_row + 1.0));
      let end = u32(clamp(ceil(high) + 1.0, 0.0, last_row + 1.0));
      let place = (v - params.first_view) * size_projections() + u32(d);
      for (var r = begin; r < end; r++) {
        let q = h.x + from_middle(f32(r)) * h.y;
        let weights = max(vec4<f32>(), vec4<f32>(1.0) - abs(vec4<f32>(q) - slice));
        let value = length_of(column, f32(r)) * projections[place + stored(r) * params.detector_columns];
        sum += weights * (w * value);
      }
    }
  }
  for (var l = 0u; l < 4u; l++) {
    let k = first + l;
    if (k >= params.slices) { continue; }
    let at = k * size_image() + plane;
    if (params.add != 0u) { image[at] += sum[l]; } else { image[at] = sum[l]; }
  }
}
