import type { Backend, Field, MemoryPlan } from '../../compute/backend.js';
import { requireCpu, type CpuBackend } from '../../compute/cpu/backend.js';
import { cpuField, type Block, type CpuField } from '../../compute/cpu/field.js';
import { SlicewiseError } from '../../core/errors.js';
import { bytesOf, componentsOf, space, type Space } from '../../core/space.js';
import type { LinearOperator } from '../operator.js';
import { daubechies, type WaveletName } from './daubechies.js';
import { waveletLayout, type AxisLevel, type WaveletBoundary, type WaveletLayout } from './layout.js';
import { waveletKernel } from './wavelet.generated.js';

export interface WaveletOptions {
  readonly wavelet: WaveletName;
  readonly boundary: WaveletBoundary;
  /** Default: as deep as the filter fits into the shorter side (layout.ts). */
  readonly levels?: number;
}

/** Ψ of every slice: `apply` gives coefficients, `adjoint` is Ψᴴ and the inverse (ΨᴴΨ = I). */
export interface WaveletTransform extends LinearOperator {
  readonly layout: WaveletLayout;
  /** From now on images are moved up and left by so many pixels, circularly, before Ψ and back after Ψᴴ ('periodic' only). */
  shiftBy(rows: number, columns: number): void;
}

/**
 * Separable 2D wavelet transform Ψ of images [slice, y, x], real or complex (real and imaginary part alike), of any size, with Daubechies' orthogonal
 * filters (Mallat, IEEE Trans. PAMI 11 (1989) 674; PyWavelets' conventions: a[k] = Σ_j l[j] x[2k + phase − j], phase half the taps for
 * 'periodic' (its 'periodization'), 1 for 'zero').
 *
 * periodic: Ψ is orthonormal, ΨᴴΨ = ΨΨᴴ = I. zero: the coefficients are those of SigPy's `Wavelet`; ΨᴴΨ = I, but ΨΨᴴ ≠ I.
 *
 * @throws SlicewiseError SHAPE, ARGUMENT (levels), BACKEND (CPU only)
 */
export function waveletTransform(domain: Space, backend: Backend, options: WaveletOptions): WaveletTransform {
  return new CpuWavelet(domain, requireCpu(backend, 'the wavelet transform'), backend, options);
}

/** What a transform keeps besides its coefficients: two real planes and a line. */
export function waveletScratch(domain: Space, { levels }: WaveletLayout): readonly [Space, Space] {
  // 'zero' makes small images grow from level to level
  const most = (size: (level: WaveletLayout['levels'][number]) => number): number => Math.max(...levels.map(size));
  const plane = (rows: number, columns: number): Space => space(['slice', 'y', 'x'], [domain.shape[0], rows, columns]);
  return [
    plane(most(({ y }) => y.n), most(({ x }) => 2 * x.count + x.aside)),
    plane(most(({ y }) => y.count), most(({ x }) => x.count)),
  ]; // prettier-ignore
}

/** Columns are transformed side by side in strips of this many bytes (at least one pixel). */
const STRIP = 128;

class CpuWavelet implements WaveletTransform {
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
    private readonly cpu: CpuBackend,
    readonly backend: Backend,
    private readonly options: WaveletOptions,
  ) {
    const { low, high } = daubechies(options.wavelet);
    const taps = low.length;
    this.#taps = taps;
    this.layout = waveletLayout(domain, taps, options.boundary, options.levels);
    this.range = this.layout.coefficients;
    this.#pixel = cpu.slabs(domain.shape[0]).layout.lanes * 4;
    const table = Float32Array.from([...low.slice().reverse(), ...high.slice().reverse()]);
    this.#filters = cpu.block(domain, table.byteLength);
    cpu.upload(domain, this.#filters, table);
    const longest = Math.max(...this.layout.levels.flatMap(({ y, x }) => [y.n, x.n]));
    this.#line = cpu.block(domain, (longest + 3 * taps + 4) * Math.max(STRIP, this.#pixel));
    const [half, averages] = waveletScratch(domain, this.layout);
    this.#half = backend.field(half) as CpuField;
    this.#averages = backend.field(averages) as CpuField;
  }

  shiftBy(rows: number, columns: number): void {
    if (this.options.boundary === 'zero' && (rows !== 0 || columns !== 0)) {
      throw new SlicewiseError('ARGUMENT', { message: "shifts need the 'periodic' boundary", got: "'zero'" });
    }
    const [, height, width] = this.domain.shape;
    this.#shift = { y: ((rows % height) + height) % height, x: ((columns % width) + width) % width };
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
      yield [
        image.address + (p * image.floats * 4) / count,
        coefficients.address + (p * coefficients.floats * 4) / count,
      ];
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
        ...this.#along(x, shift.x), x.count, this.#line.address,
      ]); // prettier-ignore
      if (this.options.boundary === 'zero') {
        this.#call('clearBox', [coefficients, y.detail + y.count, row, (x.detail + x.count) * pixel]);
      }
      for (const [first, target, many] of [[0, 0, x.count], [x.count, x.detail, x.count + x.aside]]) {
        this.#call('analyse', [
          ...[half + first * pixel, width, STRIP, coefficients + target * pixel, row, STRIP, ...this.#strips(many)],
          ...this.#along(y, shift.y), y.detail, this.#line.address,
        ]); // prettier-ignore
      } // prettier-ignore
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
          ...this.#strips(many), ...this.#along(y, shift.y), this.#line.address,
        ]); // prettier-ignore
      }
      const [out, outRow] = j === 0 ? [image, this.domain.shape[2] * pixel] : [this.#averages.address, x.n * pixel];
      this.#call('synthesise', [
        ...[half, pixel, width, half + x.count * pixel, pixel, width, out, pixel, outRow, y.n, pixel, pixel],
        ...this.#along(x, shift.x), this.#line.address,
      ]); // prettier-ignore
    }
  }

  #call(fn: string, args: readonly number[]): void {
    this.cpu.call(this.domain, waveletKernel, fn, args);
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
