import { SlicewiseError } from '../../core/errors.js';

/**
 * How a kernel uses a field or table: 'read' what is there; 'write' every element of the slices it is given, reading none of what was
 * there; 'update' both. After it the WGSL type of an element: 'f32' (a complex field then shows its floats, real and imaginary parts in
 * turn) or 'vec2<f32>'.
 */
export type FieldUse = `${'read' | 'write' | 'update'} ${'f32' | 'vec2<f32>'}`;

/** Access and WGSL element type of a table: 'read u32', 'read vec4<f32>', 'update atomic<u32>'. */
export type TableUse = `${'read' | 'update'} ${string}`;

/** WGSL types of parameters; vectors are given as arrays of numbers. */
export type ParameterType = 'u32' | 'i32' | 'f32' | 'vec2<u32>' | 'vec2<f32>' | 'vec4<u32>' | 'vec4<f32>';

export type Fields = Readonly<Record<string, FieldUse>>;
export type Tables = Readonly<Record<string, TableUse>>;
export type Parameters = Readonly<Record<string, ParameterType>>;

/** What a WGSL kernel is and which names it uses. See `kernel`. */
export interface KernelDescription<F extends Fields, T extends Tables, S extends string, P extends Parameters> {
  /** For labels and errors. */
  readonly name: string;
  /** WGSL without bindings: the declarations are made from the names below. */
  readonly code: string;
  /** The compute function (WGSL's attribute `@compute`); 'main' without it. */
  readonly entry?: string;
  readonly fields?: F;
  readonly tables?: T;
  /** Coefficients, each a number, or Scalars that stay on the device. */
  readonly scalars?: readonly S[];
  readonly params?: P;
  /**
   * The code reaches fields by load_NAME and store_NAME only. Then one field may stand for several names (in-place operations), and
   * undefined for none (loads are 0, stores do nothing).
   */
  readonly flexible?: boolean;
  /** Gives the kernel all scalars of the device as `bank`, for writing. Kernels that make scalars only. */
  readonly bank?: boolean;
  /** WGSL extensions the code enables. */
  readonly enables?: readonly ('f16' | 'subgroups')[];
}

/** A kernel as `kernel` made it. */
export interface Kernel<
  F extends Fields = Fields,
  T extends Tables = Tables,
  S extends string = string,
  P extends Parameters = Parameters,
> {
  readonly id: number;
  readonly name: string;
  readonly code: string;
  readonly entry: string;
  readonly fields: F;
  readonly tables: T;
  readonly scalars: readonly S[];
  readonly flexible: boolean;
  readonly bank: 'none' | 'read' | 'update';
  readonly enables: readonly string[];
  readonly layout: ParameterLayout;
  /** Only for types. */
  readonly params: P;
}

let kernels = 0;

/**
 * Declares a WGSL kernel. A text in front of its code declares, from the names given here:
 *
 *     params.first, params.count    first slice of this dispatch in the volume, and how many it has
 *     params.NAME                   every name of `params`
 *     NAME[i]                       every field and table, a storage array
 *     at_NAME(k)                    index in the array NAME of slice params.first + k of a field
 *     load_NAME(i), store_NAME(i, v)   the same by function (`flexible`)
 *     scalar_NAME(slice)            a coefficient; slice = params.first + k
 *     group_of(workgroup_id)        linear index of the workgroup in its slice, where the number of workgroups is one number
 *     size_NAME()                   elements of one slice of a field
 *
 * workgroup_id.z is the slice k (or group of slices) of the dispatch. Names must not be WGSL keywords.
 *
 * @example
 * ```ts
 * // scale.wgsl:  @compute @workgroup_size(64) fn main(@builtin(workgroup_id) g: vec3<u32>, @builtin(local_invocation_index) t: u32) {
 * //                let e = group_of(g) * 64u + t;
 * //                if (e < size_out()) { out[at_out(g.z) + e] = params.factor * x[at_x(g.z) + e]; } }
 * const scale = kernel({ name: 'scale', code: scaleWgsl, fields: { x: 'read f32', out: 'write f32' }, params: { factor: 'f32' } });
 * backend.run(scale, { fields: { x, out }, params: { factor: 2 }, workgroups: Math.ceil(elements / 64) });
 * ```
 */
export function kernel<
  const F extends Fields = Record<never, never>,
  const T extends Tables = Record<never, never>,
  const S extends string = never,
  const P extends Parameters = Record<never, never>,
>(description: KernelDescription<F, T, S, P>): Kernel<F, T, S, P> {
  const { name, code, entry = 'main', flexible = false, enables = [] } = description;
  const fields = description.fields ?? ({} as F);
  const tables = description.tables ?? ({} as T);
  const scalars = description.scalars ?? [];
  const params = description.params ?? ({} as P);
  const members: [string, ParameterType][] = [
    ['first', 'u32'],
    ['count', 'u32'],
    ['width', 'u32'],
  ];
  for (const field of Object.keys(fields)) members.push([`${field}_at`, 'u32'], [`${field}_size`, 'u32']);
  for (const s of scalars) members.push([`${s}_at`, 'u32'], [`${s}_step`, 'u32'], [`${s}_value`, 'f32']);
  members.push(...Object.entries(params));
  const bank = description.bank ? 'update' : scalars.length > 0 ? 'read' : 'none';
  const layout = parameterLayout(name, members);
  return { id: kernels++, name, code, entry, fields, tables, scalars, flexible, bank, enables, layout, params };
}

interface Member {
  readonly name: string;
  readonly type: ParameterType;
  /** In 32-bit words. */
  readonly offset: number;
  readonly words: number;
}

export interface ParameterLayout {
  readonly members: readonly Member[];
  /** 32-bit words of the whole, a multiple of four. */
  readonly words: number;
}

/** Members in WGSL's uniform layout: vectors of two align to 8 bytes, of four to 16. */
function parameterLayout(kernelName: string, members: readonly [string, ParameterType][]): ParameterLayout {
  const placed: Member[] = [];
  let end = 0;
  for (const [name, type] of members) {
    if (placed.some((other) => other.name === name)) {
      throw new SlicewiseError('ARGUMENT', { message: `the kernel ${kernelName} has two parameters named ${name}` });
    }
    const words = wordsOf(type);
    const offset = Math.ceil(end / words) * words;
    placed.push({ name, type, offset, words });
    end = offset + words;
  }
  return { members: placed, words: Math.ceil(end / 4) * 4 };
}

const wordsOf = (type: ParameterType): number => (type.startsWith('vec') ? Number(type[3]) : 1);

/** Where a coefficient is a number and not in the bank. */
export const NOWHERE = 0xffffffff;

/**
 * What a field name means in one variant of a kernel: its own binding, the binding of another name that is the same field, or nothing.
 */
export type Alias = { readonly same: string } | 'own' | 'none';

/** Bindings in order, after the parameters (binding 0). */
export interface Binding {
  readonly name: string;
  readonly type: string;
  readonly writable: boolean;
}

export function bindingsOf(k: Kernel, aliases: Readonly<Record<string, Alias>>): Binding[] {
  const list: Binding[] = [];
  for (const [name, use] of [...Object.entries(k.fields), ...Object.entries(k.tables)]) {
    if ((aliases[name] ?? 'own') !== 'own') continue;
    const [access, ...type] = use.split(' ');
    list.push({ name, type: type.join(' '), writable: access !== 'read' });
  }
  if (k.bank !== 'none') list.push({ name: 'bank', type: 'f32', writable: k.bank === 'update' });
  return list;
}

/** The whole WGSL of one variant. */
export function shaderOf(k: Kernel, aliases: Readonly<Record<string, Alias>>): string {
  const lines = k.enables.map((extension) => `enable ${extension};`);
  lines.push(
    `struct Params { ${k.layout.members.map(({ name, type }) => `${name}: ${type}`).join(', ')} }`,
    '@group(0) @binding(0) var<uniform> params: Params;',
    'fn group_of(id: vec3<u32>) -> u32 { return id.y * params.width + id.x; }',
  );
  bindingsOf(k, aliases).forEach(({ name, type, writable }, i) => {
    const access = writable ? 'read_write' : 'read';
    lines.push(`@group(0) @binding(${i + 1}) var<storage, ${access}> ${name}: array<${type}>;`);
  });
  for (const [name, use] of Object.entries(k.fields)) lines.push(...accessors(name, use, aliases[name] ?? 'own'));
  for (const s of k.scalars) {
    const held = `bank[params.${s}_at + params.${s}_step * slice]`;
    lines.push(`fn scalar_${s}(slice: u32) -> f32 { if (params.${s}_at == ${NOWHERE}u) { return params.${s}_value; } return ${held}; }`);
  }
  return `${lines.join('\n')}\n${k.code}`;
}

function accessors(name: string, use: FieldUse, alias: Alias): string[] {
  const [access, type] = use.split(' ');
  const array = typeof alias === 'object' ? alias.same : name;
  const none = alias === 'none';
  return [
    `fn at_${name}(k: u32) -> u32 { return params.${name}_at + k * params.${name}_size; }`,
    `fn size_${name}() -> u32 { return params.${name}_size; }`,
    `fn load_${name}(i: u32) -> ${type} { return ${none ? `${type}()` : `${array}[i]`}; }`,
    ...(access === 'read' ? [] : [`fn store_${name}(i: u32, v: ${type}) { ${none ? '' : `${array}[i] = v;`} }`]),
  ];
}
