// AssemblyScript. Shared inline helpers of the CPU kernels; compiled twice, with and without relaxed SIMD.

/** a·b + c; one rounding in the relaxed build, two otherwise (the manifest names the build). */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** acc[p] += w · v for one vector of four lanes. */
// @ts-ignore: decorator
@inline
export function accumulate(p: usize, w: v128, v: v128): void {
  v128.store(p, madd(w, v, v128.load(p)));
}
