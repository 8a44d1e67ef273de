import { SlicewiseError } from '../../core/errors.js';
import { messageFields, signedOf, type WireField } from './wire.js';

/*
 * What of an ONNX file (github.com/onnx/onnx, onnx/onnx.proto) a derivative needs. Numbers are the fields of that file. Weights are views
 * of the bytes that were given, not copies.
 */

/** An attribute's value: integers and floats are numbers, tensors constants; `undefined` is of a kind that is not read. */
export type AttributeValue = number | string | readonly number[] | Constant | undefined;

export interface GraphNode {
  readonly type: string;
  /** '' for ONNX's own operations. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  /** It holds a graph of its own (If, Loop, Scan). */
  readonly nested: boolean;
  /** As it stands in the file. */
  readonly bytes: Uint8Array;
}

/** A tensor of the file. */
export interface Constant {
  readonly name: string;
  readonly shape: readonly number[];
  /** `floats` for float32, `integers` for int64 and int32; neither for other types. */
  readonly floats?: Float32Array;
  readonly integers?: readonly number[];
}

/** An input or output of the graph; sides without a length have a name, or none. */
export interface GraphPort {
  readonly name: string;
  readonly shape?: readonly (number | string)[];
}

export interface OnnxGraph {
  readonly nodes: readonly GraphNode[];
  readonly constants: ReadonlyMap<string, Constant>;
  /** The same as they stand in the file, by name. */
  readonly constantBytes: ReadonlyMap<string, Uint8Array>;
  readonly inputs: readonly GraphPort[];
  readonly inputBytes: readonly Uint8Array[];
}

export interface OnnxModel {
  readonly graph: OnnxGraph;
  /** Version of ONNX's own operations. */
  readonly opset: number;
  /** Every other field of the file, as it stands there. */
  readonly rest: readonly WireField[];
}

const MODEL = { graph: 7, opsets: 8 };
const GRAPH = { node: 1, initializer: 5, input: 11 };
const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytesIn = (fields: readonly WireField[], number: number): Uint8Array[] =>
  fields.flatMap((f) => (f.number === number && f.bytes ? [f.bytes] : []));
const integerIn = (fields: readonly WireField[], number: number): number | undefined =>
  fields.find((f) => f.number === number && f.value !== undefined)?.value;

/** @throws SlicewiseError MODEL for bytes that are no ONNX model */
export function readOnnx(file: Uint8Array): OnnxModel {
  try {
    const fields = messageFields(file);
    const [graph] = bytesIn(fields, MODEL.graph);
    const opsets = bytesIn(fields, MODEL.opsets).map((bytes) => {
      const set = messageFields(bytes);
      return { domain: bytesIn(set, 1).map(text).join(''), version: integerIn(set, 2) ?? 1 };
    });
    const own = opsets.find(({ domain }) => domain === '' || domain === 'ai.onnx');
    if (!graph || !own) throw new Error('it has no graph');
    return { graph: readGraph(graph), opset: own.version, rest: fields.filter(({ number }) => number !== MODEL.graph) };
  } catch (cause) {
    if (cause instanceof SlicewiseError) throw cause;
    throw new SlicewiseError('MODEL', { message: `no ONNX model: ${(cause as Error).message}`, cause });
  }
}

function readGraph(bytes: Uint8Array): OnnxGraph {
  const fields = messageFields(bytes);
  const constants = new Map<string, Constant>();
  const constantBytes = new Map<string, Uint8Array>();
  for (const tensor of bytesIn(fields, GRAPH.initializer)) {
    const constant = readTensor(tensor);
    constants.set(constant.name, constant);
    constantBytes.set(constant.name, tensor);
  }
  const nodes = bytesIn(fields, GRAPH.node).map(readNode);
  for (const { type, attributes, outputs } of nodes) {
    const value = type === 'Constant' ? attributes.get('value') : undefined;
    if (isConstant(value)) constants.set(outputs[0], { ...value, name: outputs[0] });
  }
  const inputs = bytesIn(fields, GRAPH.input);
  return {
    nodes,
    constants,
    constantBytes,
    inputs: inputs.map(readPort),
    inputBytes: inputs,
  };
}

const isConstant = (value: AttributeValue): value is Constant => typeof value === 'object' && 'shape' in value;

function readNode(bytes: Uint8Array): GraphNode {
  const fields = messageFields(bytes);
  const attributes = new Map<string, AttributeValue>();
  let nested = false;
  for (const each of bytesIn(fields, 5)) {
    const attribute = messageFields(each);
    nested ||= attribute.some(({ number }) => number === 6 || number === 11);
    attributes.set(bytesIn(attribute, 1).map(text).join(''), readValue(attribute));
  }
  const names = (number: number): string[] => bytesIn(fields, number).map(text);
  const domain = names(7).join('');
  return {
    ...{ type: names(4).join(''), domain: domain === 'ai.onnx' ? '' : domain },
    ...{ inputs: names(1), outputs: names(2), attributes, nested, bytes },
  };
}

function readValue(fields: readonly WireField[]): AttributeValue {
  for (const { number, value, bytes, float } of fields) {
    if (number === 2 && float !== undefined) return float;
    if (number === 3 && value !== undefined) return value;
    if (number === 4 && bytes) return text(bytes);
    if (number === 5 && bytes) return readTensor(bytes);
  }
  if (fields.some(({ number }) => number === 8)) return integers(fields, 8);
  return undefined;
}

/** A repeated integer field, packed or not. */
const integers = (fields: readonly WireField[], number: number): number[] =>
  fields.flatMap((f) => (f.number !== number ? [] : f.bytes ? signedOf(f.bytes) : [f.value!]));

function readTensor(bytes: Uint8Array): Constant {
  const fields = messageFields(bytes);
  const type = integerIn(fields, 2);
  const shape = integers(fields, 1);
  const name = bytesIn(fields, 8).map(text).join('');
  const [raw] = bytesIn(fields, 9);
  const count = shape.reduce((n, side) => n * side, 1);
  if (type === FLOAT) {
    const floats = raw ? aligned(raw, 4, (b) => new Float32Array(b.buffer, b.byteOffset, b.length / 4)) : floatData(fields);
    return floats.length === count ? { name, shape, floats } : { name, shape };
  }
  if (type === INT64) {
    const whole = raw
      ? [...aligned(raw, 8, (b) => new BigInt64Array(b.buffer, b.byteOffset, b.length / 8))].map(Number)
      : integers(fields, 7);
    return { name, shape, integers: whole };
  }
  if (type === INT32) {
    const whole = raw ? [...aligned(raw, 4, (b) => new Int32Array(b.buffer, b.byteOffset, b.length / 4))] : integers(fields, 5);
    return { name, shape, integers: whole };
  }
  return { name, shape };
}

const aligned = <T>(bytes: Uint8Array, width: number, view: (bytes: Uint8Array) => T): T =>
  view(bytes.byteOffset % width === 0 ? bytes : bytes.slice());

/** float_data: packed, or one by one. */
function floatData(fields: readonly WireField[]): Float32Array {
  const all = fields.filter(({ number }) => number === 4);
  const [packed] = bytesIn(all, 4);
  return packed
    ? aligned(packed, 4, (b) => new Float32Array(b.buffer, b.byteOffset, b.length / 4))
    : Float32Array.from(all, (f) => f.float ?? 0);
}

function readPort(bytes: Uint8Array): GraphPort {
  const fields = messageFields(bytes);
  const name = bytesIn(fields, 1).map(text).join('');
  const [type] = bytesIn(fields, 2).flatMap((b) => bytesIn(messageFields(b), 1)); // tensor_type
  const [sides] = type ? bytesIn(messageFields(type), 2) : [];
  if (!sides) return { name };
  const shape = bytesIn(messageFields(sides), 1).map((side) => {
    const of = messageFields(side);
    return integerIn(of, 1) ?? bytesIn(of, 2).map(text).join('');
  });
  return { name, shape };
}
