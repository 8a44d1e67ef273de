// sums[slice · groups + group] ← sum over 1024 elements of a slice, always the same ones in the same order: a thread adds 16 of them, then
// pairs are added in a tree. A sum is two floats, the second what the first lost to rounding (TwoSum; Knuth, TAOCP 2, 4.2.2).

var<workgroup> held: array<vec2<f32>, 64>;

fn add(s: vec2<f32>, v: f32) -> vec2<f32> {
  let t = s.x + v;
  let b = t - s.x;
  return vec2<f32>(t, s.y + ((s.x - (t - b)) + (v - b)));
}

/** held[0] ← the sum of all. */
fn reduce_tree(thread: u32) {
  for (var half = 32u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (thread < half) {
      let other = held[thread + half];
      let s = add(held[thread], other.x);
      held[thread] = vec2<f32>(s.x, s.y + other.y);
    }
  }
}

fn finish(group: vec3<u32>, thread: u32, s: vec2<f32>) {
  held[thread] = s;
  reduce_tree(thread);
  let g = group_of(group);
  if (thread == 0u && g < params.groups) { sums[(params.first + group.z) * params.groups + g] = held[0]; }
}

/** Σ x·y. */
@compute @workgroup_size(64)
fn dot_product(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let k = group.z;
  var s = vec2<f32>();
  for (var i = 0u; i < 16u; i++) {
    let e = group_of(group) * 1024u + i * 64u + thread;
    if (e < size_x()) { s = add(s, load_x(at_x(k) + e) * load_y(at_y(k) + e)); }
  }
  finish(group, thread, s);
}

/** Σ|x| of real fields. */
@compute @workgroup_size(64)
fn norm1(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let k = group.z;
  var s = vec2<f32>();
  for (var i = 0u; i < 16u; i++) {
    let e = group_of(group) * 1024u + i * 64u + thread;
    if (e < size_x()) { s = add(s, abs(load_x(at_x(k) + e))); }
  }
  finish(group, thread, s);
}

/** Σ|x| of complex fields; an element is two floats, and a workgroup still takes 1024 floats. */
@compute @workgroup_size(64)
fn norm1_complex(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let k = group.z;
  var s = vec2<f32>();
  for (var i = 0u; i < 8u; i++) {
    let e = group_of(group) * 1024u + 2u * (i * 64u + thread);
    if (e < size_x()) {
      let re = load_x(at_x(k) + e);
      let im = load_x(at_x(k) + e + 1u);
      s = add(s, sqrt(re * re + im * im));
    }
  }
  finish(group, thread, s);
}
