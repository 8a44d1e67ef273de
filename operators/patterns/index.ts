/** Sampling masks of Cartesian k-space. */
export { calibrationBlock, CALIBRATION, samplingMask } from './sampling-mask.js';
export type { MaskOptions } from './sampling-mask.js';
export type { MaskPattern } from './pattern.js';
export { maskPatterns } from './registry.js';
