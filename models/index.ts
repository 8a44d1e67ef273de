/** The models room: priors D(x; σ), their cards and the zoo. ONNX Runtime is imported by workers only (onnx.ts). */
export { checkedPrior, type DenoiseOptions, type Prior, type PriorRange, type PriorState } from './prior.js';
export { guidePlanes, type GuideSpec, type GuideStart } from './guide.js';
export { requireFit, type DenoisedImages, type Fit, type SliceAxis } from './fit.js';
export { functionPrior, type DenoiseCall, type DenoiseFunction, type FunctionPriorOptions } from './function/function-prior.js';
export type { ComplexLayout } from './function/complex-layout.js';
export { blockPrior, type BlockAnswer, type BlockCall, type BlockDenoiser, type BlockPriorOptions } from './block/block-prior.js';
export { hasVariance, type VariancePrior } from './block/learned-variance.js';
export type { Block, Tiling } from './block/tiling.js';
export { cardProblems, cardSchema, checkSigma, parseCard, type Card, type Parametrisation } from './card/card.js';
export type { CardProblem } from './card/card-problems.js';
export { cardFit } from './card/card-fit.js';
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
export { openNetwork } from './network/open-network.js';
export { precondition, type Precondition } from './network/precondition.js';
export { gaussianPrior, type Basis } from './analytic/gaussian.js';
export { identityPrior } from './analytic/identity.js';
export { mixturePrior, type MixtureComponent } from './analytic/mixture.js';
export { superpositionPrior, type SuperpositionOptions, type SuperpositionRule } from './combined/superposition.js';
export { totalVariationPrior, type TotalVariationPriorOptions } from './analytic/total-variation.js';
