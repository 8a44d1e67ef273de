import { SlicewiseError } from '../../core/errors.js';
import type { Card } from '../card/card.js';
import { outputPlanes } from '../card/graph-check.js';
import { encodeNode, encodePort, encodeTensor } from '../fit/onnx/model.js';
import { ProtobufWriter } from '../fit/onnx/protobuf.js';
import { differentiable, operations } from './operations/index.js';
import { UNKNOWN_SHAPE, type GraphWriter, type NodeView } from './operation.js';
import { readOnnx, type AttributeValue, type GraphNode, type OnnxGraph, type OnnxModel } from './read-onnx.js';
import { known, type Shape } from './sides.js';

/** What a card says of the graph whose derivative is wanted. */
export type DerivativeCard = Pick<
  Card,
  'name' | 'inputs' | 'output' | 'channels' | 'outputChannels' | 'guide' | 'sizeMultiple' | 'precision' | 'derivedFrom'
>;

/** Input v and output Jᴴ v of a derivative's graph. */
export const COTANGENT = 'slicewise.v';
export const PRODUCT = 'slicewise.vjp';

/** Versions of ONNX's operations that the rules are written for. */
const OPSETS = { first: 13, last: 21 };

/**
 * The graph of a network's vector-Jacobian product, made of the network's own: those inputs that it hangs on and v [N, channels, H, W],
 * output Jᴴ v with J = ∂F/∂x of the first `channels` planes of F, likewise [N, channels, H, W]. The network's nodes stay as they are, as
 * far as they are needed; behind them stands a node or some for each that hangs on x, from the last to the first (reverse-mode
 * differentiation, Linnainmaa 1976). Constants are kept; of convolutions with stride 1 there is a second, turned copy.
 *
 * @param file the network, an ONNX file
 * @throws SlicewiseError MODEL, which names the operations that have no such product here
 */
export function derivativeGraph(file: Uint8Array, card: DerivativeCard): Uint8Array {
  if (card.precision === 'int8') {
    throw new SlicewiseError('MODEL', {
      message: `'${card.name}' has 8-bit layers, which are steps and have no derivative`,
      hint: card.derivedFrom ? `use the float network that it was made of, '${card.derivedFrom.name}'` : 'use a float network',
    });
  }
  const model = readOnnx(file);
  if (model.opset < OPSETS.first || model.opset > OPSETS.last) {
    throw new SlicewiseError('MODEL', {
      message: `the derivative of the network '${card.name}' cannot be made`,
      expected: `opset ${OPSETS.first} to ${OPSETS.last}`,
      got: `opset ${model.opset}`,
      hint: 'export the network with opset 18, or use dds, diffpir or ddnm, which need no derivative',
    });
  }
  return new Derivative(model, card).file();
}

class Derivative implements GraphWriter {
  readonly #added: { readonly inputs: readonly string[]; readonly outputs: readonly string[]; readonly bytes: Uint8Array }[] = [];
  readonly #constants = new Map<string, Uint8Array>();
  readonly #shapes = new Map<string, Shape>();
  readonly #dependent = new Set<string>();
  readonly #gradients = new Map<string, string[]>();
  #made = 0;

  constructor(
    private readonly model: OnnxModel,
    private readonly card: DerivativeCard,
  ) {}

  private get graph(): OnnxGraph {
    return this.model.graph;
  }

  file(): Uint8Array {
    const nested = this.graph.nodes.find((node) => node.nested); // it may look at x without naming it
    if (nested) throw this.#refusal(`${nested.type} holds a graph of its own`);
    this.#forward();
    const { output, inputs } = this.card;
    if (!this.#dependent.has(output)) throw this.#refusal(`its output '${output}' does not hang on '${inputs.x}'`);
    this.#requireRules();
    this.#gradients.set(output, [this.#seed()]);
    this.#backward();
    const product = this.#gradientOf(inputs.x);
    if (product === undefined) throw this.#refusal(`no slope of '${output}' comes back to '${inputs.x}'`);
    this.#add('Identity', [product], PRODUCT);
    return this.#write();
  }

  /** Shapes, and what hangs on x. */
  #forward(): void {
    for (const { name, shape } of this.graph.inputs) {
      this.#shapes.set(
        name,
        shape?.map((side) => (typeof side === 'number' && side > 0 ? known(side) : { of: `${side}`, times: 1, plus: 0 })),
      );
    }
    this.#dependent.add(this.card.inputs.x);
    const x = this.#shapes.get(this.card.inputs.x);
    // sides as the card's: an export may name them as it likes, or not at all
    const sides = ['N', 'H', 'W'].map((of) => ({ of, times: 1, plus: 0 }));
    this.#shapes.set(this.card.inputs.x, [sides[0], x?.[1] ?? known(this.card.channels), sides[1], sides[2]]);
    const guide = this.card.guide && this.#shapes.get(this.card.guide.input);
    if (guide?.length === 4) this.#shapes.set(this.card.guide!.input, [sides[0], guide[1], sides[1], sides[2]]);
    const noise = this.#shapes.get(this.card.inputs.noise);
    if (noise?.length === 1) this.#shapes.set(this.card.inputs.noise, [sides[0]]);
    for (const [name, { shape }] of this.graph.constants) this.#shapes.set(name, shape.map(known));
    for (const node of this.graph.nodes) {
      const depends = node.inputs.some((name) => this.#dependent.has(name));
      const shapes = operationOf(node)?.shapes(this.#view(node)) ?? [];
      node.outputs.forEach((name, i) => {
        if (!this.graph.constants.has(name)) this.#shapes.set(name, shapes[i]);
        if (depends) this.#dependent.add(name);
      });
    }
  }

  /** Each operation between x and the output has its rule. @throws SlicewiseError MODEL */
  #requireRules(): void {
    const wanted = new Set([this.card.output]);
    const without = new Set<string>();
    for (const node of [...this.graph.nodes].reverse()) {
      if (!node.outputs.some((name) => wanted.has(name)) || !node.inputs.some((name) => this.#dependent.has(name))) continue;
      for (const name of node.inputs) if (this.#dependent.has(name)) wanted.add(name);
      if (!operationOf(node)?.backward) without.add(node.domain ? `${node.domain}.${node.type}` : node.type);
    }
    if (without.size > 0) throw this.#refusal(`these have none here: ${[...without].sort().join(', ')}`);
  }

  /** v for all planes of the output: 0 for those of a learned variance. */
  #seed(): string {
    const more = outputPlanes(this.card) - this.card.channels;
    return more > 0 ? this.node('Pad', [COTANGENT, this.integers([0, 0, 0, 0, 0, more, 0, 0])]) : COTANGENT;
  }

  #backward(): void {
    const unknown = new Set<string>();
    for (const node of [...this.graph.nodes].reverse()) {
      if (!node.inputs.some((name) => this.#dependent.has(name))) continue;
      const g = node.outputs.map((name) => this.#gradientOf(name));
      if (g.every((each) => each === undefined)) continue;
      const found = operationOf(node)!.backward!(this.#view(node), g, this);
      if (typeof found === 'string') {
        unknown.add(found === UNKNOWN_SHAPE ? `${node.type} (${found})` : found);
        continue;
      }
      found.forEach((gradient, i) => {
        const name = node.inputs[i];
        if (gradient === undefined || !this.#dependent.has(name)) return;
        this.#gradients.set(name, [...(this.#gradients.get(name) ?? []), gradient]);
      });
    }
    if (unknown.size > 0) throw this.#refusal(`these have none here: ${[...unknown].sort().join(', ')}`);
  }

  /** The sum of what came back to a tensor. */
  #gradientOf(name: string): string | undefined {
    const parts = this.#gradients.get(name) ?? [];
    if (parts.length < 2) return parts[0];
    const sum = parts.reduce((a, b) => this.node('Add', [a, b]));
    this.#gradients.set(name, [sum]);
    return sum;
  }

  #view(node: GraphNode): NodeView {
    const { inputs, outputs, attributes } = node;
    return {
      ...{ inputs, outputs, sizeMultiple: this.card.sizeMultiple },
      attribute: <T extends AttributeValue>(name: string, otherwise: T) => (attributes.get(name) ?? otherwise) as T,
      shape: (i) => this.#shapes.get(inputs[i]),
      constant: (i) => this.graph.constants.get(inputs[i]),
      depends: (i) => this.#dependent.has(inputs[i]),
    };
  }

  // ---- what is written ----

  node(...[type, inputs, attributes]: Parameters<GraphWriter['node']>): string {
    return this.#add(type, inputs, this.#name(), attributes);
  }

  #add(type: string, inputs: readonly string[], name: string, attributes?: Parameters<GraphWriter['node']>[2]): string {
    this.#added.push({ inputs, outputs: [name], bytes: encodeNode({ type, inputs, outputs: [name], attributes }).finish() });
    return name;
  }

  float(value: number): string {
    return this.floats(Float32Array.of(value), []);
  }

  floats(values: Float32Array, shape: readonly number[]): string {
    return this.#constant(shape, values);
  }

  integers(values: readonly number[]): string {
    return this.#constant([values.length], values);
  }

  #constant(shape: readonly number[], values: Float32Array | readonly number[]): string {
    const name = this.#name();
    this.#constants.set(name, encodeTensor({ name, shape, values }).finish());
    return name;
  }

  #name(): string {
    return `slicewise.${this.#made++}`;
  }

  #write(): Uint8Array {
    const { nodes, constantBytes, inputBytes } = this.graph;
    const wanted = new Set([PRODUCT]);
    const kept = [...nodes, ...this.#added].reverse().filter(({ inputs, outputs }) => {
      const needed = outputs.some((name) => wanted.has(name));
      if (needed) for (const name of inputs) wanted.add(name);
      return needed;
    });
    const graph = new ProtobufWriter();
    for (const { bytes } of kept.reverse()) graph.bytes(1, bytes);
    graph.text(2, 'vector-Jacobian product');
    for (const [name, bytes] of [...constantBytes, ...this.#constants]) if (wanted.has(name)) graph.bytes(5, bytes);
    // inputs that are constants too (of old exports) went with them; what the derivative does not hang on is not asked for
    inputBytes.forEach((bytes, i) => {
      const { name } = this.graph.inputs[i];
      if (wanted.has(name) && !constantBytes.has(name)) graph.bytes(11, bytes);
    });
    const images = ['N', this.card.channels, 'H', 'W'];
    graph.message(11, encodePort({ name: COTANGENT, shape: images }));
    graph.message(12, encodePort({ name: PRODUCT, shape: images }));
    const model = new ProtobufWriter();
    for (const { number, value, bytes } of this.model.rest) {
      if (bytes) model.bytes(number, bytes);
      else if (value !== undefined) model.signed(number, value);
    }
    return model.message(7, graph).finish();
  }

  #refusal(why: string): SlicewiseError {
    return new SlicewiseError('MODEL', {
      message: `the derivative of the network '${this.card.name}' cannot be made: ${why}`,
      expected: `operations among ${differentiable.join(', ')}`,
      hint: 'use a method that needs no derivative (dds, diffpir, ddnm), or a network of these operations',
    });
  }
}

const operationOf = ({ type, domain }: GraphNode) => (domain === '' ? operations[type] : undefined);
