import type { WebGpuBackend } from '../../../compute/webgpu/backend.js';
import type { WebGpuField } from '../../../compute/webgpu/field.js';
import { kernel } from '../../../compute/webgpu/kernel.js';
import type { DeviceTable } from '../../../compute/webgpu/table.js';
import { space } from '../../../core/space.js';
import { lineCode, useCode, type LineUse } from './line-code.js';
import { lineEndsWgsl } from './line-ends.wgsl.generated.js';
import { lineStageWgsl } from './line-stage.wgsl.generated.js';
import { linesWgsl } from './lines.wgsl.generated.js';
import { chirp, chirpSpectrum } from './plan.js';
import { linePlan, roots, type LineLimits, type LinePlan } from './plan-webgpu.js';

/** Where lines lie in a slice of a complex field. In complex numbers. */
export interface Lines {
  readonly field: WebGpuField;
  /** Where the first image begins. */
  readonly start?: number;
  /** From one image to the next; 0: all are the same. */
  readonly image: number;
  /** From one line to the next, and from one position in a line to the next. */
  readonly line: number;
  readonly step: number;
  /** Of a line. Fewer than the transform's length: zeros follow. */
  readonly positions: number;
}

/** A mask on the device: bits, or float32 weights; the steps between slices, lines and positions. */
export interface DeviceMask {
  readonly table: DeviceTable;
  readonly weights: boolean;
  readonly slice: number;
  readonly line: number;
  readonly step: number;
}

export interface LineCall {
  readonly x: Lines;
  readonly out: Lines;
  /** Images of a slice, and lines of an image. */
  readonly images: number;
  readonly lines: number;
  readonly scale?: number;
  readonly inverse?: boolean;
  /** x is multiplied by it (`encodes`), or the result by its conjugate, and summed over images (`decodes`). */
  readonly map?: Omit<Lines, 'positions'>;
  readonly encodes?: boolean;
  readonly decodes?: boolean;
  /** The sum is added to what `out` holds. */
  readonly add?: boolean;
  readonly when?: 'never' | 'before' | 'after' | 'between';
  readonly mask?: DeviceMask;
}

const ENDS = {
  fields: { x: 'read vec2<f32>', old: 'read vec2<f32>', map: 'read vec2<f32>', out: 'write vec2<f32>' },
  tables: { roots: 'read vec2<f32>', mask: 'read u32' },
  params: {
    n: 'u32',
    centre: 'u32',
    images: 'u32',
    lines: 'u32',
    scale: 'f32',
    x_start: 'u32',
    map_start: 'u32',
    out_start: 'u32',
    x_steps: 'vec4<u32>',
    map_steps: 'vec4<u32>',
    out_steps: 'vec4<u32>',
    mask_steps: 'vec4<u32>',
  },
} as const;

const linesKernel = (plan: LinePlan, use: LineUse) =>
  kernel({
    name: `FFT of ${plan.n} along ${plan.columns ? 'y' : 'x'}`,
    code: [useCode(use), lineEndsWgsl, lineCode(plan, use), linesWgsl].join('\n'),
    ...ENDS,
    flexible: true,
  });

const stageKernel = (use: LineUse) =>
  kernel({
    name: 'FFT of long lines',
    code: [useCode(use), lineEndsWgsl, lineStageWgsl].join('\n'),
    fields: { ...ENDS.fields, before: 'read vec2<f32>', after: 'write vec2<f32>' },
    tables: ENDS.tables,
    params: { ...ENDS.params, radix: 'u32', stride: 'u32' },
    flexible: true,
  });

/** Made once for each plan and use, since backends compile a kernel once. */
function remembered<A extends readonly object[], K>(make: (...args: A) => K): (...args: A) => K {
  const made = new Map<string, K>();
  return (...args) => {
    const key = JSON.stringify(args);
    let found = made.get(key);
    if (!found) made.set(key, (found = make(...args)));
    return found;
  };
}
const linesKernelOf = remembered(linesKernel);
const stageKernelOf = remembered(stageKernel);

function useOf({ inverse = false, encodes = false, decodes = false, add = false, when = 'never', mask }: LineCall): LineUse {
  return { masks: mask ? when : 'never', encodes, decodes, adds: add, inverse, weights: mask?.weights ?? false };
}

export interface LineTransformOptions {
  /** Lines lie side by side in memory: columns. */
  readonly columns: boolean;
  /** Element ⌊n/2⌋ of a line is the origin at both ends (default); else element 0. */
  readonly centred?: boolean;
  /** Closer than those of the device. */
  readonly limits?: Partial<LineLimits>;
}

/**
 * F along lines of length n on the GPU, with coil maps and masks applied on the way, so that images cross device memory once each way. Only
 * queues.
 *
 *     out ← scale · [Σ conj(map) ⊙] [mask ⊙] F [mask ⊙] [map ⊙] x
 */
export class LineTransform {
  readonly #plan: LinePlan;
  readonly #roots: DeviceTable;
  readonly #centre: number;
  /** For lines that do not fit into workgroup memory; made by the first call. */
  #scratch: WebGpuField[] = [];
  #lines = 0;

  constructor(
    readonly backend: WebGpuBackend,
    readonly slices: number,
    readonly n: number,
    { columns, centred = true, limits = {} }: LineTransformOptions,
  ) {
    const most = backend.device.limits.maxComputeWorkgroupStorageSize;
    // a processor has other cache lines, and compiles slowly
    const side = limits.side ?? (backend.software ? 4 : undefined);
    this.#plan = linePlan(n, columns, { memory: Math.min(most, limits.memory ?? most), side });
    this.#centre = centred ? Math.floor(n / 2) : 0;
    const { length, bluestein } = this.#plan;
    const tables = bluestein ? [roots(length), chirp(n), chirpSpectrum(n, length)] : [roots(n)];
    this.#roots = backend.table(Float32Array.from(tables.flatMap((t) => [...t])), 'roots of unity');
  }

  run(call: LineCall): void {
    if (this.#plan.lines === 0) return this.#runByStages(call);
    const { images, lines, decodes } = call;
    const { old, ...fields } = this.#fields(call);
    this.backend.run(linesKernelOf(this.#plan, useOf(call)), {
      fields: { ...fields, old },
      tables: this.#tables(call),
      params: this.#params(call),
      workgroups: Math.ceil((lines * (decodes ? 1 : images)) / this.#plan.lines),
    });
  }

  #fields({ x, out, map, add }: LineCall) {
    return { x: x.field, old: add ? out.field : undefined, map: map?.field, out: out.field };
  }

  /** Without a mask its binding holds anything. */
  #tables({ mask }: LineCall) {
    return { roots: this.#roots, mask: mask?.table ?? this.#roots };
  }

  #params({ x, out, map, mask, images, lines, scale = 1 }: LineCall) {
    const steps = (l?: Omit<Lines, 'positions'> & { positions?: number }): number[] =>
      l ? [l.image, l.line, l.step, l.positions ?? 0] : [0, 0, 0, 0];
    return {
      n: this.n,
      centre: this.#centre,
      images,
      lines,
      scale,
      x_start: x.start ?? 0,
      map_start: map?.start ?? 0,
      out_start: out.start ?? 0,
      x_steps: steps(x),
      map_steps: steps(map),
      out_steps: steps(out),
      mask_steps: mask ? [mask.slice, mask.line, mask.step, 0] : [0, 0, 0, 0],
    };
  }

  /** Image by image: scratch is two images, whatever the coils. */
  #runByStages(call: LineCall): void {
    const { images, lines } = call;
    if (this.#lines < lines) {
      this.#scratch.forEach((field) => field.dispose());
      this.#scratch = [0, 1].map(() => this.backend.field(space(['slice', 'y', 'x'], [this.slices, lines, this.n], 'complex64')));
      this.#lines = lines;
    }
    for (let image = 0; image < images; image++) {
      const moved = <L extends Omit<Lines, 'positions'>>(l: L): L => ({
        ...l,
        start: (l.start ?? 0) + image * l.image,
      });
      const { x, out, map, decodes, add } = call;
      const adds = decodes ? add || image > 0 : add;
      this.#stages({ ...call, images: 1, add: adds, x: moved(x), out: moved(out), map: map && moved(map) });
    }
  }

  #stages(call: LineCall): void {
    const { columns } = this.#plan;
    // one stage alone would write what others still read, where out is x
    const radices = this.#plan.radices.length > 1 ? this.#plan.radices : [1, ...this.#plan.radices];
    const between = call.when === 'between' && call.mask !== undefined;
    const passes = [radices, ...(between ? [radices] : [])].flatMap((list, way) =>
      list.map((radix, i) => ({
        radix,
        stride: list.slice(0, i).reduce((a, r) => a * r, 1),
        turns: way === 1 && i === 0,
      })),
    );
    const { x, old, map, out } = this.#fields(call);
    const kernel = stageKernelOf(useOf(call));
    passes.forEach(({ radix, stride, turns }, i) => {
      const [begins, ends] = [i === 0, i === passes.length - 1];
      const [before, after] = [this.#scratch[(i + 1) % 2], this.#scratch[i % 2]];
      this.backend.run(kernel, {
        fields: {
          x: begins ? x : undefined,
          old: ends ? old : undefined,
          map: (begins && call.encodes) || (ends && call.decodes) ? map : undefined,
          out: ends ? out : undefined,
          before: begins ? undefined : before,
          after: ends ? undefined : after,
        },
        tables: this.#tables(call),
        params: { ...this.#params(call), radix, stride },
        constants: {
          begins: Number(begins),
          ends: Number(ends),
          turns: Number(turns),
          columns: Number(columns),
        },
        workgroups: Math.ceil((this.n * call.lines) / 64),
      });
    });
  }

  /** Bytes of tables, and of scratch for images of so many lines. */
  bytes(lines: number): number {
    const scratch = this.#plan.lines === 0 ? 2 * 8 * this.slices * this.n * lines : 0;
    return this.#roots.bytes + scratch;
  }

  dispose(): void {
    this.#roots.dispose();
    for (const field of this.#scratch) field.dispose();
    this.#scratch = [];
    this.#lines = 0;
  }
}
