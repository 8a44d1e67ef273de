// FFTs of lines in workgroup memory, with what comes before and after them in registers (line-code.ts, line-ends.wgsl).

fn transform() {
  if (BLUESTEIN) {
    chirp_outer();
    there();
    spectrum_inner();
    back();
    swap_outer();
    chirp_outer();
  } else {
    there();
  }
}

/** From where `transform` ends to the outer places. */
fn transform_back() {
  if (BLUESTEIN) {
    transform();
  } else {
    back();
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  slice = group.z;
  if (COLUMNS) {
    t = thread / LINES;
    lane = thread % LINES;
  } else {
    t = thread % THREADS;
    lane = thread / THREADS;
  }
  let number = group_of(group) * LINES + lane;
  let images = select(1u, params.images, decodes);
  if (decodes) {
    row = number;
    present = number < params.lines;
  } else {
    row = number % params.lines;
    image = number / params.lines;
    present = image < params.images;
  }
  let outside = BLUESTEIN || masks == 3u;
  for (var i = 0u; i < images; i++) {
    if (decodes) { image = i; }
    fetch_outer();
    transform();
    if (masks >= 2u) {
      if (BLUESTEIN) { mask_outer(); } else { mask_inner(); }
    }
    if (masks == 3u) {
      if (BLUESTEIN) { swap_outer(); } else { swap_inner(); }
      transform_back();
    }
    if (decodes) {
      if (outside) { sum_outer(); } else { sum_inner(); }
    } else {
      if (outside) { keep_outer(); } else { keep_inner(); }
    }
  }
  if (decodes) {
    image = 0u;
    if (outside) { keep_sums_outer(); } else { keep_sums_inner(); }
  }
}
