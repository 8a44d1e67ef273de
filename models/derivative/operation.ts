import type { Attribute } from '../fit/onnx/model.js';
import type { AttributeValue, Constant, GraphNode } from './read-onnx.js';
import type { Shape } from './sides.js';

/** A node of the forward graph as the rules of its operation see it. */
export interface NodeView extends Pick<GraphNode, 'inputs' | 'outputs'> {
  attribute<T extends AttributeValue>(name: string, otherwise: T): T;
  /** Of input i. */
  shape(i: number): Shape;
  /** Of input i, where it is a constant of the file. */
  constant(i: number): Constant | undefined;
  /** Input i hangs on the image. */
  depends(i: number): boolean;
  /** What the rows and columns of the network's images are multiples of. */
  readonly sizeMultiple: number;
}

/** The graph that is written: each function adds something and gives its name. */
export interface GraphWriter {
  node(type: string, inputs: readonly string[], attributes?: { readonly [name: string]: Attribute }): string;
  /** A number. */
  float(value: number): string;
  floats(values: Float32Array, shape: readonly number[]): string;
  integers(values: readonly number[]): string;
}

/** Gradients of a node's outputs; undefined where none arrives. */
export type Arriving = readonly (string | undefined)[];

/** An operation of ONNX: what shapes it gives, and its vector-Jacobian product. */
export interface Operation {
  /** Shapes of its outputs, as far as they are known. */
  shapes(node: NodeView): readonly Shape[];
  /**
   * Adds Jᵀ g for the inputs that hang on the image: a name an input, undefined for others. A string in place of them says why it cannot.
   * Without it the operation has none here.
   */
  backward?(node: NodeView, g: Arriving, out: GraphWriter): readonly (string | undefined)[] | string;
}

export const UNKNOWN_SHAPE = 'sides of tensors that cannot be told beforehand';
