/** Priors that need no weights. */
export { gaussianPrior, type Basis } from './gaussian.js';
export { identityPrior } from './identity.js';
export { mixturePrior, type MixtureComponent } from './mixture.js';
export { totalVariationPrior, type TotalVariationPriorOptions } from './total-variation.js';
