/** Small networks that are fitted inside the program: a graph of operations with gradients, Adam, and `fit`. */
export type { AdamSettings } from './adam.js';
export { fit, type Built, type FitOptions, type FitProgress, type FitResult } from './fit.js';
export { Fitting, requireFits, type FitDefinition, type FitInputs, type FittingOptions, type FitState, type FitStep } from './fitting.js';
export type { FitVectors } from './device.js';
export { gradients, vectorJacobian } from './gradients.js';
export {
  Graph,
  type Condition,
  type Initialiser,
  type Integers,
  type Operand,
  type Parameter,
  type Pullback,
  type Target,
  type Value,
} from './graph.js';
export { filled, given, layerWeights, uniform } from './initial.js';
export type { Attribute } from './onnx/model.js';
export * from './operations/index.js';
