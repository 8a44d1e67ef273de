// y[slice, r] ← Σ_c M[r, c] x[slice, c] for eight slices and 64 rows a workgroup; tiles of M and of x pass through workgroup memory. A
// thread does two rows for four slices. Elements may be complex (params.parts 2): then so may M. Strides of M swapped give the transpose,
// and `sign` −1 its conjugate.

const ROWS = 64u;
const SLICES = 8u;
const DEPTH = 16u;

var<workgroup> re: array<f32, 1024>; // [depth][row]
var<workgroup> im: array<f32, 1024>;
var<workgroup> held: array<vec2<f32>, 128>; // [depth][slice]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let first_row = group_of(group) * ROWS;
  let first_slice = group.z * SLICES;
  let parts = params.parts;
  let row = (thread % 32u) * 2u;
  let slice = (thread / 32u) * 4u;
  var a: array<vec2<f32>, 4>;
  var b: array<vec2<f32>, 4>;
  for (var start = 0u; start < params.columns; start += DEPTH) {
    workgroupBarrier();
    for (var i = thread; i < ROWS * DEPTH; i += 64u) {
      // neighbouring threads read neighbours of M, whichever way it lies
      let along_columns = params.column_stride == 1u;
      let r = select(i % ROWS, i / DEPTH, along_columns);
      let c = select(i / ROWS, i % DEPTH, along_columns);
      let inside = first_row + r < params.rows && start + c < params.columns;
      let at = (first_row + r) * params.row_stride + (start + c) * params.column_stride;
      re[c * ROWS + r] = select(0.0, real[select(0u, at, inside)], inside);
      if (params.sign != 0.0) { im[c * ROWS + r] = select(0.0, params.sign * imaginary[select(0u, at, inside)], inside); }
    }
    for (var i = thread; i < SLICES * DEPTH; i += 64u) {
      let k = first_slice + i / DEPTH;
      let c = start + i % DEPTH;
      var value = vec2<f32>();
      if (k < params.count && c < params.columns) {
        let at = at_x(k) + c * parts;
        value = vec2<f32>(x[at], select(0.0, x[at + parts - 1u], parts == 2u));
      }
      held[(i % DEPTH) * SLICES + i / DEPTH] = value;
    }
    workgroupBarrier();
    for (var c = 0u; c < DEPTH; c++) {
      let m0 = re[c * ROWS + row];
      let m1 = re[c * ROWS + row + 1u];
      for (var l = 0u; l < 4u; l++) {
        let v = held[c * SLICES + slice + l];
        a[l] += m0 * v;
        b[l] += m1 * v;
      }
      if (params.sign != 0.0) {
        let n0 = im[c * ROWS + row];
        let n1 = im[c * ROWS + row + 1u];
        for (var l = 0u; l < 4u; l++) {
          let v = held[c * SLICES + slice + l];
          a[l] += n0 * vec2<f32>(-v.y, v.x);
          b[l] += n1 * vec2<f32>(-v.y, v.x);
        }
      }
    }
  }
  for (var l = 0u; l < 4u; l++) {
    let k = first_slice + slice + l;
    if (k >= params.count) { continue; }
    store(k, first_row + row, a[l]);
    store(k, first_row + row + 1u, b[l]);
  }
}

fn store(k: u32, r: u32, value: vec2<f32>) {
  if (r >= params.rows) { return; }
  let at = at_y(k) + r * params.parts;
  y[at] = value.x;
  if (params.parts == 2u) { y[at + 1u] = value.y; }
}
