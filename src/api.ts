/** What is the same in Node and in a page. Node's entry (index.ts) adds files and threads, the page's (browser.ts) web workers. */
export { SlicewiseError, isSlicewiseError, type ErrorCode } from '../core/errors.js';
export { space, type Space } from '../core/space.js';
export { huToMu, muToHu, MU_WATER } from '../core/units.js';
export { createCpuBackend, type CpuBackend } from '../compute/cpu/backend.js';
export { createWebGpuBackend, type WebGpuBackend, type WebGpuOptions } from '../compute/webgpu/backend.js';
export type { Backend, Field, NoiseKey, Scalars } from '../compute/backend.js';
export * from '../volumes/index.js';
export { operators } from '../operators/registry.js';
export type { LinearOperator } from '../operators/operator.js';
export type { Prior } from '../models/prior.js';
export { listModels, loadModel, type ModelSource, type ModelSources } from '../models/sources/zoo.js';
export { urlModels } from '../models/sources/url-models.js';
export { parseCard, type Card } from '../models/card/card.js';
export { solvers } from './solvers/registry.js';
export type { Problem, Solver, SolverState, StepEvent } from './solvers/solver.js';
export {
  Reconstruction,
  type ReconstructOptions,
  type ReconstructionResult,
  type ReconstructionStep,
} from './engine/reconstruct.js';
export type { PlanItem, RunPlan } from './engine/memory/memory-parts.js';
export type { CheckpointStore } from './engine/checkpoint.js';
export { compareVolumes, psnr, ssim2d, type CompareOptions, type Comparison } from './metrics/index.js';
export {
  buildManifest,
  geometrySvg,
  renderMontage,
  renderReport,
  type Manifest,
  type ReportInput,
} from './report/index.js';
export { scannedObject, simulateCt, type SimulateCtOptions } from './simulation/ct/simulate.js';
export {
  scannedMagnitude,
  simulateMri,
  type SimulateMriExtras,
  type SimulateMriOptions,
} from './simulation/mri/simulate.js';
export type { MrObject } from './simulation/mri/object.js';
export { noiseCovariance, prewhiten, whitening, type ComplexMatrix } from './modalities/mri/noise/coil-noise.js';
export { maskPatterns, samplingMask, type MaskOptions } from '../operators/patterns/index.js';
export { summariseMask, type MaskSummary, type SamplingMask } from '../core/sampling-mask.js';
export { inverseCrimeWarning } from './simulation/warnings.js';
export { prepareScan, type PrepareOptions } from './engine/prepare.js';
export { phantoms, phantomGrid, rasterise, type Phantom } from './phantoms/index.js';
