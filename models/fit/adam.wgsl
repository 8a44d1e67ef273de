// One step of Adam (adam.as.ts has the formula), a thread a number; 256 a workgroup, 32768 workgroups a row.
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let i = (group.y * 32768u + group.x) * 256u + thread;
  if (i >= params.length) { return; }
  let g = gradient[i];
  let m = params.first_decay * mean[i] + (1.0 - params.first_decay) * g;
  let v = params.second_decay * square[i] + (1.0 - params.second_decay) * g * g;
  mean[i] = m;
  square[i] = v;
  x[i] -= params.rate * m / (params.correction * sqrt(v) + params.epsilon);
}
