import { add, apply, build, combine, identity, times, transpose, type Matrix, type Vector } from './dense.js';
import { differenceMatrix, everySlice, referenceCg } from './reference-solvers.js';

/**
 * Total variation by ADMM in dense float64, from the equations: explicit difference matrices, all split variables kept. Volumes are
 * [slices, rows, columns] in C order; complex ones in the real form of dense.ts, every slice [re; im].
 */
export interface TvProblem {
  readonly shape: readonly [number, number, number];
  /** System matrix of one slice. */
  readonly A: Matrix;
  /** Data of all slices. */
  readonly y: Vector;
  readonly axes: '3d' | 'xy' | 'z';
  readonly zWeight: number;
  readonly lambda: number;
  readonly rho: number;
  readonly innerIterations: number;
  readonly low: number;
  readonly high: number;
  /** The image is complex, and A and y are in the real form. */
  readonly complex?: boolean;
}

/** In-plane forward differences along columns (dx) or rows (dy), 0 at the end. */
function planeDifference([slices, rows, columns]: TvProblem['shape'], along: 'x' | 'y'): Matrix {
  const n = slices * rows * columns;
  const step = along === 'x' ? 1 : columns;
  return build(n, n, (i, j) => {
    const last = along === 'x' ? i % columns === columns - 1 : Math.floor(i / columns) % rows === rows - 1;
    return last ? 0 : Number(j === i + step) - Number(j === i);
  });
}

export function tvComponents({ shape: [slices, rows, columns], axes, zWeight, complex }: TvProblem): Matrix[] {
  const parts = complex ? 2 : 1;
  const planes = [slices * parts, rows, columns] as const;
  const plane = axes === 'z' ? [] : [planeDifference(planes, 'x'), planeDifference(planes, 'y')];
  const z = axes === 'xy' ? [] : [combine([zWeight, differenceMatrix(slices, parts * rows * columns)])];
  return [...plane, ...z];
}

/** Length of the gradient at every value; real and imaginary part of a pixel share theirs. */
export function tvNorm({ shape: [, rows, columns], complex }: TvProblem, components: readonly Vector[]): Vector {
  const n = rows * columns;
  const partner = (i: number): number => (i % (2 * n) < n ? i + n : i - n);
  return components[0].map((_, i) => Math.hypot(...components.flatMap((c) => (complex ? [c[i], c[partner(i)]] : [c[i]]))));
}

/** ½‖Ax − y‖² + λ TV(x) */
export function tvObjective(p: TvProblem, x: ArrayLike<number>): number {
  const misfit = add([1, apply(everySlice(p.A, p.shape[0]), x)], [-1, p.y]);
  const variation = tvNorm(
    p,
    tvComponents(p).map((D) => apply(D, x)),
  );
  const sum = variation.reduce((s, v) => s + v, 0) / (p.complex ? 2 : 1);
  return 0.5 * misfit.reduce((s, v) => s + v * v, 0) + p.lambda * sum;
}

/** Yields x after every outer iteration. Starts at 0. */
export function* referenceTv(p: TvProblem): Generator<Vector> {
  const { shape, rho, lambda, innerIterations, low, high } = p;
  const n = shape[0] * shape[1] * shape[2] * (p.complex ? 2 : 1);
  const A = everySlice(p.A, shape[0]);
  const D = tvComponents(p);
  const Dt = D.map(transpose);
  const bounded = Number.isFinite(low) || Number.isFinite(high);
  const gram = combine([1, times(transpose(A), A)], ...D.map((d, k) => [rho, times(Dt[k], d)] as const));
  const H = bounded ? combine([1, gram], [rho, identity(n)]) : gram;
  const back = apply(transpose(A), p.y);
  const zero = () => new Float64Array(n);
  let x: Vector = zero();
  let z: Vector[] = D.map(zero);
  let u: Vector[] = D.map(zero);
  let v: Vector = zero();
  let t: Vector = zero();
  for (;;) {
    let b = add([1, back], ...D.map((_, k) => [rho, apply(Dt[k], add([1, z[k]], [-1, u[k]]))] as const));
    if (bounded) b = add([1, b], [rho, v], [-rho, t]);
    x = referenceCg(H, b, x, innerIterations);
    const moved = D.map((d, k) => add([1, apply(d, x)], [1, u[k]]));
    const length = tvNorm(p, moved);
    z = moved.map((m) => m.map((value, i) => (length[i] > lambda / rho ? value * (1 - lambda / rho / length[i]) : 0)));
    u = moved.map((m, k) => add([1, m], [-1, z[k]]));
    const shifted = add([1, x], [1, t]);
    v = shifted.map((value) => Math.min(Math.max(value, low), high));
    t = add([1, shifted], [-1, v]);
    yield x;
  }
}
