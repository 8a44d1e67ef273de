// AssemblyScript. Pointwise kernels of the phase metric on one slab: a plane of real parts, then one of imaginary parts, in lanes.
import { madd } from '../../compute/cpu/simd.as';

/** out ← along Re(conj(g) x)² + i across Im(conj(g) x)²; `plane` floats separate real and imaginary planes. */
export function phasePower(x: usize, g: usize, along: f32, across: f32, out: usize, plane: usize): void {
  const im = plane << 2;
  const a = f32x4.splat(along);
  const c = f32x4.splat(across);
  for (let i: usize = 0; i < im; i += 16) {
    const xr = v128.load(x + i);
    const xi = v128.load(x + im + i);
    const gr = v128.load(g + i);
    const gi = v128.load(g + im + i);
    const p = f32x4.add(f32x4.mul(gr, xr), f32x4.mul(gi, xi));
    const q = f32x4.sub(f32x4.mul(gr, xi), f32x4.mul(gi, xr));
    v128.store(out + i, f32x4.mul(a, f32x4.mul(p, p)));
    v128.store(out + im + i, f32x4.mul(c, f32x4.mul(q, q)));
  }
}

// @ts-ignore: decorator
@inline
function squareUpTo1(k: usize): v128 {
  const v = f32x4.min(v128.load(k), f32x4.splat(1));
  return f32x4.mul(v, v);
}

/**
 * out ← (1 + whole a²) (base x + along g Re(conj(g) x) + (across + localAcross b²) i g Im(conj(g) x)), a and b the parts of k, at most 1;
 * `plane` floats separate real and imaginary planes.
 */
export function weighPhase(
  x: usize, g: usize, k: usize, base: f32, along: f32, across: f32, whole: f32, localAcross: f32, out: usize, plane: usize,
): void {
  const im = plane << 2;
  const b = f32x4.splat(base);
  const a = f32x4.splat(along);
  const c = f32x4.splat(across);
  const w = f32x4.splat(whole);
  const l = f32x4.splat(localAcross);
  for (let i: usize = 0; i < im; i += 16) {
    const xr = v128.load(x + i);
    const xi = v128.load(x + im + i);
    const gr = v128.load(g + i);
    const gi = v128.load(g + im + i);
    const v = madd(w, squareUpTo1(k + i), f32x4.splat(1));
    const p = f32x4.mul(a, f32x4.add(f32x4.mul(gr, xr), f32x4.mul(gi, xi)));
    const q = f32x4.mul(madd(l, squareUpTo1(k + im + i), c), f32x4.sub(f32x4.mul(gr, xi), f32x4.mul(gi, xr)));
    const re = f32x4.add(f32x4.mul(b, xr), f32x4.sub(f32x4.mul(p, gr), f32x4.mul(q, gi)));
    const imag = f32x4.add(f32x4.mul(b, xi), f32x4.add(f32x4.mul(p, gi), f32x4.mul(q, gr)));
    v128.store(out + i, f32x4.mul(v, re));
    v128.store(out + im + i, f32x4.mul(v, imag));
  }
}
