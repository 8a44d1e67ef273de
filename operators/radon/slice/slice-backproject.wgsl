// The transpose of slice-project.wgsl, gathered: a thread does one pixel of eight slices and asks the rays that may meet it, view after
// view, what they weigh there. With rays.wgsl and footprint.wgsl.

/** Where four slices begin in the sinogram, and in the image; the last one stands for those that there are not. */
fn sinograms(k: vec4<u32>) -> vec4<u32> {
  return vec4<u32>(at_sinogram(k.x), at_sinogram(k.y), at_sinogram(k.z), at_sinogram(k.w));
}

fn images(k: vec4<u32>) -> vec4<u32> {
  return vec4<u32>(at_image(k.x), at_image(k.y), at_image(k.z), at_image(k.w));
}

fn measured(i: vec4<u32>) -> vec4<f32> {
  return vec4<f32>(sinogram[i.x], sinogram[i.y], sinogram[i.z], sinogram[i.w]);
}

fn before(i: vec4<u32>) -> vec4<f32> {
  if (params.add == 0u) { return vec4<f32>(); }
  return vec4<f32>(image[i.x], image[i.y], image[i.z], image[i.w]);
}

fn store(first: u32, i: vec4<u32>, value: vec4<f32>) {
  for (var l = 0u; l < 4u; l++) {
    if (first + l < params.count) { image[i[l]] = value[l]; }
  }
}

@compute @workgroup_size(16, 8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) thread: vec3<u32>) {
  let column = group.x * 16u + thread.x;
  let row = group.y * 8u + thread.y;
  if (column >= params.columns || row >= params.rows) { return; }
  let first = group.z * 8u;
  let more = first + 4u < params.count; // where not, half of the work is left out
  let last = vec4<u32>(params.count - 1u);
  let low = min(vec4<u32>(first) + vec4<u32>(0u, 1u, 2u, 3u), last);
  let high = min(vec4<u32>(first) + vec4<u32>(4u, 5u, 6u, 7u), last);
  let low_data = sinograms(low);
  let high_data = sinograms(high);
  let pixel = row * params.columns + column;
  let low_pixel = images(low) + vec4<u32>(pixel);
  let high_pixel = images(high) + vec4<u32>(pixel);
  var low_sum = before(low_pixel);
  var high_sum = before(high_pixel);
  for (var v = params.first_view; v < params.end_view; v++) {
    let seen = footprint(views[v], f32(column), f32(row), params.detectors, params.curve);
    for (var d = seen.x; d <= seen.y; d++) {
      let index = v * params.detectors + u32(d);
      let ray = rays[index];
      let w = weight_on(ray, column, row);
      if (w == 0.0) { continue; }
      low_sum += w * (ray.length * measured(low_data + vec4<u32>(index)));
      if (more) { high_sum += w * (ray.length * measured(high_data + vec4<u32>(index))); }
    }
  }
  store(first, low_pixel, low_sum);
  if (more) { store(first + 4u, high_pixel, high_sum); }
}
