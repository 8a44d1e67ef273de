import { add, apply, build, combine, dot, identity, inverse, norm, times, transpose, type Matrix, type Vector } from './dense.js';
import type { GaussianProblem } from './gaussian-problem.js';

/**
 * DDS and DiffusionMBIR of METHODS §1-3 in dense float64, written from the equations and sharing nothing with the solvers: explicit
 * matrices, z and u kept apart, complex numbers in the real form of dense.ts. A volume is the concatenation of its slices.
 */
export interface SweepSettings {
  readonly mode: '2d' | '3d';
  readonly rho: number;
  readonly lambda: number;
  readonly innerIterations: number;
  readonly periodic?: boolean;
  /** Forget z and u before every sweep: wrong on purpose. */
  readonly forgetful?: boolean;
  /** What a chessboard of error counts, of the metric of smooth errors; 3D. */
  readonly detail?: number;
}

export const concat = (slices: readonly ArrayLike<number>[]): Vector => Float64Array.from(slices.flatMap((s) => Array.from(s)));
export const slicesOf = (x: Vector, count: number): Vector[] =>
  Array.from({ length: count }, (_, k) => x.slice((k * x.length) / count, ((k + 1) * x.length) / count));

/** Block diagonal: the same matrix on every slice. */
export function everySlice(m: Matrix, slices: number): Matrix {
  const [rows, columns] = [m.length, m[0].length];
  return build(rows * slices, columns * slices, (i, j) =>
    Math.floor(i / rows) === Math.floor(j / columns) ? m[i % rows][j % columns] : 0,
  );
}

/** D_z as a matrix on volumes of slices of `size`. */
export function differenceMatrix(slices: number, size: number, periodic = false): Matrix {
  return build(slices * size, slices * size, (i, j) => {
    const k = Math.floor(i / size);
    if (k === slices - 1 && !periodic) return 0;
    const next = ((k + 1) % slices) * size + (i % size);
    return Number(j === next) - Number(j === i);
  });
}

/** Soft threshold; of the modulus for complex volumes, whose slices are [re; im]. */
export function softThreshold(x: Vector, threshold: number, complex: boolean, slices: number): Vector {
  const size = x.length / slices;
  return x.map((v, i) => {
    const half = size / 2;
    const partner = complex ? x[i % size < half ? i + half : i - half] : 0;
    const modulus = Math.hypot(v, partner);
    return modulus > threshold ? v * (1 - threshold / modulus) : 0;
  });
}

/** M conjugate-gradient iterations in float64. */
export function referenceCg(H: Matrix, b: Vector, start: Vector, iterations: number): Vector {
  let x = start;
  let r = add([1, b], [-1, apply(H, x)]);
  let p = r;
  for (let k = 0; k < iterations && norm(r) > 1e-12 * norm(b); k++) {
    const hp = apply(H, p);
    const a = dot(r, r) / dot(p, hp);
    x = add([1, x], [a, p]);
    const rNext = add([1, r], [-a, hp]);
    p = add([1, rNext], [dot(rNext, rNext) / dot(r, r), p]);
    r = rNext;
  }
  return x;
}

/** (1 − k ∇ᵀ∇)/√(1 − 8k + 20k²) on a slice, k = (1 − t)/8, ∇ differences between neighbours in the slice. */
function detailMatrix({ domain, size, complex }: GaussianProblem, t: number): Matrix {
  const [, rows, columns] = domain.shape;
  const k = (1 - t) / 8;
  const pixels = complex ? size / 2 : size;
  const laplacian = build(size, size, (i, j) => {
    if (Math.floor(i / pixels) !== Math.floor(j / pixels)) return 0;
    const at = (n: number): [number, number] => [Math.floor((n % pixels) / columns), n % columns];
    const [[y, x], [v, u]] = [at(i), at(j)];
    if (i === j) return Number(y > 0) + Number(y < rows - 1) + Number(x > 0) + Number(x < columns - 1);
    return Math.abs(y - v) + Math.abs(x - u) === 1 ? -1 : 0;
  });
  return combine([1 / Math.sqrt(1 - 8 * k + 20 * k * k), combine([1, identity(size)], [-k, laplacian])]);
}

/** One ADMM sweep (3D) or CG solve per slice (2D); z and u live in it. */
export class ReferenceConsistency {
  z: Vector;
  u: Vector;
  readonly #gram: Matrix;
  readonly #back: Vector;
  readonly #D: Matrix;

  constructor(
    readonly p: GaussianProblem,
    readonly settings: SweepSettings,
  ) {
    const { slices, size, A, y } = p;
    this.#gram = everySlice(times(transpose(A), A), slices);
    this.#back = concat(y.map((v) => apply(transpose(A), v)));
    this.#D = differenceMatrix(slices, size, settings.periodic);
    this.z = new Float64Array(slices * size);
    this.u = new Float64Array(slices * size);
  }

  sweep(d: Vector, pull = 0): Vector {
    const { slices, complex } = this.p;
    const { mode, rho, lambda, innerIterations, forgetful, detail = 1 } = this.settings;
    const eye = identity(d.length);
    if (mode === '2d') {
      if (detail < 1) throw new Error('not in this reference');
      const H = combine([1, this.#gram], [pull, eye]);
      const b = slicesOf(add([1, this.#back], [pull, d]), slices);
      const [n, starts] = [d.length / slices, slicesOf(d, slices)];
      const block = build(n, n, (i, j) => H[i][j]);
      return concat(starts.map((x, k) => referenceCg(block, b[k], x, innerIterations)));
    }
    if (forgetful) [this.z, this.u] = [this.z.map(() => 0), this.u.map(() => 0)];
    const Dt = transpose(this.#D);
    const normal = combine([1, this.#gram], [rho, times(Dt, this.#D)]);
    const target = add([1, this.#back], [rho, apply(Dt, add([1, this.z], [-1, this.u]))]);
    let x: Vector;
    if (detail < 1) {
      const K = everySlice(detailMatrix(this.p, detail), slices);
      const r = apply(K, add([1, target], [-1, apply(normal, d)])); // K is symmetric
      const H = combine([1, times(K, times(normal, K))], [pull, eye]);
      x = add([1, d], [1, apply(K, referenceCg(H, r, new Float64Array(d.length), innerIterations))]);
    } else x = referenceCg(combine([1, normal], [pull, eye]), add([1, target], [pull, d]), d, innerIterations);
    if (rho > 0) {
      const dx = apply(this.#D, x);
      this.z = softThreshold(add([1, dx], [1, this.u]), lambda / rho, complex, slices);
      this.u = add([1, this.u], [1, dx], [-1, this.z]);
    }
    return x;
  }
}

/** D(x; σ) = μ + C(C + σ²)⁻¹(x − μ) on every slice. */
export function referenceDenoiser({ C, mean, slices }: GaussianProblem): (x: Vector, sigma: number) => Vector {
  return (x, sigma) => {
    const K = times(C, inverse(combine([1, C], [sigma ** 2, identity(C.length)])));
    return concat(slicesOf(x, slices).map((v) => add([1, mean], [1, apply(K, add([1, v], [-1, mean]))])));
  };
}

export type Draw = (step: number, stream: number) => Promise<Vector>;

/** (1 − r) q, r = √(1 − η²) σ'/σ, q = min(½, h/(2 h_before)), h = ln σ/σ'; ½ where levels repeat; 0 without an image before, or after. */
export function secondOrder(sigma: readonly number[], i: number, eta: number): number {
  if (i === 0 || sigma[i + 1] === 0) return 0;
  const [before, now] = [Math.log(sigma[i - 1] / sigma[i]), Math.log(sigma[i] / sigma[i + 1])];
  const q = before === 0 ? 0.5 : Math.min(0.5, now / before / 2);
  return q * (1 - (Math.sqrt(1 - eta ** 2) * sigma[i + 1]) / sigma[i]);
}

/** DDS of METHODS §3, of second order by METHODS-2 §2: yields x̂ and the next x. */
export async function* referenceDds(
  p: GaussianProblem,
  options: SweepSettings & {
    sigma: readonly number[];
    eta: number;
    pull?: (sigma: number) => number;
    order?: number;
    temperature?: number;
    denoise?: (x: Vector, sigma: number) => Vector;
    /** The first image holds no noise: the first move draws all of it. */
    noiseless?: boolean;
  },
  draw: Draw,
  start: Vector,
): AsyncGenerator<{ clean: Vector; x: Vector; z: Vector; u: Vector }> {
  const { sigma, pull = () => 0, order = 1, temperature = 1, denoise = referenceDenoiser(p), noiseless = false } = options;
  const consistency = new ReferenceConsistency(p, options);
  let x = start;
  let before = start;
  for (let i = 0; i + 1 < sigma.length; i++) {
    const eta = noiseless && i === 0 ? 1 : options.eta;
    const d = denoise(x, sigma[i]);
    const noise = add([1 / sigma[i], x], [-1 / sigma[i], d]);
    const clean = consistency.sweep(d, pull(sigma[i]));
    const fresh = await draw(i, 3);
    const to = sigma[i + 1];
    const ahead = order === 2 ? secondOrder(sigma, i, eta) : 0;
    x = add([1 + ahead, clean], [-ahead, before], [to * Math.sqrt(1 - eta ** 2), noise], [to * eta * temperature, fresh]);
    before = clean;
    yield { clean, x, z: consistency.z, u: consistency.u };
  }
}

/** DiffusionMBIR of METHODS §2, one correction per level: yields x after each step. */
export async function* referenceMbir(
  p: GaussianProblem,
  options: SweepSettings & {
    sigma: readonly number[];
    step: 'published' | 'expected';
    /** σ_y, for γ by the noise; 0: the data alone. */
    noise?: number;
    finalDenoise: boolean;
    finalCorrection: boolean;
  },
  draw: Draw,
  start: Vector,
): AsyncGenerator<Vector> {
  const { sigma, step, noise = 0 } = options;
  const { slices, A, y } = p;
  const denoise = referenceDenoiser(p);
  const consistency = new ReferenceConsistency(p, options);
  const score = (x: Vector, s: number): Vector => add([1 / s ** 2, denoise(x, s)], [-1 / s ** 2, x]);
  let x = start;
  for (let i = 0; i + 1 < sigma.length; i++) {
    const variance = sigma[i] ** 2 - sigma[i + 1] ** 2;
    x = add([1, x], [variance, score(x, sigma[i])], [Math.sqrt(variance), await draw(i, 1)]);
    const [s, n] = [slicesOf(score(x, sigma[i]), slices), slicesOf(await draw(i, 2), slices)];
    x = concat(
      slicesOf(x, slices).map((v, k) => {
        const e = step === 'expected' ? 0.0512 * sigma[i] ** 2 : 2 * ((0.16 * norm(n[k])) / norm(s[k])) ** 2;
        return add([1, v], [e, s[k]], [Math.sqrt(2 * e), n[k]]);
      }),
    );
    x = consistency.sweep(x, noise ** 2 / (variance + 0.0512 * sigma[i] ** 2));
    if (i + 2 === sigma.length) {
      if (options.finalDenoise) x = consistency.sweep(denoise(x, sigma[i]), noise ** 2 / sigma[i] ** 2);
      if (options.finalCorrection) {
        const At = transpose(A);
        const weight = apply(times(At, A), new Float64Array(A[0].length).fill(1));
        x = concat(
          slicesOf(x, slices).map((v, k) => {
            const update = apply(At, add([1, y[k]], [-1, apply(A, v)]));
            return v.map((a, j) => a + (weight[j] === 0 ? 0 : update[j] / weight[j]));
          }),
        );
      }
    }
    yield x;
  }
}
