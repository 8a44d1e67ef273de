import { ProtobufWriter } from './protobuf.js';

/*
 * The messages of ONNX (github.com/onnx/onnx, onnx/onnx.proto) that a graph of fixed shapes needs. Numbers are the fields of that file.
 */

/** What an attribute of a node may be: int64, float where it says so, text, a list of int64. */
export type Attribute = number | { readonly float: number } | string | readonly number[];

export interface NodeDescription {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: { readonly [name: string]: Attribute };
}

export interface TensorDescription {
  readonly name: string;
  readonly shape: readonly number[];
  /** float32 values; whole numbers (int64) where they are a plain array. */
  readonly values: Float32Array | readonly number[];
}

/** A float32 tensor that goes in or out. */
export interface PortDescription {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The same with sides by name, which may have any length. */
export interface OpenPortDescription {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

export interface ModelDescription {
  readonly name: string;
  readonly nodes: readonly NodeDescription[];
  readonly constants: readonly TensorDescription[];
  readonly inputs: readonly PortDescription[];
  readonly outputs: readonly PortDescription[];
}

const OPSET = 18;
/** The version of the format that came with opset 18. */
const IR_VERSION = 8;
const FLOAT = 1;
const INT64 = 7;
const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** A graph for tensors of any size. */
export interface OpenModelDescription extends Omit<ModelDescription, 'inputs' | 'outputs'> {
  readonly inputs: readonly OpenPortDescription[];
  readonly outputs: readonly OpenPortDescription[];
}

/** An ONNX file, as bytes: the same for the same description. */
export function encodeModel({ name, nodes, constants, inputs, outputs }: OpenModelDescription): Uint8Array {
  const graph = new ProtobufWriter();
  for (const node of nodes) graph.message(1, encodeNode(node));
  graph.text(2, name);
  for (const tensor of constants) graph.message(5, encodeTensor(tensor));
  for (const port of inputs) graph.message(11, encodePort(port));
  for (const port of outputs) graph.message(12, encodePort(port));
  return new ProtobufWriter()
    .integer(1, IR_VERSION)
    .text(2, 'slicewise')
    .message(7, graph)
    .message(8, new ProtobufWriter().text(1, '').integer(2, OPSET))
    .finish();
}

/** One node, as a message of its own. */
export function encodeNode({ type, inputs, outputs, attributes = {} }: NodeDescription): ProtobufWriter {
  const node = new ProtobufWriter();
  for (const name of inputs) node.text(1, name);
  for (const name of outputs) node.text(2, name);
  node.text(3, outputs[0]).text(4, type);
  for (const [name, value] of Object.entries(attributes)) node.message(5, encodeAttribute(name, value));
  return node;
}

function encodeAttribute(name: string, value: Attribute): ProtobufWriter {
  const attribute = new ProtobufWriter().text(1, name);
  if (typeof value === 'number') return attribute.signed(3, value).integer(20, ATTRIBUTE_TYPES.int);
  if (typeof value === 'string') return attribute.text(4, value).integer(20, ATTRIBUTE_TYPES.string);
  if ('float' in value) return attribute.float(2, value.float).integer(20, ATTRIBUTE_TYPES.float);
  for (const one of value) attribute.signed(8, one); // proto2: repeated numbers are not packed unless the field says so
  return attribute.integer(20, ATTRIBUTE_TYPES.ints);
}

/** One constant, as a message of its own. */
export function encodeTensor({ name, shape, values }: TensorDescription): ProtobufWriter {
  const whole = !(values instanceof Float32Array);
  const data = whole ? BigInt64Array.from(values, BigInt) : values;
  const tensor = new ProtobufWriter();
  for (const side of shape) tensor.signed(1, side);
  return tensor
    .integer(2, whole ? INT64 : FLOAT)
    .text(8, name)
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

/** One input or output, as a message of its own. */
export function encodePort({ name, shape }: OpenPortDescription): ProtobufWriter {
  const sides = new ProtobufWriter();
  for (const side of shape) {
    sides.message(1, typeof side === 'number' ? new ProtobufWriter().integer(1, side) : new ProtobufWriter().text(2, side));
  }
  const tensor = new ProtobufWriter().integer(1, FLOAT).message(2, sides);
  return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensor));
}
