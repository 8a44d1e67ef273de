export { compareVolumes, type CompareOptions, type Comparison } from './compare.js';
export { errorSummary, meanSquaredError, percentileInPlace, psnr, type Clip, type ErrorSummary } from './errors.js';
export { PLANES, planesOf, type Plane, type VolumePlane } from './planes.js';
export { SSIM_WINDOW, ssim2d } from './ssim.js';
export * from './spectral.js';
