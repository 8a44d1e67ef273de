// AssemblyScript. Four coils of one slice as lanes, where the other lanes of the slice would be empty: fields of one slice have their
// numbers 16 bytes apart, in the first lane.

/** The maps of four coils side by side: coil k of `coils` lies k·stride bytes after the first; lanes beyond are 0. One plane. */
export function pack(maps: usize, stride: usize, coils: i32, to: usize, pixels: i32): void {
  for (let p: usize = 0, end = <usize>pixels << 4; p < end; p += 16) {
    v128.store(to + p, f32x4.splat(0));
    for (let k: i32 = 0; k < coils; k++) store<f32>(to + p + (<usize>k << 2), load<f32>(maps + p + <usize>k * stride));
  }
}

/** to ← map ⊙ x for four coils; the operations of `weigh` (fft.as.ts). */
export function weigh(xre: usize, xim: usize, mapRe: usize, mapIm: usize, yre: usize, yim: usize, pixels: i32): void {
  for (let p: usize = 0, end = <usize>pixels << 4; p < end; p += 16) {
    const xr = v128.load_splat<f32>(xre + p);
    const xi = v128.load_splat<f32>(xim + p);
    const sr = v128.load(mapRe + p);
    const si = v128.load(mapIm + p);
    v128.store(yre + p, f32x4.sub(f32x4.mul(xr, sr), f32x4.mul(xi, si)));
    v128.store(yim + p, f32x4.add(f32x4.mul(xr, si), f32x4.mul(xi, sr)));
  }
}

// @ts-ignore: decorator
@inline
function sum(add: i32, at: usize, v: v128, coils: i32): f32 {
  let s = f32x4.extract_lane(v, 0);
  if (add) s = load<f32>(at) + s;
  if (coils > 1) s += f32x4.extract_lane(v, 1);
  if (coils > 2) s += f32x4.extract_lane(v, 2);
  if (coils > 3) s += f32x4.extract_lane(v, 3);
  return s;
}

/**
 * x ← scale · (x + Σ conj(map) ⊙ y) over up to four coils, in their order, without the old x unless `add`: the sums of `collect`
 * (fft.as.ts) coil after coil.
 */
export function collect(
  yre: usize, yim: usize, mapRe: usize, mapIm: usize, xre: usize, xim: usize, add: i32, coils: i32, scale: f32, pixels: i32,
): void {
  for (let p: usize = 0, end = <usize>pixels << 4; p < end; p += 16) {
    const yr = v128.load(yre + p);
    const yi = v128.load(yim + p);
    const sr = v128.load(mapRe + p);
    const si = v128.load(mapIm + p);
    const xr = f32x4.add(f32x4.mul(sr, yr), f32x4.mul(si, yi));
    const xi = f32x4.sub(f32x4.mul(sr, yi), f32x4.mul(si, yr));
    store<f32>(xre + p, scale * sum(add, xre + p, xr, coils));
    store<f32>(xim + p, scale * sum(add, xim + p, xi, coils));
  }
}
