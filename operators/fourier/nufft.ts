import type { Backend, Field, MemoryPlan } from '../../compute/backend.js';
import { requireCpu, type CpuBackend } from '../../compute/cpu/backend.js';
import { cpuField, own, type Block, type CpuField } from '../../compute/cpu/field.js';
import { SlicewiseError } from '../../core/errors.js';
import { space, type Space } from '../../core/space.js';
import { operatorNorm } from '../norm.js';
import type { LinearOperator } from '../operator.js';
import { planesOf } from './complex-field-cpu.js';
import { deapodisation, gridding, windowAt, type Gridding } from './kaiser-bessel.js';
import { FourierLines, swapped, type Planes } from './lines-cpu.js';
import { nufftKernel } from './nufft.generated.js';
import { coilSpace, imageSpace } from './spaces.js';
import { ToeplitzNormal } from './toeplitz-cpu.js';

export interface NonCartesianOptions {
  /** [slices, rows, columns] of the image. */
  readonly shape: readonly [number, number, number];
  /** (ky, kx) of every sample, cycles per field of view, −rows/2 … rows/2 and −columns/2 … columns/2; the same for all slices. */
  readonly trajectory: ArrayLike<number>;
  /** Coil sensitivities, complex `[slice, coil, y, x]`; absent: one coil that sees everything alike. */
  readonly maps?: Field;
  /** w ≥ 0 of every sample (density compensation): the operator is W^½ N S, and its data are √w y. Absent: 1. */
  readonly weights?: ArrayLike<number>;
  /** Grid over image size, 1.25 to 2. */
  readonly oversampling?: number;
  /** Grid points that a sample meets along each axis. */
  readonly width?: number;
}

/**
 * MRI along any trajectory (radial, spiral): A = N S with S the coil sensitivities and N the non-uniform Fourier transform
 *
 *     y[z, c, s] = 1/√(rows·columns) Σ_r (s_c x_z)[r] exp(−2πi (k_y[s](r_y − ⌊rows/2⌋)/rows + k_x[s](r_x − ⌊columns/2⌋)/columns))
 *
 * by a Kaiser–Bessel window on an oversampled grid (kaiser-bessel.ts). The defaults (oversampling 1.5, width 6) are within about 1e-4 of the sum; 2 and 8 within
 * float32. The adjoint is the exact transpose of what `apply` computes. AᴴA is a convolution (point-spread.ts),
 * made without the samples. Density compensation enters as `weights`.
 *
 * Domain: complex image `[slice, y, x]`; range: complex `[slice, coil, sample]`. The operator takes over `maps`: `dispose` frees them.
 *
 * @throws SlicewiseError ARGUMENT, GEOMETRY for a sample outside k-space, SHAPE when the maps do not fit
 */
export function nonCartesianFourier(options: NonCartesianOptions, backend: Backend): LinearOperator {
  const { shape, trajectory, maps, weights, oversampling = 1.5, width = 6 } = options;
  if (!(oversampling >= 1.25 && oversampling <= 2) || !Number.isInteger(width) || width < 3 || width > 12) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'the gridding cannot be made so',
      expected: 'oversampling 1.25 to 2, width an integer from 3 to 12',
      got: `oversampling ${oversampling}, width ${width}`,
    });
  }
  checkTrajectory(trajectory, shape);
  if (weights && weights.length !== trajectory.length / 2) {
    throw new SlicewiseError('SHAPE', {
      message: 'weights of the samples',
      expected: `${trajectory.length / 2}`,
      got: `${weights.length}`,
    });
  }
  const coils = maps ? maps.space.shape[1] : 1;
  if (maps) cpuField(maps, coilSpace(shape, coils));
  const grids = [gridding(shape[1], oversampling, width), gridding(shape[2], oversampling, width)] as const;
  const cpu = requireCpu(backend, 'the non-uniform Fourier operator');
  return new NonCartesianFourier(shape, coils, { trajectory, weights }, grids, maps && own(maps), cpu);
}

/** @throws SlicewiseError SHAPE, GEOMETRY for a sample outside k-space */
export function checkTrajectory(
  trajectory: ArrayLike<number>,
  [, rows, columns]: readonly [number, number, number],
): void {
  if (trajectory.length === 0 || trajectory.length % 2) {
    throw new SlicewiseError('SHAPE', {
      message: 'a trajectory is a list of pairs',
      expected: '(ky, kx) for every sample',
      got: `${trajectory.length} numbers`,
    });
  }
  for (let i = 0; i < trajectory.length; i++) {
    const limit = (i % 2 ? columns : rows) / 2;
    if (Math.abs(trajectory[i]) <= limit) continue; // false for NaN
    throw new SlicewiseError('GEOMETRY', {
      message: `sample ${i >> 1} lies outside k-space`,
      expected: `|${i % 2 ? 'kx' : 'ky'}| ≤ ${limit}`,
      got: `${trajectory[i]}`,
      hint: 'a trajectory is given in cycles per field of view',
    });
  }
}

class NonCartesianFourier implements LinearOperator {
  readonly name = 'fourier.nonCartesian';
  readonly coupling = 'slice';
  readonly domain: Space;
  readonly range: Space;
  readonly samples: number;
  readonly #lines: FourierLines;
  /** Window of every sample; deapodisation of rows, then columns; one coil's grid. */
  readonly #table: Block;
  readonly #weights: Block;
  readonly #grid: Block;
  readonly #quads: number;
  readonly #toeplitz: ToeplitzNormal;
  #norm?: Promise<number>;

  constructor(
    readonly shape: readonly [number, number, number],
    readonly coils: number,
    { trajectory, weights }: Pick<NonCartesianOptions, 'trajectory' | 'weights'>,
    readonly grids: readonly [Gridding, Gridding],
    readonly maps: CpuField | undefined,
    readonly backend: CpuBackend,
  ) {
    const [slices] = shape;
    this.samples = trajectory.length / 2;
    this.domain = imageSpace(shape);
    this.range = space(['slice', 'coil', 'sample'], [slices, coils, this.samples], 'complex64');
    this.#lines = new FourierLines(backend, slices, grids[0].grid, grids[1].grid);
    this.#quads = backend.slabs(slices).layout.lanes / 4;
    const upload = (data: ArrayBufferView): Block => {
      const block = backend.block(this.domain, data.byteLength);
      backend.upload(this.domain, block, data);
      return block;
    };
    this.#table = upload(windows(trajectory, grids, weights));
    this.#weights = upload(Float32Array.from(grids.flatMap((g) => [...deapodisation(g)])));
    this.#grid = backend.block(this.domain, 2 * this.#lines.planeBytes);
    this.#toeplitz = new ToeplitzNormal(backend, shape, trajectory, weights);
  }

  get #gridPlanes(): Planes {
    return [this.#grid.address, this.#grid.address + this.#lines.planeBytes];
  }

  #sizes(): number[] {
    const [, rows, columns] = this.shape;
    return [rows, columns, this.grids[0].grid, this.grids[1].grid, this.#quads];
  }

  #map(coil: number): Planes {
    const [, rows, columns] = this.shape;
    return this.maps ? planesOf(this.maps, rows * columns * this.#quads * 16, coil) : [0, 0];
  }

  /** Window table, its sizes. */
  #samples(): number[] {
    return [this.#table.address, this.samples, this.grids[0].width, this.grids[0].grid, this.grids[1].grid];
  }

  #transform(ends: (planes: Planes) => Planes): void {
    const planes = ends(this.#gridPlanes);
    const [y, x] = this.grids;
    this.#lines.transform('x', 1, planes, planes);
    this.#lines.transform('y', 1, planes, planes, 1 / Math.sqrt(y.grid * x.grid));
  }

  apply(x: Field, y: Field): void {
    const [from, to] = [cpuField(x, this.domain), cpuField(y, this.range)];
    const image = planesOf(from, 0);
    for (let coil = 0; coil < this.coils; coil++) {
      const grid = this.#gridPlanes;
      const pad = [...image, ...this.#map(coil), this.#weights.address, ...grid, ...this.#sizes()];
      this.backend.call(this.domain, nufftKernel, 'pad', pad);
      this.#transform((planes) => planes);
      const data = planesOf(to, this.samples * this.#quads * 16, coil);
      this.backend.call(this.domain, nufftKernel, 'interpolate', [...grid, ...this.#samples(), ...data, this.#quads]);
    }
  }

  adjoint(y: Field, x: Field): void {
    const [from, to] = [cpuField(y, this.range), cpuField(x, this.domain)];
    const image = planesOf(to, 0);
    for (let coil = 0; coil < this.coils; coil++) {
      const grid = this.#gridPlanes;
      const data = planesOf(from, this.samples * this.#quads * 16, coil);
      this.backend.call(this.domain, nufftKernel, 'spread', [...data, ...this.#samples(), ...grid, this.#quads]);
      this.#transform(swapped);
      const target = [...image, Number(coil > 0), ...this.#sizes()];
      const crop = [...grid, ...this.#map(coil), this.#weights.address, ...target];
      this.backend.call(this.domain, nufftKernel, 'crop', crop);
    }
  }

  /** By the point spread function, exact where apply and adjoint have the window's error. */
  normal(x: Field, out: Field): void {
    const [from, to] = [cpuField(x, this.domain), cpuField(out, this.domain)];
    if (from === to) {
      throw new SlicewiseError('ARGUMENT', { message: 'AᴴA x needs an output field of its own' });
    }
    for (let coil = 0; coil < this.coils; coil++) {
      this.#toeplitz.run(planesOf(from, 0), this.#map(coil), planesOf(to, 0), coil > 0);
    }
  }

  norm(): Promise<number> {
    return (this.#norm ??= operatorNorm(this));
  }

  bytes(): MemoryPlan {
    const { slabs, lanes } = this.backend.slabs(this.shape[0]).layout;
    const [, rows, columns] = this.shape;
    const own = (this.#table.bytes + this.#weights.bytes + this.#grid.bytes) * slabs.length + this.#lines.bytes();
    const complex = 8 * lanes * slabs.length;
    const items = [
      { what: 'fourier.nonCartesian: windows and one grid', bytes: own },
      { what: 'fourier.nonCartesian: AᴴA', bytes: this.#toeplitz.slabBytes * slabs.length },
    ];
    if (this.maps) items.push({ what: 'coil maps', bytes: this.coils * rows * columns * complex });
    return { items };
  }

  dispose(): void {
    this.#lines.dispose();
    this.#toeplitz.dispose();
    for (const block of [this.#table, this.#weights, this.#grid]) block.free();
    this.maps?.dispose();
  }
}

/** The kernels' table: first row, first column, window along rows (times √w), window along columns, for every sample. */
function windows(
  trajectory: ArrayLike<number>,
  [rows, columns]: readonly [Gridding, Gridding],
  weights?: ArrayLike<number>,
): Uint8Array {
  const words = 2 + 2 * rows.width;
  const table = new Uint32Array((trajectory.length / 2) * words);
  const floats = new Float32Array(table.buffer);
  for (let s = 0, at = 0; at < table.length; s += 2, at += words) {
    const [y, x] = [windowAt(rows, trajectory[s]), windowAt(columns, trajectory[s + 1])];
    table.set([y.first, x.first], at);
    const root = weights ? Math.sqrt(weights[s >> 1]) : 1;
    floats.set(weights ? y.weights.map((v) => root * v) : y.weights, at + 2);
    floats.set(x.weights, at + 2 + rows.width);
  }
  return new Uint8Array(table.buffer);
}
