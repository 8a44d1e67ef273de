import type { Field, MemoryPlan } from '../../compute/backend.js';
import type { CpuBackend } from '../../compute/cpu/backend.js';
import { cpuField, type Block, type CpuField } from '../../compute/cpu/field.js';
import { bytesOf, componentsOf, type Space } from '../../core/space.js';
import { daubechies } from './daubechies.js';
import { requireShiftable, shiftWithin, waveletLayout, waveletScratch, type AxisLevel, type WaveletLayout } from './layout.js';
import { waveletKernel } from './wavelet.generated.js';
import type { WaveletOptions, WaveletTransform } from './wavelet.js';

/** Columns are transformed side by side in strips of this many bytes (at least one pixel). */
const STRIP = 128;

export class WaveletCpu implements WaveletTransform {
  readonly name = 'wavelet';
  readonly coupling = 'slice';
  readonly layout: WaveletLayout;
  readonly range: Space;
  readonly #filters: Block;
  readonly #line: Block;
  /** Half-transformed plane, and the averages on their way back. */
  readonly #half: CpuField;
  readonly #averages: CpuField;
  readonly #taps: number;
  readonly #pixel: number;
  #shift = { y: 0, x: 0 };

  constructor(
    readonly domain: Space,
    readonly backend: CpuBackend,
    private readonly options: WaveletOptions,
  ) {
    const { low, high } = daubechies(options.wavelet);
    const taps = low.length;
    this.#taps = taps;
    this.layout = waveletLayout(domain, taps, options.boundary, options.levels);
    this.range = this.layout.coefficients;
    this.#pixel = backend.slabs(domain.shape[0]).layout.lanes * 4;
    const table = Float32Array.from([...low.slice().reverse(), ...high.slice().reverse()]);
    this.#filters = backend.block(domain, table.byteLength);
    backend.upload(domain, this.#filters, table);
    const longest = Math.max(...this.layout.levels.flatMap(({ y, x }) => [y.n, x.n]));
    this.#line = backend.block(domain, (longest + 3 * taps + 4) * Math.max(STRIP, this.#pixel));
    const [half, averages] = waveletScratch(domain, this.layout);
    this.#half = backend.field(half);
    this.#averages = backend.field(averages);
  }

  shiftBy(rows: number, columns: number): void {
    requireShiftable(this.options.boundary, rows, columns);
    this.#shift = shiftWithin(this.domain, rows, columns);
  }

  apply(image: Field, coefficients: Field): void {
    const [from, to] = [cpuField(image, this.domain), cpuField(coefficients, this.range)];
    for (const [x, c] of this.#planes(from, to)) this.#forward(x, c);
  }

  adjoint(coefficients: Field, image: Field): void {
    const [from, to] = [cpuField(coefficients, this.range), cpuField(image, this.domain)];
    for (const [x, c] of this.#planes(to, from)) this.#backward(c, x);
  }

  normal(x: Field, out: Field): void {
    if (x !== out) this.backend.lincomb(out, [1, x]);
  }

  *#planes(image: CpuField, coefficients: CpuField): Generator<readonly [number, number]> {
    const count = componentsOf(this.domain);
    for (let p = 0; p < count; p++) {
      yield [image.address + (p * image.floats * 4) / count, coefficients.address + (p * coefficients.floats * 4) / count];
    }
  }

  /** Level by level: along x into a plane of [averages | details], along y from there into the coefficient array. */
  #forward(image: number, coefficients: number): void {
    const pixel = this.#pixel;
    const row = this.range.shape[2] * pixel;
    const half = this.#half.address;
    this.layout.levels.forEach(({ y, x }, j) => {
      const source = j === 0 ? image : coefficients;
      const sourceRow = j === 0 ? this.domain.shape[2] * pixel : row;
      const columns = 2 * x.count + x.aside;
      const width = columns * pixel;
      const shift = j === 0 ? this.#shift : { y: 0, x: 0 };
      this.#call('analyse', [
        ...[source, pixel, sourceRow, half, pixel, width, y.n, pixel, pixel],
        ...this.#along(x, shift.x),
        x.count,
        this.#line.address,
      ]);
      if (this.options.boundary === 'zero') {
        this.#call('clearBox', [coefficients, y.detail + y.count, row, (x.detail + x.count) * pixel]);
      }
      for (const [first, target, many] of [
        [0, 0, x.count],
        [x.count, x.detail, x.count + x.aside],
      ]) {
        this.#call('analyse', [
          ...[half + first * pixel, width, STRIP, coefficients + target * pixel, row, STRIP, ...this.#strips(many)],
          ...this.#along(y, shift.y),
          y.detail,
          this.#line.address,
        ]);
      }
    });
  }

  #backward(coefficients: number, image: number): void {
    const pixel = this.#pixel;
    const row = this.range.shape[2] * pixel;
    const half = this.#half.address;
    const { levels } = this.layout;
    for (let j = levels.length - 1; j >= 0; j--) {
      const { y, x } = levels[j];
      const coarsest = j === levels.length - 1;
      const width = (2 * x.count + x.aside) * pixel;
      const shift = j === 0 ? this.#shift : { y: 0, x: 0 };
      const details = coefficients + y.detail * row;
      const averages = coarsest ? coefficients : this.#averages.address;
      const averagesRow = coarsest ? row : x.count * pixel;
      for (const [a, aRow, first, target, many] of [
        [averages, averagesRow, 0, 0, x.count],
        [coefficients + x.detail * pixel, row, x.detail, x.count, x.count + x.aside],
      ]) {
        this.#call('synthesise', [
          ...[a, aRow, STRIP, details + first * pixel, row, STRIP, half + target * pixel, width, STRIP],
          ...this.#strips(many),
          ...this.#along(y, shift.y),
          this.#line.address,
        ]);
      }
      const [out, outRow] = j === 0 ? [image, this.domain.shape[2] * pixel] : [this.#averages.address, x.n * pixel];
      this.#call('synthesise', [
        ...[half, pixel, width, half + x.count * pixel, pixel, width, out, pixel, outRow, y.n, pixel, pixel],
        ...this.#along(x, shift.x),
        this.#line.address,
      ]);
    }
  }

  #call(fn: string, args: readonly number[]): void {
    this.backend.call(this.domain, waveletKernel, fn, args);
  }

  /** filters … count of a kernel call. */
  #along({ n, offset, count }: AxisLevel, shift: number): number[] {
    const periodic = this.options.boundary === 'periodic';
    const phase = periodic ? this.#taps / 2 : 1;
    return [this.#filters.address, this.#taps, phase, n, offset, shift, Number(periodic), count];
  }

  /** lines, width and last of a kernel call over neighbouring columns. */
  #strips(columns: number): number[] {
    const bytes = columns * this.#pixel;
    const lines = Math.ceil(bytes / STRIP);
    return [lines, STRIP, bytes - (lines - 1) * STRIP];
  }

  norm(): Promise<number> {
    return Promise.resolve(1);
  }

  bytes(): MemoryPlan {
    const [half, averages] = waveletScratch(this.domain, this.layout);
    return { items: [{ what: 'wavelet scratch', bytes: bytesOf(half) + bytesOf(averages) }] };
  }

  dispose(): void {
    for (const block of [this.#filters, this.#line]) block.free();
    for (const field of [this.#half, this.#averages]) field.dispose();
  }
}
