// Rays of lines.ts, in voxels about the middle of the image, and how they go through it; the arithmetic is that of voxel-rays.as.ts.
// x along columns, y along rows, z along slices.

/** d and m: constant, per column, per row. In the fourth places: the source's x, y, z, then 1 where there is one. */
struct View {
  d: vec4<f32>, du: vec4<f32>, dv: vec4<f32>, m: vec4<f32>, mu: vec4<f32>, mv: vec4<f32>,
  part: vec4<f32>, column: vec4<f32>, row: vec4<f32>
}

/** At t along its main axis a ray is at a·t + b on the two others; `step` mm from voxel to voxel; `ahead`: of which side of the source. */
struct Ray { axis: u32, a: vec2<f32>, b: vec2<f32>, step: f32, source: f32, ahead: f32 }

/** Another axis is taken only where it is longer by this factor. */
const MORE = 1.0009765625;

fn ray_of(view: View, column: f32, row: f32) -> Ray {
  let d = view.d.xyz + column * view.du.xyz + row * view.dv.xyz;
  let m = view.m.xyz + column * view.mu.xyz + row * view.mv.xyz;
  let size = length(d * vec3<f32>(params.dx, params.dy, params.dz));
  let divergent = view.m.w != 0.0;
  var axis = select(0u, 1u, abs(d.y) * MORE >= abs(d.x));
  var along = select(d.x, d.y, axis == 1u);
  if (abs(d.z) > MORE * abs(along)) {
    axis = 2u;
    along = d.z;
  }
  let inverse = 1.0 / along;
  let ahead = select(0.0, sign(along), divergent);
  let step = size * abs(inverse);
  if (axis == 0u) { return Ray(axis, d.yz * inverse, vec2<f32>(-m.z, m.y) * inverse, step, view.d.w, ahead); }
  if (axis == 1u) { return Ray(axis, d.xz * inverse, vec2<f32>(m.z, -m.x) * inverse, step, view.du.w, ahead); }
  return Ray(axis, d.xy * inverse, vec2<f32>(-m.y, m.x) * inverse, step, view.dv.w, ahead);
}

/** Is it in front of the source? */
fn in_front(ray: Ray, t: f32) -> bool {
  return ray.ahead == 0.0 || (t - ray.source) * ray.ahead > 0.0;
}

fn place(ray: Ray, t: f32) -> vec2<f32> {
  return ray.a * t + ray.b;
}

/** What a voxel weighs at a distance. */
fn hat(distance: f32) -> f32 {
  return max(0.0, 1.0 - abs(distance));
}
