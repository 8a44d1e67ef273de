/** Bytes of a ray in the table that kernels make of a view (plan-simd.as.ts). */
export const RAY_BYTES = 48;
/** Rays that are looked at together in a slab of one slice; the table has room for as many more. */
export const TOGETHER = 4;
