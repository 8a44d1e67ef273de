import type { Space } from '../core/space.js';
import type { HostStep } from './host.js';

/** A vector that lives on a backend. Storage is opaque; `Backend.read`/`write` use C order, complex interleaved. */
export interface Field {
  readonly space: Space;
  readonly backend: Backend;
  /** Gives its memory back, once what was queued is done. */
  dispose(): void;
}

/** Whether a scalar is one number per slice or one for the whole volume. */
export type Per = 'slice' | 'volume';

/**
 * A device vector of length Z (per slice) or 1 (per volume), float64 on the CPU, float32 on the GPU. It never leaves the device unless
 * `Backend.readScalars` is asked. Arithmetic only queues. Both operands of an operation have the same `per`; numbers broadcast.
 * They live until `dispose`, or the end of the scope they were made in (`Backend.scope`).
 */
export interface Scalars {
  readonly per: Per;
  /** this + other, new scalars. */
  plus(other: Scalars | number): Scalars;
  /** this − other, new scalars. */
  minus(other: Scalars | number): Scalars;
  /** this · other, new scalars. */
  times(other: Scalars | number): Scalars;
  /** x ÷ 0 is 0: a converged or empty slice then takes no step instead of turning into NaN. */
  over(other: Scalars | number): Scalars;
  /** √this, new scalars. */
  sqrt(): Scalars;
  /** Elementwise: this > 0 ? whenPositive : otherwise. */
  select(whenPositive: Scalars | number, otherwise: Scalars | number): Scalars;
  /** Gives their places back; scalars of a scope end with it. */
  dispose(): void;
}

/** A factor of `lincomb`: known here, or on the device. */
export type Coefficient = number | Scalars;

/**
 * What a function gives that only queues: nothing. It is not `void`, which a function type takes a promise for: `async` functions are type
 * errors where this is asked for.
 */
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- the union is what refuses promises
export type Queued = void | undefined;

/** What lies beyond the first and last slice for differences along z. */
export type Boundary = 'replicate' | 'periodic';

/** Slices at the edges of what one worker holds, on their way to the workers whose differences along z need them. */
export interface Neighbours {
  readonly field: Field;
  readonly boundary: Boundary;
  /** Gives its memory back. */
  dispose(): void;
}

/** Names one draw of white noise; the same name gives the same numbers on every backend (Philox4x32-10). */
export interface NoiseKey {
  /** 64-bit seed, as a safe integer or bigint. */
  readonly seed: number | bigint;
  /** Which step of the run. */
  readonly step: number;
  /** Which draw within the step (start 0, predictor 1, corrector 2, renoise 3, …). */
  readonly stream: number;
}

/**
 * A command queue over fields. Everything but `write`, `read`, `readScalars` and `flush` is synchronous and only queues; failures
 * (a worker died, the device was lost) surface at the promises. Solvers are written once, against this.
 *
 * All fields of one operation have the same space unless said otherwise.
 */
export interface Backend {
  /** 'cpu' or 'webgpu'. */
  readonly name: string;
  /** Kernel build, for the manifest: 'simd', 'simd-relaxed', or 'wgsl' and the adapter's name. */
  readonly build: string;
  readonly workers: number;

  /** A new field of zeros. */
  field(space: Space): Field;
  /**
   * Numbers of a field from the host: C order, complex ones interleaved (re, im).
   * @throws SlicewiseError SHAPE for another length, BACKEND
   */
  write(field: Field, data: Float32Array): Promise<void>;
  /**
   * Numbers of a field to the host, as `write` takes them; waits for what was queued.
   * @throws SlicewiseError BACKEND for what failed before
   */
  read(field: Field): Promise<Float32Array>;
  /** Runs what is queued and waits for it. */
  flush(): Promise<void>;
  /**
   * Queues a function of the caller's own on plain arrays, sync or async: at its place in the queue the inputs are read, the function is
   * waited for, and what it gives is written to the outputs; what was queued after it waits. What it throws, what it gives wrongly and an
   * abort end the queue as any failure does: every promise still open, and every later one, rejects with it.
   *
   * @example
   * // out ← the median of three neighbouring values of x
   * backend.host({ name: 'the median', inputs: [x], outputs: [out], run: ([values]) => [medianOfThree(values)] });
   * const result = await backend.read(out);
   */
  host(step: HostStep): void;

  /** out ← Σ cᵢ fᵢ, 1 to 4 terms; out may be one of them. No terms: out ← 0. */
  lincomb(out: Field, ...terms: [Coefficient, Field][]): void;
  /** out ← x ⊙ y (real, or x complex and y complex: pointwise product; x complex and y real: scaling). */
  multiply(x: Field, y: Field, out: Field): void;
  /** out ← x ⊘ y, 0 where y = 0 (real). */
  divide(x: Field, y: Field, out: Field): void;
  /** out ← min(max(x, low), high) (real). */
  clamp(x: Field, low: number, high: number, out: Field): void;
  /** x ← the number everywhere (real part; imaginary 0). */
  fill(x: Field, value: number): void;

  /** Re⟨x, y⟩: float64 within a slice, slices added in slice order (CPU); float32 with compensation, in a fixed tree (GPU). */
  dot(x: Field, y: Field, per: Per): Scalars;
  /** ‖x‖₁ = Σ|x|, of the modulus for complex fields; summed as `dot`. */
  norm1(x: Field, per: Per): Scalars;
  /** A constant as Scalars of the same kind and space as a dot of `like` would be. */
  scalars(value: number, like: Field, per: Per): Scalars;
  /**
   * Calls `body`, which only queues, and disposes of the scalars that were made in it, but for those that it returns: one, or in an array
   * or object. Scopes may lie in each other.
   *
   * @example
   * // x ← x + (⟨x, y⟩/⟨y, y⟩) y
   * backend.scope(() => backend.lincomb(x, [1, x], [backend.dot(x, y, 'slice').over(backend.dot(y, y, 'slice')), y]));
   */
  scope<T>(body: () => T): T;
  /** One value (per volume) or Z values (per slice). */
  readScalars(s: Scalars): Promise<Float64Array>;

  /** out ← standard normal white noise (real and imaginary parts each of variance 1). */
  noise(out: Field, key: NoiseKey): void;

  /**
   * Begins what differences of x along z have to wait for, so that it goes on beside the operations queued next. x must not change until
   * the last operation that is given this; without it an operation waits by itself.
   */
  neighbours(x: Field, boundary: Boundary): Neighbours;
  /** out ← D_z x: x_{k+1} − x_k; last 0 (replicate) or x_0 − x_{Z−1} (periodic). */
  dz(x: Field, out: Field, boundary: Boundary, neighbours?: Neighbours): void;
  /** x ← x + weight · D_zᵀ d; `neighbours` of d. */
  addDzAdjoint(weight: number, d: Field, x: Field, boundary: Boundary, neighbours?: Neighbours): void;
  /** out ← out + weight · D_zᵀ D_z x, fused. */
  addDzNormal(weight: number, x: Field, out: Field, boundary: Boundary, neighbours?: Neighbours): void;
  /** Soft threshold of the modulus: out ← x · max(0, 1 − t/|x|). */
  shrink(x: Field, threshold: number, out: Field): void;
  /**
   * In-plane forward differences (replicate boundary) of the last two axes: gx along the last, gy along the one before.
   * Real or complex.
   */
  gradient(x: Field, gx: Field, gy: Field): void;
  /** x ← x + weight · (∂xᵀ gx + ∂yᵀ gy). */
  addGradientAdjoint(weight: number, gx: Field, gy: Field, x: Field): void;
  /** out ← out + weight · (∂xᵀ∂x + ∂yᵀ∂y) x, fused; x and out differ. */
  addGradientNormal(weight: number, x: Field, out: Field): void;
  /** Isotropic soft threshold of a vector field in place: each component scaled by max(0, 1 − t/‖·‖₂). */
  shrinkVector(components: readonly Field[], threshold: number): void;

  /**
   * Bytes of device memory (main process excluded) in use now and at the peak, and those taken from the system, where what was freed waits
   * for its next use.
   */
  memory(): { current: number; peak: number; held: number };
  /** Ends the backend; its fields and operators end with it. */
  dispose(): Promise<void>;
}

/** One line of a memory plan. */
export interface MemoryItem {
  readonly what: string;
  readonly bytes: number;
  /** In the memory of the machine, whatever the backend: arrays of a host step. Absent: with the fields, on the backend. */
  readonly where?: 'host';
}
/** Bytes an operator, prior or solver keeps, by name, for the plan printed before a run. */
export interface MemoryPlan {
  readonly items: readonly MemoryItem[];
}
