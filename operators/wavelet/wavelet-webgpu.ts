import type { Field, MemoryPlan } from '../../compute/backend.js';
import type { WebGpuBackend } from '../../compute/webgpu/backend.js';
import { webGpuField, type WebGpuField } from '../../compute/webgpu/field.js';
import { kernel } from '../../compute/webgpu/kernel.js';
import type { DeviceTable } from '../../compute/webgpu/table.js';
import { bytesOf, componentsOf, type Space } from '../../core/space.js';
import { analyseWgsl } from './analyse.wgsl.generated.js';
import { clearBoxWgsl } from './clear-box.wgsl.generated.js';
import { daubechies } from './daubechies.js';
import { requireShiftable, shiftWithin, waveletLayout, waveletScratch, type AxisLevel, type WaveletLayout } from './layout.js';
import { synthesiseWgsl } from './synthesise.wgsl.generated.js';
import { waveletWgsl } from './wavelet.wgsl.generated.js';
import type { WaveletOptions, WaveletTransform } from './wavelet.js';

const axis = {
  taps: 'i32',
  phase: 'i32',
  n: 'i32',
  offset: 'i32',
  shift: 'i32',
  periodic: 'u32',
  pairs: 'i32',
  detail: 'i32',
  lines: 'u32',
  positions: 'u32',
  inner: 'u32',
  split: 'u32',
  split_to: 'u32',
  out_line: 'u32',
  out_step: 'u32',
} as const;

const analyse = kernel({
  name: 'wavelet: analyse',
  code: `${waveletWgsl}\n${analyseWgsl}`,
  fields: { x: 'read f32', out: 'write f32' },
  tables: { filters: 'read f32' },
  params: { ...axis, x_line: 'u32', x_step: 'u32' },
});

const synthesise = kernel({
  name: 'wavelet: synthesise',
  code: `${waveletWgsl}\n${synthesiseWgsl}`,
  fields: { averages: 'read f32', details: 'read f32', out: 'write f32' },
  tables: { filters: 'read f32' },
  params: { ...axis, averages_line: 'u32', averages_step: 'u32', details_line: 'u32', details_step: 'u32' },
});

const clearBox = kernel({
  name: 'wavelet: clear',
  code: clearBoxWgsl,
  fields: { out: 'write f32' },
  params: { rows: 'u32', floats: 'u32', out_line: 'u32' },
});

/** See waveletTransform. Real and imaginary parts go together. */
export class WaveletWebGpu implements WaveletTransform {
  readonly name = 'wavelet';
  readonly coupling = 'slice';
  readonly layout: WaveletLayout;
  readonly range: Space;
  readonly #filters: DeviceTable;
  readonly #taps: number;
  /** Floats of a pixel. */
  readonly #parts: number;
  /** Half-transformed plane, and the averages on their way back. */
  readonly #half: WebGpuField;
  readonly #averages: WebGpuField;
  #shift = { y: 0, x: 0 };

  constructor(
    readonly domain: Space,
    readonly backend: WebGpuBackend,
    private readonly options: WaveletOptions,
  ) {
    const { low, high } = daubechies(options.wavelet);
    this.#taps = low.length;
    this.layout = waveletLayout(domain, this.#taps, options.boundary, options.levels);
    this.range = this.layout.coefficients;
    this.#parts = componentsOf(domain);
    const table = Float32Array.from([...low.slice().reverse(), ...high.slice().reverse()]);
    this.#filters = backend.table(table, 'wavelet filters');
    [this.#half, this.#averages] = this.#scratch().map((s) => backend.field(s));
  }

  #scratch(): Space[] {
    return waveletScratch(this.domain, this.layout).map((s) => ({ ...s, dtype: this.domain.dtype }));
  }

  shiftBy(rows: number, columns: number): void {
    requireShiftable(this.options.boundary, rows, columns);
    this.#shift = shiftWithin(this.domain, rows, columns);
  }

  /** Level by level: along x into a plane of [averages | details], along y from there into the coefficient array. */
  apply(image: Field, coefficients: Field): void {
    const from = webGpuField(image, this.domain, this.backend);
    const to = webGpuField(coefficients, this.range, this.backend);
    const parts = this.#parts;
    const row = this.range.shape[2] * parts;
    this.layout.levels.forEach(({ y, x }, j) => {
      const shift = j === 0 ? this.#shift : { y: 0, x: 0 };
      const width = (2 * x.count + x.aside) * parts;
      this.backend.run(analyse, {
        fields: { x: j === 0 ? from : to, out: this.#half },
        ...this.#call(x.count + x.aside, {
          ...this.#along(x, shift.x),
          lines: y.n,
          inner: parts,
          split: parts,
          split_to: 0,
          detail: x.count,
          x_line: j === 0 ? this.domain.shape[2] * parts : row,
          x_step: parts,
          out_line: width,
          out_step: parts,
        }),
      });
      if (this.options.boundary === 'zero') {
        const [rows, floats] = [y.detail + y.count, (x.detail + x.count) * parts];
        const workgroups = Math.ceil((rows * floats) / 64);
        this.backend.run(clearBox, { fields: { out: to }, params: { rows, floats, out_line: row }, workgroups });
      }
      this.backend.run(analyse, {
        fields: { x: this.#half, out: to },
        ...this.#call(y.count + y.aside, {
          ...this.#along(y, shift.y),
          ...this.#columns(x),
          detail: y.detail,
          x_line: 0,
          x_step: width,
          out_line: 0,
          out_step: row,
        }),
      });
    });
  }

  adjoint(coefficients: Field, image: Field): void {
    const from = webGpuField(coefficients, this.range, this.backend);
    const to = webGpuField(image, this.domain, this.backend);
    const parts = this.#parts;
    const row = this.range.shape[2] * parts;
    const { levels } = this.layout;
    for (let j = levels.length - 1; j >= 0; j--) {
      const { y, x } = levels[j];
      const coarsest = j === levels.length - 1;
      const shift = j === 0 ? this.#shift : { y: 0, x: 0 };
      const width = (2 * x.count + x.aside) * parts;
      this.backend.run(synthesise, {
        fields: { averages: coarsest ? from : this.#averages, details: from, out: this.#half },
        ...this.#call(y.n, {
          ...this.#along(y, shift.y),
          ...this.#columns(x),
          detail: y.detail,
          averages_line: 0,
          averages_step: coarsest ? row : x.count * parts,
          details_line: 0,
          details_step: row,
          out_line: 0,
          out_step: width,
        }),
      });
      const [out, outRow] = j === 0 ? [to, this.domain.shape[2]] : [this.#averages, x.n];
      this.backend.run(synthesise, {
        fields: { averages: this.#half, details: this.#half, out },
        ...this.#call(x.n, {
          ...this.#along(x, shift.x),
          lines: y.n,
          inner: parts,
          split: parts,
          split_to: 0,
          detail: x.count,
          averages_line: width,
          averages_step: parts,
          details_line: width,
          details_step: parts,
          out_line: outRow * parts,
          out_step: parts,
        }),
      });
    }
  }

  normal(x: Field, out: Field): void {
    if (x !== out) this.backend.lincomb(out, [1, x]);
  }

  /** A call of a kernel over so many positions of every line. */
  #call<P extends { readonly lines: number; readonly inner: number }>(positions: number, params: P) {
    const workgroups = Math.ceil((params.lines * positions * params.inner) / 64);
    return { tables: { filters: this.#filters }, params: { ...params, positions }, workgroups };
  }

  #along({ n, offset, count }: AxisLevel, shift: number) {
    const periodic = this.options.boundary === 'periodic';
    const phase = periodic ? this.#taps / 2 : 1;
    return { taps: this.#taps, phase, n, offset, shift, periodic: Number(periodic), pairs: count };
  }

  /** All columns of a half-transformed plane side by side. */
  #columns({ count, aside, detail }: AxisLevel) {
    const parts = this.#parts;
    return { lines: 1, inner: (2 * count + aside) * parts, split: count * parts, split_to: detail * parts };
  }

  norm(): Promise<number> {
    return Promise.resolve(1);
  }

  bytes(): MemoryPlan {
    return { items: [{ what: 'wavelet scratch', bytes: this.#scratch().reduce((sum, s) => sum + bytesOf(s), 0) }] };
  }

  dispose(): void {
    this.#filters.dispose();
    for (const field of [this.#half, this.#averages]) field.dispose();
  }
}
