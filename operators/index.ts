/** Forward models and direct reconstruction. */
export { operators, type OperatorFactory } from './registry.js';
export type { LinearOperator } from './operator.js';
export { maskPatterns, samplingMask, type MaskOptions } from './mask/index.js';
export { summariseMask, type MaskSummary, type SamplingMask } from '../core/sampling-mask.js';
export { operatorNorm } from './norm.js';
export { noiseCovariance, prewhiten, whitening, type ComplexMatrix } from './noise/coil-noise.js';
export { filteredBackprojection, type Projections } from './radon/fbp.js';
export { filterNames, type FilterName, type FilterOptions } from './radon/filters.js';
export { coneRadon } from './radon/cone.js';
export { fanRadon } from './radon/fan.js';
export { fieldOfViewWarning } from './radon/fov.js';
export { parallelRadon } from './radon/parallel.js';
export { sliceRadon } from './radon/slice-radon.js';
export type { View2D } from './radon/vectors.js';
