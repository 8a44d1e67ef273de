import { NONCARTESIAN } from '../../../volumes/kinds/trajectory/schema.js';
import type { Field, MemoryPlan } from '../../../compute/backend.js';
import type { WebGpuBackend } from '../../../compute/webgpu/backend.js';
import { webGpuField, type WebGpuField } from '../../../compute/webgpu/field.js';
import { kernel } from '../../../compute/webgpu/kernel.js';
import type { DeviceTable } from '../../../compute/webgpu/table.js';
import { SlicewiseError } from '../../../core/errors.js';
import { bytesOf, space, type Space } from '../../../core/space.js';
import { onceFound, operatorNorm } from '../../norm.js';
import type { LinearOperator } from '../../operator.js';
import { batches, coilsAtOnce } from '../fft/batches.js';
import { ImageLines } from '../images-webgpu.js';
import { deapodisation, type Gridding } from './kaiser-bessel.js';
import { nufftCropWgsl } from './nufft-crop.wgsl.generated.js';
import { nufftImagesWgsl } from './nufft-images.wgsl.generated.js';
import { nufftInterpolateWgsl } from './nufft-interpolate.wgsl.generated.js';
import { nufftPadWgsl } from './nufft-pad.wgsl.generated.js';
import { nufftSpreadWgsl } from './nufft-spread.wgsl.generated.js';
import { nufftWgsl } from './nufft.wgsl.generated.js';
import { samplesOfPoints, sampleTable, type Samples } from './sample-table.js';
import { imageSpace } from '../spaces.js';
import { ToeplitzNormalWebGpu } from './toeplitz-webgpu.js';

const grids = { grid_rows: 'u32', grid_columns: 'u32', images: 'u32' } as const;
const windows = { ...grids, extent: 'u32', samples_of_coil: 'u32', start: 'u32' } as const;
const images = { ...grids, rows: 'u32', columns: 'u32', first_image: 'u32', mapped: 'u32' } as const;

const interpolate = kernel({
  name: 'NUFFT: interpolate',
  code: `${nufftWgsl}\n${nufftInterpolateWgsl}`,
  fields: { grid: 'read vec2<f32>', y: 'write vec2<f32>' },
  tables: { samples: 'read u32' },
  params: windows,
});

const spread = kernel({
  name: 'NUFFT: spread',
  code: `${nufftWgsl}\n${nufftSpreadWgsl}`,
  fields: { y: 'read vec2<f32>', grid: 'write vec2<f32>' },
  tables: { samples: 'read u32', starts: 'read u32', entries: 'read u32' },
  params: windows,
});

const pad = kernel({
  name: 'NUFFT: pad',
  code: `${nufftImagesWgsl}\n${nufftPadWgsl}`,
  fields: { x: 'read vec2<f32>', map: 'read vec2<f32>', grid: 'write vec2<f32>' },
  tables: { weights: 'read f32' },
  params: images,
  flexible: true,
});

const crop = kernel({
  name: 'NUFFT: crop',
  code: `${nufftImagesWgsl}\n${nufftCropWgsl}`,
  fields: { grid: 'read vec2<f32>', map: 'read vec2<f32>', old: 'read vec2<f32>', x: 'write vec2<f32>' },
  tables: { weights: 'read f32' },
  params: images,
  flexible: true,
});

/** See nonCartesianFourier. Grids of a few coils at a time are scratch. */
export class NonCartesianFourierWebGpu implements LinearOperator {
  readonly name = NONCARTESIAN;
  readonly coupling = 'slice';
  readonly domain: Space;
  readonly range: Space;
  readonly samples: number;
  readonly #lines: ImageLines;
  /** Window of every sample; samples of every grid point; deapodisation of rows, then columns. */
  readonly #samples: DeviceTable;
  readonly #starts: DeviceTable;
  readonly #entries: DeviceTable;
  readonly #weights: DeviceTable;
  readonly #gridSpace: Space;
  readonly #most: number;
  readonly #toeplitz: ToeplitzNormalWebGpu;
  #grid?: WebGpuField;

  constructor(
    readonly shape: readonly [number, number, number],
    readonly coils: number,
    { trajectory, weights }: Samples,
    readonly grids: readonly [Gridding, Gridding],
    readonly maps: WebGpuField | undefined,
    readonly backend: WebGpuBackend,
  ) {
    const [slices] = shape;
    const [y, x] = grids;
    this.samples = trajectory.length / 2;
    this.domain = imageSpace(shape);
    this.range = space(['slice', 'coil', 'sample'], [slices, coils, this.samples], 'complex64');
    this.#lines = new ImageLines(backend, slices, y.grid, x.grid);
    const table = sampleTable({ trajectory, weights }, grids);
    const { starts, entries } = samplesOfPoints(table, grids);
    this.#samples = backend.table(table, 'windows of the samples');
    this.#starts = backend.table(starts, 'samples of the grid');
    this.#entries = backend.table(entries, 'samples of the grid');
    this.#weights = backend.table(Float32Array.from(grids.flatMap((g) => [...deapodisation(g)])), 'deapodisation');
    this.#most = coilsAtOnce(slices, coils);
    this.#gridSpace = space(['slice', 'coil', 'y', 'x'], [slices, this.#most, y.grid, x.grid], 'complex64');
    this.#toeplitz = new ToeplitzNormalWebGpu(backend, shape, { trajectory, weights }, this.#most);
  }

  apply(x: Field, y: Field): void {
    const [from, to] = [webGpuField(x, this.domain, this.backend), webGpuField(y, this.range, this.backend)];
    const grid = (this.#grid ??= this.backend.field(this.#gridSpace));
    for (const { first, images } of batches(this.coils, this.#most)) {
      this.backend.run(pad, {
        fields: { x: from, map: this.maps, grid },
        ...this.#imageCall(first, images),
        workgroups: this.#perPoint(images),
      });
      this.#transform(grid, images, false);
      this.backend.run(interpolate, {
        fields: { grid, y: to },
        tables: { samples: this.#samples },
        params: this.#windows(first, images),
        workgroups: Math.ceil((this.samples * images) / 64),
      });
    }
  }

  adjoint(y: Field, x: Field): void {
    const [from, to] = [webGpuField(y, this.range, this.backend), webGpuField(x, this.domain, this.backend)];
    const grid = (this.#grid ??= this.backend.field(this.#gridSpace));
    const [, rows, columns] = this.shape;
    for (const { first, images } of batches(this.coils, this.#most)) {
      this.backend.run(spread, {
        fields: { y: from, grid },
        tables: { samples: this.#samples, starts: this.#starts, entries: this.#entries },
        params: this.#windows(first, images),
        workgroups: this.#perPoint(images),
      });
      this.#transform(grid, images, true);
      this.backend.run(crop, {
        fields: { grid, map: this.maps, old: first > 0 ? to : undefined, x: to },
        ...this.#imageCall(first, images),
        workgroups: Math.ceil((rows * columns) / 64),
      });
    }
  }

  #transform(grid: WebGpuField, images: number, inverse: boolean): void {
    const [y, x] = this.grids;
    this.#lines.run('x', { x: grid, out: grid, images, inverse });
    this.#lines.run('y', { x: grid, out: grid, images, inverse, scale: 1 / Math.sqrt(y.grid * x.grid) });
  }

  #sizes(images: number) {
    return { grid_rows: this.grids[0].grid, grid_columns: this.grids[1].grid, images };
  }

  #windows(first: number, images: number) {
    const { samples } = this;
    const { width } = this.grids[0];
    return { ...this.#sizes(images), extent: width, samples_of_coil: samples, start: first * samples };
  }

  #imageCall(first: number, images: number) {
    const [, rows, columns] = this.shape;
    const mapped = Number(this.maps !== undefined);
    return {
      tables: { weights: this.#weights },
      params: { ...this.#sizes(images), rows, columns, first_image: first, mapped },
    };
  }

  #perPoint(images: number): number {
    return Math.ceil((this.grids[0].grid * this.grids[1].grid * images) / 64);
  }

  /** By the point spread function, exact where apply and adjoint have the window's error. */
  normal(x: Field, out: Field): void {
    const [from, to] = [webGpuField(x, this.domain, this.backend), webGpuField(out, this.domain, this.backend)];
    if (from === to) {
      throw new SlicewiseError('ARGUMENT', { message: 'AᴴA x needs an output field of its own' });
    }
    this.#toeplitz.run(from, this.maps, to, this.coils);
  }

  readonly norm = onceFound((watch) => operatorNorm(this, undefined, watch));

  bytes(): MemoryPlan {
    const tables = [this.#samples, this.#starts, this.#entries, this.#weights].reduce((sum, t) => sum + t.bytes, 0);
    const own = tables + this.#lines.bytes() + bytesOf(this.#gridSpace);
    const items = [
      { what: `${NONCARTESIAN}: windows and grids`, bytes: own },
      { what: `${NONCARTESIAN}: AᴴA`, bytes: this.#toeplitz.bytes() },
    ];
    if (this.maps) items.push({ what: 'coil maps', bytes: bytesOf(this.maps.space) });
    return { items };
  }

  dispose(): void {
    this.#lines.dispose();
    this.#toeplitz.dispose();
    for (const table of [this.#samples, this.#starts, this.#entries, this.#weights]) table.dispose();
    this.#grid?.dispose();
    this.maps?.dispose();
  }
}
