// Philox4x32-10 (Salmon et al., SC'11): four random words of a counter, the same as core/philox.ts gives.

/** High word of a·b, by 16-bit halves. */
fn multiply_high(a: u32, b: u32) -> u32 {
  let a0 = a & 0xffffu;
  let a1 = a >> 16u;
  let b0 = b & 0xffffu;
  let b1 = b >> 16u;
  let middle = a1 * b0 + ((a0 * b0) >> 16u); // below 2³²
  let other = a0 * b1 + (middle & 0xffffu);
  return a1 * b1 + (middle >> 16u) + (other >> 16u);
}

fn philox(counter: vec4<u32>, seed: vec2<u32>) -> vec4<u32> {
  var c = counter;
  var key = seed;
  for (var round = 0u; round < 10u; round++) {
    let high0 = multiply_high(c.x, 0xd2511f53u);
    let high1 = multiply_high(c.z, 0xcd9e8d57u);
    c = vec4<u32>(high1 ^ c.y ^ key.x, c.z * 0xcd9e8d57u, high0 ^ c.w ^ key.y, c.x * 0xd2511f53u);
    key += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}
