// One stage of an FFT of lines that are too long for workgroup memory, by definition: an element a thread, from device memory to device
// memory. Stages as in line-code.ts.

/** The first stage takes elements of x, the last one keeps them. */
override begins: bool = false;
override ends: bool = false;
/** Between F and F⁻¹: elements are taken through the mask, with their parts swapped. */
override turns: bool = false;
/** Lines lie side by side. */
override columns: bool = false;

fn cell(i: u32) -> u32 { return select(row * params.n + i, i * params.lines + row, columns); }

fn take(i: u32) -> vec2<f32> {
  if (begins) { return fetch(i); }
  let z = load_before(at_before(slice) + cell(i));
  if (turns) { return masked(i, z).yx; }
  return z;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let e = group_of(group) * 64u + thread;
  if (e >= params.n * params.lines) { return; }
  slice = group.z;
  present = true;
  row = select(e / params.n, e % params.lines, columns);
  let o = select(e % params.n, e / params.lines, columns);
  let count = params.n / params.radix;
  let q = o % params.stride;
  let pk = o / params.stride;
  let k = pk % params.radix;
  let at = (pk / params.radix) * params.stride;
  var w = k * at; // below n
  var sum = vec2<f32>();
  for (var j = 0u; j < params.radix; j++) {
    sum += product(take(at + q + j * count), roots[w]);
    w += k * count;
    if (w >= params.n) { w -= params.n; }
  }
  if (!ends) {
    store_after(at_after(slice) + cell(o), sum);
    return;
  }
  if (masks == 2u) { sum = masked(o, sum); }
  if (decodes) { sum = weighed(o, sum); }
  keep(o, sum);
}
