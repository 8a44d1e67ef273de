/** Sampling masks of Cartesian k-space. */
export { calibrationRegion, CALIBRATION, samplingMask, summariseMask } from './mask.js';
export type { MaskOptions, MaskSummary, SamplingMask } from './mask.js';
export type { MaskPattern } from './pattern.js';
export { maskPatterns } from './registry.js';
