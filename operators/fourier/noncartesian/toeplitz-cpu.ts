import type { CpuBackend } from '../../../compute/cpu/backend.js';
import type { Block } from '../../../compute/cpu/field.js';
import { space, type Space } from '../../../core/space.js';
import { fftKernel } from '../fft/fft.generated.js';
import { BLOCK, type Planes } from '../fft/lines-cpu.js';
import { fftPlan } from '../fft/plan.js';
import { pointSpreadSpectrum } from './point-spread.js';

/**
 * The convolution AᴴA of a non-uniform Fourier transform, on one coil's image at a time: rows padded with zeros and transformed, then
 * columns there, times the spectrum of the point spread function, and back, then rows back. Scratch is one image of padded rows.
 */
export class ToeplitzNormal {
  readonly #like: Space;
  readonly #spectrum: Block;
  readonly #x: Block;
  readonly #y: Block;
  readonly #work: Block;
  readonly #between: Block;
  readonly #padded: readonly [number, number];
  readonly #quads: number;

  constructor(
    readonly backend: CpuBackend,
    readonly shape: readonly [number, number, number],
    trajectory: ArrayLike<number>,
    weights?: ArrayLike<number>,
  ) {
    const [, rows, columns] = shape;
    this.#like = space(['slice', 'y', 'x'], shape, 'complex64');
    this.#quads = backend.slabs(shape[0]).layout.lanes / 4;
    const spectrum = pointSpreadSpectrum(trajectory, rows, columns, weights);
    this.#padded = [spectrum.rows, spectrum.columns];
    const upload = (data: ArrayBufferView): Block => {
      const block = backend.block(this.#like, data.byteLength);
      backend.upload(this.#like, block, data);
      return block;
    };
    const [x, y] = [fftPlan(spectrum.columns, columns), fftPlan(spectrum.rows, rows)];
    this.#spectrum = upload(spectrum.data);
    this.#x = upload(x.table);
    this.#y = upload(y.table);
    this.#work = backend.block(this.#like, Math.max(x.workBytes(BLOCK), y.workBytes(BLOCK)));
    this.#between = backend.block(this.#like, 2 * this.#planeBytes);
  }

  get #planeBytes(): number {
    return this.shape[1] * this.#padded[1] * this.#quads * 16;
  }

  /** out ← conj(map) ⊙ (h ∗ (map ⊙ x)), added to out for all coils but the first; a map of [0, 0] is none. */
  run(x: Planes, map: Planes, out: Planes, add: boolean): void {
    const [, rows, columns] = this.shape;
    const [, width] = this.#padded;
    const element = this.#quads * 16;
    const between: Planes = [this.#between.address, this.#between.address + this.#planeBytes];
    const rowsOf = [width * element, rows, columns * element, element, this.#quads];
    const mask = [this.#spectrum.address, width * 4, 4, 0, Math.log2(this.#quads)];
    const along = [1, 0, width * element, width * this.#quads];
    const [work, there] = [[this.#work.address, BLOCK], 3];
    const call = (fn: string, args: number[]): void => this.backend.call(this.#like, fftKernel, fn, args);
    call('encode', [this.#x.address, ...work, ...x, ...map, ...between, 1, ...rowsOf]);
    call('lines', [this.#y.address, ...work, ...between, ...between, 1, there, ...mask, ...along]);
    call('decode', [this.#x.address, ...work, ...between, ...map, ...out, 1, Number(add), ...rowsOf]);
  }

  /** In one slab. */
  get slabBytes(): number {
    return this.#blocks().reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #blocks(): readonly Block[] {
    return [this.#spectrum, this.#x, this.#y, this.#work, this.#between];
  }

  dispose(): void {
    for (const block of this.#blocks()) block.free();
  }
}
