import type { Backend, Field, NoiseKey } from '../../compute/backend.js';
import { sizeOf, space, type Space } from '../../core/space.js';
import { gaussianPrior } from '../../models/analytic/gaussian.js';
import type { Prior } from '../../models/prior.js';
import { matrixOperator, type DenseMatrix } from '../../operators/algebra/matrix.js';
import type { LinearOperator } from '../../operators/operator.js';
import type { Problem, Solver, StepEvent } from '../../src/solvers/solver.js';
import { inlineBackend, testNumbers } from './backends.js';
import { apply, build, diagonal, eigen, embed, split, times, transpose, withSingularValues, type Matrix, type Vector } from './dense.js';

/**
 * A small problem with a Gaussian prior, once on a backend and once as dense float64 matrices in the real form of dense.ts (complex
 * numbers as [re; im]): x₀ ~ N(μ, C) for every slice, y_k = A x_k.
 */
export interface GaussianProblem {
  readonly backend: Backend;
  readonly domain: Space;
  readonly operator: LinearOperator;
  readonly prior: Prior;
  readonly problem: Problem;
  readonly slices: number;
  readonly complex: boolean;
  /** Real size of a slice. */
  readonly size: number;
  readonly A: Matrix;
  readonly C: Matrix;
  readonly mean: Vector;
  /** Data of every slice. */
  readonly y: readonly Vector[];
}

export interface GaussianProblemOptions {
  readonly slices?: number;
  readonly rows?: number;
  readonly columns?: number;
  readonly complex?: boolean;
  /** 'mask': every third pixel; 'general': 6 rows, singular values 1 … 0.15. */
  readonly measured?: 'mask' | 'general';
  readonly seed?: number;
  /** Data of all slices are those of slice 0. */
  readonly sameData?: boolean;
  /** A fresh one on the CPU without it. */
  readonly backend?: Backend;
}

export async function gaussianProblem(options: GaussianProblemOptions = {}): Promise<GaussianProblem> {
  const {
    slices = 3,
    rows = 4,
    columns = 4,
    complex = false,
    measured = 'general',
    seed = 1,
    sameData = false,
    backend = inlineBackend(),
  } = options;
  const n = rows * columns;
  const dtype = complex ? 'complex64' : 'float32';
  const domain = space(['slice', 'y', 'x'], [slices, rows, columns], dtype);
  const next = testNumbers(seed);

  // prior: C = .25² exp(−|i − j|/3), or a complex circulant (eigenvectors: the DFT), mean about .3
  const meanRe = Float64Array.from({ length: n }, (_, i) => Math.fround(0.3 + 0.1 * Math.sin(i)));
  let basis: DenseMatrix;
  let eigenvalues: Vector;
  let C: Matrix;
  let mean: Vector;
  if (complex) {
    eigenvalues = Float64Array.from({ length: n }, (_, k) => 0.3 * Math.exp(-k / 3) + 0.002);
    const re = build(n, n, (i, j) => Math.cos((2 * Math.PI * i * j) / n) / Math.sqrt(n));
    const im = build(n, n, (i, j) => Math.sin((2 * Math.PI * i * j) / n) / Math.sqrt(n));
    basis = { rows: n, columns: n, real: flat(re), imaginary: flat(im) };
    const U = embed(re, im);
    C = times(times(U, diagonal([...eigenvalues, ...eigenvalues])), transpose(U));
    mean = Float64Array.from([...meanRe, ...meanRe.map((v) => 0.2 - v / 2)]);
  } else {
    C = build(n, n, (i, j) => 0.0625 * Math.exp(-Math.abs(i - j) / 3));
    const { values, vectors } = eigen(C);
    eigenvalues = values;
    basis = { rows: n, columns: n, real: flat(vectors) };
    mean = meanRe;
  }
  const coefficients = space(['slice', 'mode'], [slices, n], dtype);
  const prior = await gaussianPrior(matrixOperator(basis, coefficients, backend, domain), eigenvalues, interleaved(mean, complex));

  const [real, imaginary] = systemMatrix(measured, n, complex, next).map((m) => m?.map((row) => row.map(Math.fround))) as [Matrix, Matrix?];
  const operator = matrixOperator(
    { rows: real.length, columns: n, real: flat(real), imaginary: imaginary && flat(imaginary) },
    domain,
    backend,
  );
  // what the solver works with are float32 numbers; so are the oracle's
  const A = complex ? embed(real, imaginary ?? build(real.length, n, () => 0)) : real;

  const y: Vector[] = [];
  for (let k = 0; k < slices; k++) {
    const truth = mean.map((m) => m + 0.3 * next());
    y.push(sameData && k > 0 ? y[0] : apply(A, truth).map(Math.fround));
  }
  const yField = backend.field(operator.range);
  await backend.write(yField, joined(y, complex));
  const problem: Problem = { backend, operator, y: yField, prior, seed: 7 };
  const size = complex ? 2 * n : n;
  return { backend, domain, operator, prior, problem, slices, complex, size, A, C, mean, y };
}

function systemMatrix(measured: 'mask' | 'general', n: number, complex: boolean, next: () => number): [Matrix, Matrix?] {
  if (measured === 'mask') return [build(Math.ceil(n / 3), n, (i, j) => Number(j === 3 * i))];
  if (!complex) return [withSingularValues([1, 0.8, 0.6, 0.45, 0.3, 0.15], n, next)];
  return [build(6, n, () => 0.25 * next()), build(6, n, () => 0.25 * next())];
}

const flat = (m: Matrix): Float64Array => Float64Array.from(m.flatMap((row) => [...row]));

/** Vectors of every slice in the real form → what a field is written with. */
export function joined(slices: readonly ArrayLike<number>[], complex: boolean): Float32Array {
  return Float32Array.from(slices.flatMap((s) => [...interleaved(s, complex)]));
}

function interleaved(x: ArrayLike<number>, complex: boolean): Float32Array {
  if (!complex) return Float32Array.from(x);
  const half = x.length / 2;
  return Float32Array.from({ length: x.length }, (_, i) => x[(i >> 1) + (i & 1) * half]);
}

/** What a field was read as → vectors of every slice in the real form. */
export function perSlice(data: ArrayLike<number>, slices: number, complex: boolean): Vector[] {
  const size = data.length / slices;
  return Array.from({ length: slices }, (_, k) => {
    const slice = Float64Array.from({ length: size }, (_, i) => data[k * size + i]);
    return complex ? split(slice) : slice;
  });
}

/** The same noise the solver draws, read back. */
export async function drawNoise({ backend, domain, slices, complex }: GaussianProblem, key: NoiseKey): Promise<Vector[]> {
  const field = backend.field(domain);
  backend.noise(field, key);
  const data = await backend.read(field);
  field.dispose();
  return perSlice(data, slices, complex);
}

/** The backend with a noise generator that returns zeros: a run of an affine method is then its own mean, with no Monte Carlo. */
export function withoutNoise(backend: Backend): Backend {
  return new Proxy(backend, {
    get(target, name) {
      if (name === 'noise') return (out: Field) => target.fill(out, 0);
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Runs a solver to its end and returns every estimate. */
export async function estimates<O>(solver: Solver<O>, problem: Problem, options: Partial<O>): Promise<Float32Array[]> {
  const all: Float32Array[] = [];
  for await (const event of solver.run(problem, solver.options(options))) all.push(await event.estimate());
  return all;
}

/** The last estimate only. */
export async function result<O>(solver: Solver<O>, problem: Problem, options: Partial<O>): Promise<Float32Array> {
  let last = new Float32Array();
  for await (const event of solver.run(problem, solver.options(options))) {
    if (event.step === event.steps) last = (await event.estimate()) as Float32Array<ArrayBuffer>;
  }
  return last;
}

/** Every step's event with its estimate and state read. */
export async function record<O>(
  solver: Solver<O>,
  problem: Problem,
  options: Partial<O>,
): Promise<{ event: StepEvent; estimate: Float32Array; state: Awaited<ReturnType<StepEvent['state']>> }[]> {
  const all = [];
  for await (const event of solver.run(problem, solver.options(options))) {
    all.push({ event, estimate: await event.estimate(), state: await event.state() });
  }
  return all;
}

/** Random data of a space, as a field. */
export async function randomField(backend: Backend, s: Space, seed: number): Promise<Field> {
  const field = backend.field(s);
  const next = testNumbers(seed);
  await backend.write(field, Float32Array.from({ length: sizeOf(s) * (s.dtype === 'complex64' ? 2 : 1) }, next));
  return field;
}
