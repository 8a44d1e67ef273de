// As backproject-slices.wgsl for cone beam: image += some views, [view, row, bin], onto the slices of one chunk; a value is interpolated
// between two bins and two rows.

struct View { bin: vec4<f32>, distance: vec4<f32>, row: vec4<f32> }

/** Between which of `count` elements a place lies that counts from their middle. */
struct Place { index: i32, fraction: f32, inside: bool }

fn place_of(at: f32, count: u32) -> Place {
  let whole = f32((count - 1u) / 2u);
  let shifted = at + 0.5 * f32((count - 1u) % 2u);
  let inside = shifted >= -whole && shifted <= f32(count - 1u) - whole;
  let index = clamp(i32(floor(shifted)) + i32(whole), 0, max(i32(count) - 2, 0));
  return Place(index, shifted - f32(index - i32(whole)), inside);
}

@compute @workgroup_size(16, 8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) thread: vec3<u32>) {
  let column = group.x * 16u + thread.x;
  let line = group.y * 8u + thread.y;
  if (column >= params.columns || line >= params.lines) { return; }
  let x = f32(column) - 0.5 * f32(params.columns - 1u);
  let y = f32(line) - 0.5 * f32(params.lines - 1u);
  let first = group.z * 4u;
  var sum = vec4<f32>();
  for (var v = params.first_view; v < params.end_view; v++) {
    let view = views[v];
    let distance = view.distance.x + view.distance.y * x + view.distance.z * y;
    let inverse = 1.0 / distance;
    let bin = place_of((view.bin.x + view.bin.y * x + view.bin.z * y) * inverse, params.bins);
    if (!(distance > 0.0 && bin.inside)) { continue; } // behind the source, beside the detector
    let weight = inverse * inverse;
    let a = (1.0 - bin.fraction) * weight;
    let b = bin.fraction * weight;
    let from_view = (v - params.group_view) * size_filtered() + u32(bin.index);
    let beside = select(0u, 1u, params.bins > 1u);
    for (var l = 0u; l < 4u; l++) {
      let z = f32(first + l) + params.offset;
      let row = place_of(view.row.x + (view.row.y + view.row.z * z) * inverse, params.detector_rows);
      if (!row.inside) { continue; }
      let here = from_view + u32(row.index) * params.bins;
      let next = here + select(0u, params.bins, params.detector_rows > 1u);
      let low = a * filtered[here] + b * filtered[here + beside];
      let high = a * filtered[next] + b * filtered[next + beside];
      sum[l] += low + row.fraction * (high - low);
    }
  }
  for (var l = 0u; l < 4u; l++) {
    if (first + l < params.slices) { image[(first + l) * size_image() + line * params.columns + column] += sum[l]; }
  }
}
