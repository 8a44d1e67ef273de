/** Iterative methods, and what a method of one's own is made of. Entry point `slicewise/solvers`. */
export { conjugateGradients, descend } from './conjugate-gradients.js';
export type { ConjugateGradientFields, ConjugateGradientSettings } from './conjugate-gradients.js';
export { DataStep, dataStepFields } from './data-step.js';
export type { DataStepFields, DataStepSettings, SplitTerm, SweepOptions, SweepOrder } from './data-step.js';
export { defineSolver, type Run, type SolverDefinition, type StepDone } from './define.js';
export { scratch, state, type FieldsOf, type FieldSpec, type FieldSpecs, type ProblemSpaces } from './fields.js';
export { pullOf } from './gamma.js';
export { DataMisfit } from './progress.js';
export { solverOf, solvers, type AnySolver, type SolverOptionsByName } from './registry.js';
export { ddsSchedule, geometricSchedule, requireInRange, withTail, type Schedule } from './schedules.js';
export type { OptionsOf, PenaltyWeight, Problem, Solver, SolverRun, SolverState, StepEvent } from './solver.js';
export { holdToSupport } from './support.js';
export { startingImage } from './start.js';
export { corrector, predictor, type StepRule } from '../samplers/predictor-corrector.js';
export { renoise } from '../samplers/renoise.js';
export { STREAM } from '../samplers/streams.js';
