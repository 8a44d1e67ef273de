import type { CpuBackend } from '../../../compute/cpu/backend.js';
import type { Block } from '../../../compute/cpu/field.js';
import type { Argument } from '../../../compute/cpu/queue.js';
import { space, type Space } from '../../../core/space.js';
import { fftKernel } from './fft.generated.js';
import type { Direction } from './axes.js';
import { fftPlan, type FftPlan } from './plan.js';

/** Addresses of the real and the imaginary plane. */
export type Planes = readonly [re: number, im: number];

/** Swapped planes turn a forward transform into an inverse one. */
export const swapped = ([re, im]: Planes): Planes => [im, re];

/** How a kernel finds the mask (see `sample` in fft.as.ts); none: no mask. */
export interface MaskTable {
  readonly address: number;
  /** Bytes from one ky, kx to the next. */
  readonly strides: readonly [ky: number, kx: number];
  /** Bytes from four slices to the next four; 0 when all slices share the mask. */
  readonly lanes: 0 | 16;
}

const NO_MASK: MaskTable = { address: 0, strides: [0, 0], lanes: 0 };
/** Two cache lines of each column: enough for whole lines from memory, few enough to stay in the second-level cache. */
export const BLOCK = 16;

/** Plans, scratch and kernel calls for FFTs of images of `rows` × `columns` on every slab of so many slices. */
export class FourierLines {
  readonly #like: Space;
  readonly #tables: Readonly<Record<Direction, Block>>;
  readonly #work: Block;
  /** Vectors of four slices in an element. */
  readonly #quads: number;
  readonly #slabs: number;
  #disposed = false;

  constructor(
    readonly backend: CpuBackend,
    readonly slices: number,
    readonly rows: number,
    readonly columns: number,
  ) {
    this.#like = space(['slice', 'y', 'x'], [slices, rows, columns], 'complex64');
    const x = fftPlan(columns);
    const y = rows === columns ? x : fftPlan(rows);
    const upload = ({ table }: FftPlan): Block => {
      const block = backend.block(this.#like, table.byteLength);
      backend.upload(this.#like, block, table);
      return block;
    };
    const first = upload(x);
    this.#tables = { x: first, y: x === y ? first : upload(y) };
    this.#work = backend.block(this.#like, Math.max(x.workBytes(3 * BLOCK), y.workBytes(3 * BLOCK)));
    const { lanes, slabs } = backend.slabs(slices).layout;
    this.#quads = lanes / 4;
    this.#slabs = slabs.length;
  }

  /** Bytes of one plane of one image in a slab. */
  get planeBytes(): number {
    return this.rows * this.columns * this.#quads * 16;
  }

  #start(direction: Direction): number[] {
    return [this.#tables[direction].address, this.#work.address, BLOCK];
  }

  /** outer, its stride, position stride, vectors side by side. */
  #geometry(direction: Direction, images: number): number[] {
    const element = this.#quads * 16;
    const line = this.columns * element;
    return direction === 'x'
      ? [images * this.rows, line, element, this.#quads]
      : [images, this.planeBytes, line, this.columns * this.#quads];
  }

  /** Strides of the mask along the line, between neighbouring lines of the set, and between quads. */
  #mask(direction: Direction, { address, strides, lanes }: MaskTable): number[] {
    const along = direction === 'x' ? [strides[1], 0] : [strides[0], strides[1]];
    return [address, ...along, lanes, Math.log2(this.#quads)];
  }

  #call(fn: string, args: readonly Argument[]): void {
    this.backend.call(this.#like, fftKernel, fn, args);
  }

  /** to ← scale · F from along one direction, on `images` images one after the other. `between` goes on with the mask and then F⁻¹. */
  transform(
    direction: Direction,
    images: number,
    from: Planes,
    to: Planes,
    scale = 1,
    when: 'never' | 'before' | 'after' | 'between' = 'never',
    mask: MaskTable = NO_MASK,
  ): void {
    const use = ['never', 'before', 'after', 'between'].indexOf(when);
    const args = [...from, ...to, scale, use, ...this.#mask(direction, mask), ...this.#geometry(direction, images)];
    this.#call('lines', [...this.#start(direction), ...args]);
  }

  /** to ← F (map ⊙ x) along x, one coil. */
  encode(x: Planes, map: Planes, to: Planes): void {
    const geometry = this.#geometry('x', 1);
    this.#call('encode', [...this.#start('x'), ...x, ...map, ...to, 1, geometry[1], ...geometry]);
  }

  /** x ← scale · conj(map) ⊙ F⁻¹ from along x, one coil, or added to x. */
  decode(from: Planes, map: Planes, x: Planes, scale: number, add: boolean): void {
    const geometry = this.#geometry('x', 1);
    const args = [...from, ...map, ...x, scale, Number(add), geometry[1], ...geometry];
    this.#call('decode', [...this.#start('x'), ...args]);
  }

  /** out ← scale · Σ conj(map) ⊙ F⁻¹ (mask ⊙ F (map ⊙ x)) along one direction. */
  normal(direction: Direction, x: Planes, maps: Planes, coils: number, out: Planes, scale: number, mask: MaskTable): void {
    const args = [...x, ...maps, coils, this.planeBytes, ...out, scale, ...this.#mask(direction, mask)];
    this.#call('normal', [...this.#start(direction), ...args, ...this.#geometry(direction, 1)]);
  }

  /** Bytes of tables and scratch in all slabs. */
  bytes(): number {
    const tables = this.#tables.x === this.#tables.y ? [this.#tables.x] : [this.#tables.x, this.#tables.y];
    return this.#slabs * [...tables, this.#work].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#tables.x.free();
    if (this.#tables.y !== this.#tables.x) this.#tables.y.free();
    this.#work.free();
  }
}
