import type { Operation } from '../operation.js';
import * as activations from './activations.js';
import * as arithmetic from './arithmetic.js';
import { convolution, transposedConvolution } from './convolution.js';
import * as layout from './layout.js';
import * as sums from './sums.js';

/** Operations of ONNX whose shapes are known here, most with a vector-Jacobian product. */
export const operations: { readonly [type: string]: Operation | undefined } = {
  Add: arithmetic.add,
  Sub: arithmetic.subtract,
  Mul: arithmetic.multiply,
  Div: arithmetic.divide,
  Pow: arithmetic.power,
  Identity: activations.identity,
  Dropout: activations.identity,
  Neg: activations.negate,
  Sigmoid: activations.sigmoid,
  Tanh: activations.tanh,
  Exp: activations.exponential,
  Log: activations.logarithm,
  Sqrt: activations.squareRoot,
  Reciprocal: activations.reciprocal,
  Relu: activations.relu,
  LeakyRelu: activations.leakyRelu,
  Sin: activations.sine,
  Cos: activations.cosine,
  Floor: activations.flat,
  Ceil: activations.flat,
  Round: activations.flat,
  Cast: activations.opaque,
  Abs: activations.opaque,
  Clip: activations.opaque,
  Conv: convolution,
  ConvTranspose: transposedConvolution,
  Gemm: sums.gemm,
  Concat: layout.concat,
  Split: layout.split,
  DepthToSpace: layout.depthToSpace,
  SpaceToDepth: layout.spaceToDepth,
  Unsqueeze: layout.unsqueeze,
  Squeeze: layout.squeeze,
  Transpose: layout.transpose,
  Pad: layout.pad,
  Gather: layout.gather,
  ReduceSum: sums.sum,
  ReduceMean: sums.mean,
  Softmax: sums.softmax,
};

/** Those with one. */
export const differentiable = Object.entries(operations)
  .flatMap(([type, operation]) => (operation?.backward ? [type] : []))
  .sort();
