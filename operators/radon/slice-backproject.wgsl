// The transpose of slice-project.wgsl, gathered: a thread does one pixel of four slices and asks the rays that may meet it, view after view, what they weigh
// there. With rays.wgsl and footprint.wgsl.

@compute @workgroup_size(16, 8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) thread: vec3<u32>) {
  let column = group.x * 16u + thread.x;
  let row = group.y * 8u + thread.y;
  if (column >= params.columns || row >= params.rows) { return; }
  let k = vec4<u32>(group.z * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
  let slice = min(k, vec4<u32>(params.count - 1u));
  let from_slice = vec4<u32>(at_sinogram(slice.x), at_sinogram(slice.y), at_sinogram(slice.z), at_sinogram(slice.w));
  let at = row * params.columns + column;
  var sum = vec4<f32>();
  if (params.add != 0u) {
    sum = vec4<f32>(image[at_image(slice.x) + at], image[at_image(slice.y) + at], image[at_image(slice.z) + at], image[at_image(slice.w) + at]);
  }
  for (var v = params.first_view; v < params.end_view; v++) {
    let seen = footprint(views[v], f32(column), f32(row), params.detectors);
    for (var d = seen.x; d <= seen.y; d++) {
      let index = v * params.detectors + u32(d);
      let w = weight_on(rays[index], column, row);
      if (w == 0.0) { continue; }
      let s = from_slice + vec4<u32>(index);
      sum += w * (rays[index].length * vec4<f32>(sinogram[s.x], sinogram[s.y], sinogram[s.z], sinogram[s.w]));
    }
  }
  for (var l = 0u; l < 4u; l++) {
    if (k[l] < params.count) { image[at_image(k[l]) + at] = sum[l]; }
  }
}
