// out ← Σ cᵢ fᵢ over the terms there are, added in their order. 1024 floats a workgroup.
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let k = group.z;
  let slice = params.first + k;
  let c0 = scalar_c0(slice);
  let c1 = scalar_c1(slice);
  let c2 = scalar_c2(slice);
  let c3 = scalar_c3(slice);
  let start = group_of(group) * 1024u + thread;
  for (var i = 0u; i < 4u; i++) {
    let e = start + i * 256u;
    if (e < size_out()) {
      var v = c0 * load_f0(at_f0(k) + e);
      if (params.terms > 1u) { v = fma(c1, load_f1(at_f1(k) + e), v); }
      if (params.terms > 2u) { v = fma(c2, load_f2(at_f2(k) + e), v); }
      if (params.terms > 3u) { v = fma(c3, load_f3(at_f3(k) + e), v); }
      store_out(at_out(k) + e, v);
    }
  }
}
