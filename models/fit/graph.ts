import { SlicewiseError } from '../../core/errors.js';
import { encodeModel, type Attribute, type NodeDescription, type PortDescription, type TensorDescription } from './onnx/model.js';

/** A float32 array of a graph, of fixed shape, in C order; images are [batch, channel, row, column]. */
export interface Value {
  readonly graph: Graph;
  readonly name: string;
  readonly shape: readonly number[];
}

/** A list of whole numbers that an ONNX operation takes as an input: axes, shapes, pads. */
export interface Integers {
  readonly integers: readonly number[];
}

/** A tensor of true and false. */
export interface Condition {
  readonly condition: string;
}

/** What an ONNX operation may be given; null leaves an optional input out. */
export type Operand = Value | Integers | Condition | null;

/**
 * Cotangents of an operation's inputs, in their order, from that of its output: Jᵀg. `undefined` where an input needs none or has none.
 * `needed` says which are asked for, `target` where they are computed.
 */
export type Pullback = (gradient: Value, needed: readonly boolean[], target: Target) => readonly (Value | undefined)[];

/** Where a graph will run: what is fastest differs, the result does not but for rounding. */
export type Target = 'cpu' | 'gpu';

/** Where a parameter starts: its values, for a shape, from the seed. */
export type Initialiser = (shape: readonly number[], draw: (count: number) => Float64Array) => Float32Array;

/** A part of the flat vector of parameters that are fitted. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** Place of its first number in the vector of all parameters. */
  readonly offset: number;
  readonly initial: Initialiser;
}

interface Derivation {
  readonly inputs: readonly Value[];
  readonly pullback: Pullback;
}

/** Names of the vector of all parameters among the inputs, of its gradient and of what is made small among the outputs. */
export const PARAMETERS = 'parameters';
export const GRADIENT = 'gradient';
export const LOSS = 'loss';
/** Begins the names that are made here, so that no user's name is one of them. */
const OWN = '/';

/**
 * A computation, written down once: operations on values of fixed shape, with what reverse-mode differentiation needs of each. It
 * becomes one ONNX graph whose inputs are what changes and the vector of all parameters, and whose outputs are named by the user, with
 * the gradient of one of them beside.
 */
export class Graph {
  readonly #nodes: NodeDescription[] = [];
  readonly #constants: TensorDescription[] = [];
  readonly #lists = new Map<string, string>();
  readonly #numbers = new Map<number, Value>();
  readonly #inputs: PortDescription[] = [];
  readonly #parameters: Parameter[] = [];
  readonly #derivations = new Map<Value, Derivation>();
  readonly #values = new Map<string, Value>();
  #count = 0;
  #size = 0;

  constructor(readonly name = 'graph') {}

  /** Every parameter, in the order of the vector of all. */
  get parameters(): readonly Parameter[] {
    return this.#parameters;
  }

  /** Numbers of all parameters. */
  get size(): number {
    return this.#size;
  }

  get inputs(): readonly PortDescription[] {
    return this.#inputs;
  }

  /** Something that is given at every evaluation. @throws SlicewiseError ARGUMENT where the name is taken */
  input(name: string, shape: readonly number[]): Value {
    const reserved = [PARAMETERS, GRADIENT, LOSS].includes(name) || name.startsWith(OWN);
    if (reserved || this.#values.has(name)) {
      throw new SlicewiseError('ARGUMENT', {
        message: 'inputs of a graph',
        expected: `each name once, none of ${PARAMETERS}, ${GRADIENT}, ${LOSS}, and none that begins with ${OWN}`,
        got: `'${name}'${reserved ? '' : ' again'}`,
      });
    }
    this.#inputs.push({ name, shape });
    return this.#value(name, shape);
  }

  /** Something that is fitted. */
  parameter(shape: readonly number[], initial: Initialiser, label = 'weight'): Value {
    const value = this.#value(`${OWN}${label}_${this.#parameters.length}`, shape);
    this.#parameters.push({ name: value.name, shape, offset: this.#size, initial });
    this.#size += sizeOf(shape);
    return value;
  }

  /** Numbers that stay. */
  constant(values: Float32Array, shape: readonly number[]): Value {
    requireSize(values.length, shape);
    const value = this.#fresh('constant', shape);
    this.#constants.push({ name: value.name, shape, values });
    return value;
  }

  /** One number that stays, of shape []. */
  number(value: number): Value {
    const known = this.#numbers.get(value) ?? this.constant(Float32Array.of(value), []);
    this.#numbers.set(value, known);
    return known;
  }

  /** An ONNX operation of one output; what is made with it alone has no gradient. */
  emit(type: string, inputs: readonly Operand[], shape: readonly number[], attributes?: { readonly [name: string]: Attribute }): Value {
    const value = this.#fresh(type, shape);
    this.#node(type, inputs, value.name, attributes);
    return value;
  }

  /** An ONNX operation whose output is true or false. */
  emitCondition(type: string, inputs: readonly Operand[]): Condition {
    const condition = `${OWN}${type}_${this.#count++}`;
    this.#node(type, inputs, condition);
    return { condition };
  }

  /** Says how `output` follows from `inputs`, so that gradients pass it. */
  derive(output: Value, inputs: readonly Value[], pullback: Pullback): Value {
    this.#derivations.set(output, { inputs, pullback });
    return output;
  }

  /** How a value was made, for `gradients`; absent for inputs, parameters and constants. */
  derivation(value: Value): Derivation | undefined {
    return this.#derivations.get(value);
  }

  /** Values that gradients pass through, in the order in which they were made. */
  derived(): readonly Value[] {
    return [...this.#derivations.keys()];
  }

  /** The value of a parameter. */
  valueOf({ name }: Parameter): Value {
    return this.#values.get(name)!;
  }

  /** The ONNX file of these outputs. @throws SlicewiseError ARGUMENT for names that inputs have, or that are made here */
  encode(outputs: { readonly [name: string]: Value }): Uint8Array {
    const taken = Object.keys(outputs).find((name) => name === PARAMETERS || name.startsWith(OWN) || this.#values.has(name));
    if (taken !== undefined) {
      throw new SlicewiseError('ARGUMENT', {
        message: 'outputs of a graph',
        expected: `names of no input, none that begins with ${OWN}`,
        got: `'${taken}'`,
      });
    }
    const named: NodeDescription[] = Object.entries(outputs).map(([name, { name: from }]) => ({
      type: 'Identity',
      inputs: [from],
      outputs: [name],
    }));
    const nodes = needed([...this.#unpacked(), ...this.#nodes, ...named], Object.keys(outputs));
    const used = new Set(nodes.flatMap(({ inputs }) => inputs));
    return encodeModel({
      name: this.name,
      nodes,
      constants: [...this.#constants, ...[...this.#lists].map(([key, name]) => listOf(key, name))].filter(({ name }) => used.has(name)),
      inputs: [...this.#inputs, ...(this.#size > 0 ? [{ name: PARAMETERS, shape: [this.#size] }] : [])],
      outputs: Object.entries(outputs).map(([name, { shape }]) => ({ name, shape })),
    });
  }

  /** Every parameter out of the vector of all. */
  #unpacked(): NodeDescription[] {
    return this.#parameters.flatMap(({ name, shape, offset }) => {
      const ends = [[offset], [offset + sizeOf(shape)], [0]].map((integers) => this.#list({ integers }));
      return [
        { type: 'Slice', inputs: [PARAMETERS, ...ends], outputs: [`${name}_flat`] },
        { type: 'Reshape', inputs: [`${name}_flat`, this.#list({ integers: shape })], outputs: [name] },
      ];
    });
  }

  #node(type: string, inputs: readonly Operand[], output: string, attributes?: { readonly [name: string]: Attribute }): void {
    const names = inputs.map((input) => {
      if (input === null) return '';
      if ('integers' in input) return this.#list(input);
      if ('condition' in input) return input.condition;
      if (input.graph !== this) throw new SlicewiseError('ARGUMENT', { message: `'${input.name}' belongs to another graph` });
      return input.name;
    });
    this.#nodes.push({ type, inputs: names, outputs: [output], attributes });
  }

  #list({ integers }: Integers): string {
    const key = integers.join(',');
    const name = this.#lists.get(key) ?? `${OWN}list_${this.#lists.size}`;
    this.#lists.set(key, name);
    return name;
  }

  #fresh(label: string, shape: readonly number[]): Value {
    return this.#value(`${OWN}${label}_${this.#count++}`, shape);
  }

  #value(name: string, shape: readonly number[]): Value {
    const value: Value = { graph: this, name, shape };
    this.#values.set(name, value);
    return value;
  }
}

const listOf = (key: string, name: string): TensorDescription => {
  const values = key === '' ? [] : key.split(',').map(Number);
  return { name, shape: [values.length], values };
};

/** Nodes on which the outputs depend. */
function needed(nodes: readonly NodeDescription[], outputs: readonly string[]): NodeDescription[] {
  const wanted = new Set(outputs);
  const kept: NodeDescription[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((name) => wanted.has(name))) continue;
    kept.push(node);
    for (const name of node.inputs) wanted.add(name);
  }
  return kept.reverse();
}

/** Numbers of an array of this shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

function requireSize(length: number, shape: readonly number[]): void {
  if (length === sizeOf(shape)) return;
  throw new SlicewiseError('SHAPE', {
    message: 'a constant of a graph',
    expected: `${sizeOf(shape)} numbers for [${shape.join(', ')}]`,
    got: `${length}`,
  });
}
