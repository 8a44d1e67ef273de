/** The models room: priors D(x; σ), their cards and the zoo. ONNX Runtime is imported by workers only (onnx.ts). */
export type { Prior } from './prior.js';
export { cardProblems, cardSchema, checkSigma, parseCard, type Card, type Parametrisation } from './card/card.js';
export type { CardProblem } from './card/card-problems.js';
export {
  findModels,
  listModels,
  loadModel,
  readModel,
  type FoundModel,
  type ModelSource,
  type ModelSources,
  type ZooEntry,
} from './sources/zoo.js';
export { providers, type Provider } from './network/provider.js';
export { tryModel, type Trial } from './sources/trial.js';
export { networkPrior, NetworkPrior, type NetworkOptions } from './network/network-prior.js';
export { precondition, type Precondition } from './network/precondition.js';
export { gaussianPrior, type Basis } from './analytic/gaussian.js';
export { identityPrior } from './analytic/identity.js';
export { totalVariationPrior, type TotalVariationPriorOptions } from './analytic/total-variation.js';
