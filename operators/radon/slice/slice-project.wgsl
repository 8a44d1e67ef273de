// Line integrals of every slice by Joseph's method, for the rays of one main axis; a thread does one ray in four slices. `image` has its
// lines along the rays: [slice, line, across]. With rays.wgsl.

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let n = group_of(group) * 64u + thread;
  if (n >= params.rays) { return; }
  let index = order[params.first_ray + n];
  let ray = rays[index];
  let k = vec4<u32>(group.z * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
  let slice = min(k, vec4<u32>(params.count - 1u));
  let plane = vec4<u32>(at_image(slice.x), at_image(slice.y), at_image(slice.z), at_image(slice.w));
  var sum = vec4<f32>();
  var p = position(ray, ray.start);
  var line = ray.start * params.across;
  for (var j = ray.start; j < ray.end; j++) {
    let i = pixel(p);
    let f = fraction(p);
    let here = plane + vec4<u32>(line + u32(max(i, 0)));
    let next = plane + vec4<u32>(line + min(u32(i + 1), params.across - 1u));
    let low = vec4<f32>(image[here.x], image[here.y], image[here.z], image[here.w]);
    let high = vec4<f32>(image[next.x], image[next.y], image[next.z], image[next.w]);
    sum += select(0.0, 1.0 - f, i >= 0) * low + select(0.0, f, i + 1 < i32(params.across)) * high;
    line += params.across;
    p = stepped(p, ray);
  }
  for (var l = 0u; l < 4u; l++) {
    if (k[l] < params.count) { sinogram[at_sinogram(k[l]) + index] = ray.length * sum[l]; }
  }
}
