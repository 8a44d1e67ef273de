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
export { Reconstruction, type ReconstructOptions, type ReconstructionResult, type ReconstructionStep } from './engine/reconstruct.js';
export type { MethodChoice, MethodOptions, OptionsOfMethod } from './engine/options.js';
export { openLargeScan } from './engine/windows/open-large.js';
export { reconstructWindows, type WindowedOptions, type WindowedResult } from './engine/windows/reconstruct-windows.js';
export type { WindowOptions } from './engine/windows/plan.js';
export type { LargeCopy, LargeReading, LargeScan, NamedSource } from './modalities/large.js';
export { readScan } from './engine/read-scan.js';
export { scanImages, type ScanImage } from './engine/scan-images.js';
export type { ReadScanOptions } from './engine/scan-options.js';
export { modalities, modalityOf, registerModality } from './modalities/registry.js';
export {
  defineModality,
  telling,
  type Completion,
  type DirectCall,
  type DirectImage,
  type DirectMethod,
  type KeptState,
  type Modality,
  type ModalityKind,
  type NamedImage,
  type NormalisedProblem,
  type NormaliseOptions,
  type ScanRequest,
  type ScanFacts,
  type Slicing,
  type Stage,
  type ValueRange,
  type Work,
} from './modalities/modality.js';
export type { GuideCall, GuideMethod } from './modalities/guides.js';
export { fileOption, filesOf, type Reading } from './modalities/reading.js';
export type { Simulation, SimulationMemory, SimulationWork } from './modalities/simulation.js';
export { inUnitNorm, writtenData, type ProblemMap } from './modalities/normalise.js';
export { slicesAlong } from './modalities/slicing.js';
export { factsOf, type ToldScan } from './modalities/facts.js';
export { scanSection } from './modalities/scan-section.js';
export type { ModalityOptions, ModalityScanOptions } from './modalities/option-types.js';
export { geometrySvg } from './modalities/ct/drawing/geometry-svg.js';
export type { PlanItem, RunPlan } from './engine/memory/memory-parts.js';
export type { CheckpointStore } from './engine/checkpoint.js';
export {
  compareSpectra,
  compareVolumes,
  planesOf,
  psnr,
  ssim2d,
  type CompareOptions,
  type Comparison,
  type SpectralComparison,
  type VolumePlane,
} from './metrics/index.js';
export {
  buildManifest,
  montageSvg,
  renderMontage,
  renderReport,
  svgToPng,
  type Manifest,
  type Figure,
  type ReportInput,
  type ScanSection,
} from './report/index.js';
export { scannedObject, simulateCt, type SimulateCtOptions } from './modalities/ct/simulation/simulate.js';
export { scannedMagnitude, simulateMri, type SimulateMriExtras, type SimulateMriOptions } from './modalities/mri/simulation/simulate.js';
export { simulateSpectral, type SimulateSpectralOptions } from './modalities/spectral/simulation/simulate.js';
export type { MrObject } from './modalities/mri/simulation/object.js';
export { noiseCovariance, prewhiten, whitening, type ComplexMatrix } from './modalities/mri/noise/coil-noise.js';
export { maskPatterns, samplingMask, type MaskOptions } from '../operators/patterns/index.js';
export { summariseMask, type MaskSummary, type SamplingMask } from '../core/sampling-mask.js';
export { inverseCrimeWarning } from './modalities/inverse-crime.js';
export { prepareScan, type PrepareOptions } from './engine/prepare.js';
export { guideImages, type GuideImages, type GuideImagesOptions } from './engine/guide-images.js';
export { phantoms, phantomGrid, rasterise, type Phantom } from './modalities/ct/phantoms/index.js';
