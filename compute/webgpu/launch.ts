import { SlicewiseError } from '../../core/errors.js';
import { describeSpace } from '../../core/space.js';
import type { Coefficient } from '../backend.js';
import { cutPieces, WebGpuField, type Shifted } from './field.js';
import { NOWHERE, type Alias, type Fields, type Kernel, type ParameterLayout, type Parameters, type Tables } from './kernel.js';
import type { Constants } from './pipelines.js';
import type { DeviceBuffer } from './pool.js';
import type { DeviceQueue } from './queue.js';
import { WebGpuScalars, type ScalarBank } from './scalars.js';
import type { DeviceTable } from './table.js';

/** A section of a call is left out where the kernel names nothing in it. */
type Section<Name extends string, Content> = [keyof Content] extends [never]
  ? { readonly [n in Name]?: Content }
  : { readonly [n in Name]: Content };

/** What a kernel is called with, besides its fields. */
type Rest<T extends Tables, S extends string, P extends Parameters> = Section<'tables', { readonly [name in keyof T]: DeviceTable }> &
  Section<'scalars', { readonly [name in S]: Coefficient }> &
  Section<'params', { readonly [name in keyof P]: P[name] extends `vec${string}` ? readonly number[] : number }> & {
    /** WGSL `override` constants; every set of values is a pipeline of its own. */
    readonly constants?: Constants;
  };

/** A call by slices: every field has the same number of them. */
export type RunCall<F extends Fields, T extends Tables, S extends string, P extends Parameters> = Section<
  'fields',
  { readonly [name in keyof F]: WebGpuField | Shifted | undefined }
> &
  Rest<T, S, P> & {
    /**
     * Workgroups for one slice: a number of any size (the kernel asks `group_of` for its own), or two numbers that become workgroup_id.xy.
     */
    readonly workgroups: number | readonly [number, number];
    /** Slices one workgroup does, 1 by default: it then checks against params.count. */
    readonly slicesPerGroup?: number;
    /** Only `count` slices from `first` on; all without it. */
    readonly slices?: { readonly first: number; readonly count: number };
  };

/** A call on chunks, for kernels that see more than a slice: the caller visits the chunks (`field.chunks`) itself. */
export type DispatchCall<F extends Fields, T extends Tables, S extends string, P extends Parameters> = Section<
  'fields',
  { readonly [name in keyof F]: { readonly field: WebGpuField; readonly chunk: number } }
> &
  Rest<T, S, P> & { readonly workgroups: readonly [number, number, number] };

interface AnyCall {
  readonly tables?: Readonly<Record<string, DeviceTable>>;
  readonly scalars?: Readonly<Record<string, Coefficient>>;
  readonly params?: Readonly<Record<string, number | readonly number[]>>;
  readonly constants?: Constants;
}

type Value = number | readonly number[];

/** Turns calls into dispatches. */
export class Launcher {
  readonly #queue: DeviceQueue;
  readonly #bank: ScalarBank;
  readonly #most: number;

  constructor(queue: DeviceQueue, bank: ScalarBank) {
    this.#queue = queue;
    this.#bank = bank;
    this.#most = queue.device.limits.maxComputeWorkgroupsPerDimension;
  }

  /**
   * Checks a call now; the function returned encodes it, in queue order.
   * @throws SlicewiseError ARGUMENT, SHAPE, BACKEND
   */
  run<F extends Fields, T extends Tables, S extends string, P extends Parameters>(
    kernel: Kernel<F, T, S, P>,
    call: RunCall<F, T, S, P>,
  ): () => void {
    const k: Kernel = kernel;
    const given = (call.fields ?? {}) as Readonly<Record<string, WebGpuField | Shifted | undefined>>;
    const views = Object.keys(k.fields).flatMap((name) => {
      const argument = given[name];
      if (!argument) return [];
      const shift = argument instanceof WebGpuField ? undefined : argument;
      return [{ name, field: shift ? shift.field : (argument as WebGpuField), shift }];
    });
    if (views.length === 0) throw wrong(k, 'has no field to take its slices from', 'use dispatch');
    const slices = views[0].field.slices;
    for (const { field } of views) {
      if (field.slices === slices) continue;
      throw new SlicewiseError('SHAPE', {
        message: `fields of the kernel ${k.name} have different numbers of slices`,
        expected: describeSpace(views[0].field.space),
        got: describeSpace(field.space),
      });
    }
    for (const view of views) fits(k, view.name, view.field);
    const aliases = aliasesOf(k, given);
    const { first: begin, count: visited } = call.slices ?? { first: 0, count: slices };
    if (begin < 0 || visited < 1 || begin + visited > slices) {
      throw wrong(k, `is given slices ${begin} to ${begin + visited - 1} of ${slices}`);
    }
    const overwritten = new Map<WebGpuField, boolean>();
    for (const { name, field } of views) {
      const whole = visited === slices && k.fields[name].startsWith('write');
      overwritten.set(field, whole && (overwritten.get(field) ?? true));
    }
    const perGroup = call.slicesPerGroup ?? 1;
    const [x, y] = typeof call.workgroups === 'number' ? spread(call.workgroups, this.#most) : call.workgroups;
    const pieces = cutPieces(slices, views, this.#most * perGroup, begin, begin + visited);
    const bound = views.map(({ name }, i) => ({ name, i })).filter(({ name }) => aliases[name] === 'own');
    const rest = this.#rest(k, call as AnyCall, slices);
    return () => {
      // for a fresh field of which only a part is visited first, every chunk counts
      for (const [field, over] of overwritten) field.chunks.forEach((_, c) => field.buffer(c, over));
      for (const { first, count, places } of pieces) {
        const values: Record<string, Value> = { ...rest.values(), first, count, width: x };
        views.forEach(({ name, field }, i) => {
          const size = field.elements / unit(k, name);
          values[`${name}_size`] = size;
          values[`${name}_at`] = places[i].slice * size;
        });
        const fields = bound.map(({ i }) => views[i].field.buffer(places[i].chunk, true));
        this.#dispatch(k, aliases, call.constants, [...fields, ...rest.buffers()], values, [x, y, Math.ceil(count / perGroup)]);
      }
    };
  }

  /** As `run`, for one dispatch on whole chunks: `at_NAME(k)` counts slices from the beginning of the chunk, params.first is 0. */
  dispatch<F extends Fields, T extends Tables, S extends string, P extends Parameters>(
    kernel: Kernel<F, T, S, P>,
    call: DispatchCall<F, T, S, P>,
  ): () => void {
    const k: Kernel = kernel;
    const given = (call.fields ?? {}) as Readonly<Record<string, { field: WebGpuField; chunk: number }>>;
    const views = Object.keys(k.fields).map((name) => ({ name, ...given[name] }));
    for (const { name, field } of views) fits(k, name, field);
    for (const a of views) {
      const shared = views.some((b) => a !== b && a.field === b.field && a.chunk === b.chunk);
      if (shared && !k.fields[a.name].startsWith('read ')) throw wrong(k, `writes ${a.name}, which it is given twice`);
    }
    const [x, y, z] = call.workgroups;
    const rest = this.#rest(k, call as AnyCall, NaN);
    return () => {
      const values: Record<string, Value> = { ...rest.values(), first: 0, count: z, width: x };
      const fields = views.map(({ name, field, chunk }) => {
        values[`${name}_at`] = 0;
        values[`${name}_size`] = field.elements / unit(k, name);
        return field.buffer(chunk, k.fields[name].startsWith('write'));
      });
      this.#dispatch(k, {}, call.constants, [...fields, ...rest.buffers()], values, [x, y, z]);
    };
  }

  #dispatch(
    k: Kernel,
    aliases: Readonly<Record<string, Alias>>,
    constants: Constants = {},
    buffers: readonly DeviceBuffer[],
    values: Readonly<Record<string, Value>>,
    groups: readonly [number, number, number],
  ): void {
    const pipeline = () => this.#queue.pipelines.get(k, aliases, constants);
    this.#queue.dispatch(pipeline, buffers, (u, f) => fill(k.layout, values, u, f), groups);
  }

  /** Tables, coefficients and parameters: checked now, looked up when the queue comes to them. */
  #rest(k: Kernel, call: AnyCall, slices: number): { buffers(): DeviceBuffer[]; values(): Record<string, Value> } {
    const tables = Object.keys(k.tables).map((name) => call.tables![name]);
    const values: Record<string, Value> = { ...call.params };
    for (const name of k.scalars) {
      const c = call.scalars![name];
      if (typeof c === 'number') Object.assign(values, { [`${name}_at`]: NOWHERE, [`${name}_step`]: 0, [`${name}_value`]: c });
      else {
        const { at, per, length } = this.#own(c, slices);
        Object.assign(values, { [`${name}_at`]: at, [`${name}_step`]: per === 'slice' && length > 0 ? 1 : 0, [`${name}_value`]: 0 });
      }
    }
    const bank = k.bank !== 'none';
    return {
      buffers: () => [...tables.map((table) => table.buffer()), ...(bank ? [this.#bank.buffer()] : [])],
      values: () => ({ ...values }),
    };
  }

  #own(c: Coefficient, slices: number): WebGpuScalars {
    if (!(c instanceof WebGpuScalars) || c.host.bank !== this.#bank) {
      throw new SlicewiseError('BACKEND', { message: 'scalars of another backend were given' });
    }
    if (c.per === 'slice' && slices !== c.length && !Number.isNaN(slices)) {
      throw new SlicewiseError('SHAPE', {
        message: 'scalars per slice do not fit the fields',
        expected: `${slices} slices`,
        got: `${c.length}`,
      });
    }
    return c.live;
  }
}

/** n workgroups as a grid x · y ≥ n within the limit of a dimension. */
function spread(n: number, most: number): [number, number] {
  const y = Math.max(1, Math.ceil(n / most));
  return [Math.ceil(n / y), y];
}

/** Floats of one element of a binding. */
const unit = (k: Kernel, name: string): number => (k.fields[name].endsWith('vec2<f32>') ? 2 : 1);

function fits(k: Kernel, name: string, field: WebGpuField): void {
  if (field.disposed) throw new SlicewiseError('BACKEND', { message: 'a disposed field was used' });
  if (unit(k, name) === 1 || field.space.dtype === 'complex64') return;
  throw new SlicewiseError('SHAPE', {
    message: `${name} of the kernel ${k.name} is complex`,
    got: describeSpace(field.space),
  });
}

/** WebGPU forbids a buffer that is written under one name to have another. */
function aliasesOf(k: Kernel, given: Readonly<Record<string, WebGpuField | Shifted | undefined>>): Record<string, Alias> {
  const aliases: Record<string, Alias> = {};
  const written = new Map<WebGpuField, string>();
  for (const [name, use] of Object.entries(k.fields)) {
    if (use.startsWith('read ')) continue;
    const field = given[name];
    aliases[name] = field ? 'own' : 'none';
    if (!field) continue;
    if (!(field instanceof WebGpuField)) throw wrong(k, `writes ${name}, which is shifted`);
    if (written.has(field)) throw wrong(k, `writes one field as ${written.get(field)} and ${name}`);
    written.set(field, name);
  }
  for (const [name, use] of Object.entries(k.fields)) {
    if (!use.startsWith('read ')) continue;
    const field = given[name];
    const other = field instanceof WebGpuField ? written.get(field) : field && written.get(field.field);
    if (other && field instanceof WebGpuField) aliases[name] = { same: other };
    else if (other) throw wrong(k, `reads as ${name}, shifted, the field it writes as ${other}`);
    else aliases[name] = field ? 'own' : 'none';
  }
  for (const [name, alias] of Object.entries(aliases)) {
    if (alias === 'own' || k.flexible) continue;
    throw wrong(k, alias === 'none' ? `needs ${name}` : `reads as ${name} the field it writes`, 'give it another field');
  }
  return aliases;
}

const wrong = (k: Kernel, what: string, hint = ''): SlicewiseError =>
  new SlicewiseError('ARGUMENT', { message: `the kernel ${k.name} ${what}`, hint });

function fill(layout: ParameterLayout, values: Readonly<Record<string, Value>>, u: Uint32Array, f: Float32Array): void {
  for (const { name, type, offset } of layout.members) {
    const value = values[name] ?? 0; // a field that is not there
    const to = type.includes('f32') ? f : u; // i32 wraps into u32
    if (typeof value === 'number') to[offset] = value;
    else to.set(value, offset);
  }
}
