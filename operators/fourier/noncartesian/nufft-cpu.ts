import { NONCARTESIAN } from '../../../volumes/kinds/trajectory/schema.js';
import type { Field, MemoryPlan } from '../../../compute/backend.js';
import type { CpuBackend } from '../../../compute/cpu/backend.js';
import { cpuField, type Block, type CpuField } from '../../../compute/cpu/field.js';
import { SlicewiseError } from '../../../core/errors.js';
import { space, type Space } from '../../../core/space.js';
import { onceFound, operatorNorm } from '../../norm.js';
import type { LinearOperator } from '../../operator.js';
import { planesOf } from '../complex-field-cpu.js';
import { deapodisation, type Gridding } from './kaiser-bessel.js';
import { FourierLines, swapped, type Planes } from '../fft/lines-cpu.js';
import { nufftKernel } from './nufft.generated.js';
import { sampleTable, type Samples } from './sample-table.js';
import { imageSpace } from '../spaces.js';
import { ToeplitzNormal } from './toeplitz-cpu.js';

export class NonCartesianFourierCpu implements LinearOperator {
  readonly name = NONCARTESIAN;
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

  constructor(
    readonly shape: readonly [number, number, number],
    readonly coils: number,
    { trajectory, weights }: Samples,
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
    this.#table = upload(sampleTable({ trajectory, weights }, grids));
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

  readonly norm = onceFound((watch) => operatorNorm(this, undefined, watch));

  bytes(): MemoryPlan {
    const { slabs, lanes } = this.backend.slabs(this.shape[0]).layout;
    const [, rows, columns] = this.shape;
    const own = (this.#table.bytes + this.#weights.bytes + this.#grid.bytes) * slabs.length + this.#lines.bytes();
    const complex = 8 * lanes * slabs.length;
    const items = [
      { what: `${NONCARTESIAN}: windows and one grid`, bytes: own },
      { what: `${NONCARTESIAN}: AᴴA`, bytes: this.#toeplitz.slabBytes * slabs.length },
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
