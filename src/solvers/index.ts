/** Iterative methods, and what a method of one's own is made of. Entry point `slicewise/solvers`. */
export { conjugateGradients, descend } from './conjugate-gradients.js';
export type { ConjugateGradientFields, ConjugateGradientSettings } from './conjugate-gradients.js';
export { DataStep, dataStepFields } from './data-step.js';
export type { DataStepFields, DataStepSettings, SplitTerm, SweepOptions, SweepOrder } from './data-step.js';
export { defineSolver, type Run, type SolverDefinition, type StepDone } from './define.js';
export { scratch, state, type FieldsOf, type FieldSpec, type FieldSpecs, type ProblemSpaces } from './fields.js';
export { dataSolve, solveFields, solveMemory, solveOptions, type DataSolve, type SolveSettings } from './loop/data-solve.js';
export { defineLoop, type LoopDefinition, type LoopPlace, type LoopRun, type LoopSettings, type LoopStep } from './loop/define-loop.js';
export { levelOptions, noiseLevels, type LevelSettings, type UsualLevels } from './loop/levels.js';
export { pullOf } from './gamma.js';
export { DataMisfit } from './progress.js';
export { solverOf, solvers, type AnySolver, type SolverOptionsByName } from './registry.js';
export {
  ddsSchedule,
  edmSchedule,
  flowSchedule,
  geometricSchedule,
  quadraticSchedule,
  requireInRange,
  withTail,
  type Schedule,
} from './schedules.js';
export type { OptionsOf, PenaltyWeight, Problem, Solver, SolverRun, SolverState, StepEvent } from './solver.js';
export { holdToSupport } from './support.js';
export { twoParts, type TwoParts } from './two-parts.js';
export { startingImage } from './start.js';
export { corrector, predictor, type StepRule } from '../samplers/predictor-corrector.js';
export { renoise } from '../samplers/renoise.js';
export { samplerOptions } from '../samplers/options.js';
export { samplerNames, samplerOf, samplerStep, type SamplerName } from '../samplers/registry.js';
export {
  land,
  remember,
  type Evaluate,
  type Sampler,
  type SamplerChoice,
  type SamplerFields,
  type SamplerRun,
  type SamplerSettings,
  type SamplerStep,
} from '../samplers/sampler.js';
export { STREAM } from '../samplers/streams.js';
