// Where elements of a line come from and go to, before and after its transform. Element i of a transform of length n lies at position (i +
// centre) mod n of the line in memory; positions that memory does not have are 0 and are not kept.

// Constants, from useCode: inverse (parts are swapped at both ends), encodes (the map is multiplied at the beginning), decodes (its
// conjugate at the end, summed over images), adds (the result is added to `old`), masks (when the mask is applied: 0 never, 1 before F, 2
// after, 3 between F and then F⁻¹), weights (it is float32, not bits).

var<private> slice: u32;
var<private> image: u32;
var<private> row: u32; // which line of the image
var<private> present: bool;

fn product(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> { return vec2<f32>(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x); }
fn product_conjugate(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> { return vec2<f32>(a.x * b.x + a.y * b.y, a.x * b.y - a.y * b.x); }

fn place(i: u32) -> u32 {
  let p = i + params.centre;
  return select(p, p - params.n, p >= params.n);
}

fn index(p: u32, first: u32, steps: vec4<u32>) -> u32 { return first + image * steps.x + row * steps.y + p * steps.z; }

// No branches but around stores (&& and || branch as well): this code is repeated for every register, and compilers take long for branches
// in a row, one of them exponentially.

fn weight(p: u32) -> f32 {
  let i = (params.first + slice) * params.mask_steps.x + row * params.mask_steps.y + p * params.mask_steps.z;
  let there = present & (p < params.n);
  let word = mask[select(0u, select(i >> 5u, i, weights), there)];
  return select(f32((word >> (i & 31u)) & 1u), bitcast<f32>(word), weights);
}

fn masked(i: u32, z: vec2<f32>) -> vec2<f32> { return z * weight(place(i)); }

fn swapped(z: vec2<f32>, swap: bool) -> vec2<f32> { return select(z, z.yx, swap); }

fn fetch(i: u32) -> vec2<f32> {
  let p = place(i);
  let there = present & (i < params.n) & (p < params.x_steps.w);
  var z = load_x(select(0u, index(p, at_x(slice) + params.x_start, params.x_steps), there));
  if (encodes) { z = product(load_map(select(0u, index(p, at_map(slice) + params.map_start, params.map_steps), there)), z); }
  if (masks == 1u) { z *= weight(p); }
  return select(vec2<f32>(), swapped(z, inverse), there);
}

/** conj(map) z */
fn weighed(i: u32, z: vec2<f32>) -> vec2<f32> {
  let p = place(i);
  let there = present & (i < params.n) & (p < params.out_steps.w);
  let s = load_map(select(0u, index(p, at_map(slice) + params.map_start, params.map_steps), there));
  return select(vec2<f32>(), product_conjugate(s, swapped(z, inverse | (masks == 3u))), there);
}

fn keep(i: u32, z: vec2<f32>) {
  let p = place(i);
  if (present & (i < params.n) & (p < params.out_steps.w)) {
    let at = index(p, at_out(slice) + params.out_start, params.out_steps);
    var result = params.scale * swapped(z, !decodes & (inverse | (masks == 3u)));
    if (adds) { result += load_old(at); }
    store_out(at, result);
  }
}
