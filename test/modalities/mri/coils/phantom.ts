import { normals, philoxKey } from '../../../../core/philox.js';

/** Complex numbers interleaved, [slice, coil, ky, kx] or the like. */
export interface Scan {
  readonly kspace: Float32Array;
  readonly shape: readonly [slices: number, coils: number, ny: number, nx: number];
  /** Maps of unit sum of squares, with the phases of the formula, [coil, y, x]. */
  readonly maps: Float32Array;
  /** The object, [y, x]. */
  readonly image: Float32Array;
}

type Complex = readonly [re: number, im: number];
export const polar = (size: number, angle: number): Complex => [size * Math.cos(angle), size * Math.sin(angle)];

/** Position from −1 to 1 about the centre pixel. */
export const place = (i: number, n: number): number => ((i - Math.floor(n / 2)) / n) * 2;

/** The object of test/golden/scripts/coils.py. */
export const roundObject = (u: number, v: number): Complex =>
  polar(Math.sqrt(Math.max(0, 1 - (u / 0.8) ** 2 - (v / 0.7) ** 2)) * (1 + 0.5 * Math.sin(5 * u + 3 * v)), 0.8 * u - v);

/** Coil c of `coils` of test/golden/scripts/coils.py: a Gaussian beside the object with a phase ramp. */
export const gaussianCoil =
  (coils: number) =>
  (c: number, u: number, v: number): Complex => {
    const t = (2 * Math.PI * c) / coils;
    const distance = (u - 0.9 * Math.cos(t)) ** 2 + (v - 0.9 * Math.sin(t)) ** 2;
    return polar(Math.exp(-distance / 1.5), t + u * Math.cos(t));
  };

/** k-space of object × coil by plain sums, centred and orthonormal: nothing in common with the code under test. */
export function scan(
  [coils, ny, nx]: readonly [number, number, number],
  object: (u: number, v: number) => Complex,
  coil: (c: number, u: number, v: number) => Complex,
): Scan {
  const plane = 2 * ny * nx;
  const [kspace, maps, image] = [new Float32Array(coils * plane), new Float32Array(coils * plane), new Float32Array(plane)];
  for (let y = 0; y < ny; y++) {
    for (let x = 0; x < nx; x++) {
      const [u, v] = [place(y, ny), place(x, nx)];
      const values = Array.from({ length: coils }, (_, c) => coil(c, u, v));
      const size = Math.sqrt(values.reduce((sum, [re, im]) => sum + re * re + im * im, 0)) || 1;
      image.set(object(u, v), 2 * (y * nx + x));
      values.forEach(([re, im], c) => maps.set([re / size, im / size], 2 * ((c * ny + y) * nx + x)));
    }
  }
  for (let c = 0; c < coils; c++) {
    const product = new Float64Array(plane);
    for (let i = 0; i < ny * nx; i++) {
      const [u, v] = [place(Math.floor(i / nx), ny), place(i % nx, nx)];
      const [[a, b], [p, q]] = [coil(c, u, v), object(u, v)];
      product.set([a * p - b * q, a * q + b * p], 2 * i);
    }
    kspace.set(transform(product, ny, nx, -1), c * plane);
  }
  return { kspace, shape: [1, coils, ny, nx], maps, image };
}

/** Σ f exp(sign·2πi (k − ⌊N/2⌋)(r − ⌊N/2⌋)/N) over both axes, over √(ny·nx). */
export function transform(values: ArrayLike<number>, ny: number, nx: number, sign: 1 | -1): Float64Array {
  const alongX = along(Float64Array.from(values), ny, nx, nx, 1, sign);
  return along(alongX, nx, ny, 1, nx, sign);
}

function along(f: Float64Array, lines: number, n: number, lineStep: number, step: number, sign: number): Float64Array {
  const out = new Float64Array(f.length);
  const centre = Math.floor(n / 2);
  const wave = Array.from({ length: n }, (_, i) => polar(1, (sign * 2 * Math.PI * i) / n));
  for (let line = 0; line < lines; line++) {
    for (let k = 0; k < n; k++) {
      let [re, im] = [0, 0];
      for (let r = 0; r < n; r++) {
        const [c, s] = wave[((((k - centre) * (r - centre)) % n) + n) % n];
        const at = 2 * (line * lineStep + r * step);
        re += f[at] * c - f[at + 1] * s;
        im += f[at] * s + f[at + 1] * c;
      }
      out[2 * (line * lineStep + k * step)] = re / Math.sqrt(n);
      out[2 * (line * lineStep + k * step) + 1] = im / Math.sqrt(n);
    }
  }
  return out;
}

/** White noise of standard deviation `std` in every part. */
export function withNoise(values: Float32Array, std: number, seed: number): Float32Array {
  const noise = normals(values.length, philoxKey(seed), 0, 0, 77);
  return values.map((value, i) => value + std * noise[i]);
}

/**
 * ‖a·e^{iφ} − b‖ / ‖b‖ over the pixels wanted, each with the phase φ that fits it best: maps are only known up to one phase a pixel.
 * Maps [coil, pixel].
 */
export function differenceUpToPhase(a: ArrayLike<number>, b: ArrayLike<number>, coils: number, wanted: (pixel: number) => boolean): number {
  const pixels = b.length / (2 * coils);
  let [off, all] = [0, 0];
  for (let i = 0; i < pixels; i++) {
    if (!wanted(i)) continue;
    let [aa, bb, re, im] = [0, 0, 0, 0];
    for (let c = 0; c < coils; c++) {
      const at = 2 * (c * pixels + i);
      aa += a[at] ** 2 + a[at + 1] ** 2;
      bb += b[at] ** 2 + b[at + 1] ** 2;
      re += a[at] * b[at] + a[at + 1] * b[at + 1];
      im += a[at] * b[at + 1] - a[at + 1] * b[at];
    }
    off += Math.max(0, aa + bb - 2 * Math.hypot(re, im));
    all += bb;
  }
  return all === 0 ? Infinity : Math.sqrt(off / all);
}
