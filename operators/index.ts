/** Forward models and direct reconstruction. */
export { operators, type OperatorFactory } from './registry.js';
export type { LinearOperator } from './operator.js';
export { maskPatterns, samplingMask, type MaskOptions } from './patterns/index.js';
export { summariseMask, type MaskSummary, type SamplingMask } from '../core/sampling-mask.js';
export { operatorNorm } from './norm.js';
export { filteredBackprojection, type Projections } from './radon/fbp/fbp.js';
export { filterNames, type FilterName, type FilterOptions } from './radon/fbp/filters.js';
export { coneRadon } from './radon/cone/cone.js';
export { fanRadon } from './radon/slice/fan.js';
export { fieldOfViewWarning } from './radon/fov.js';
export { parallelRadon } from './radon/slice/parallel.js';
export { sliceRadon } from './radon/slice/slice-radon.js';
export type { View2D } from './radon/vectors.js';
