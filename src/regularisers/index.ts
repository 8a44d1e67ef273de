/** Regularisers: what ties slices together, as objects that any method takes. Entry point `slicewise/regularisers`. */
export { boundsRegulariser } from './bounds.js';
export { regulariserOf, regulariserOptions, type RegulariserChoice, type RegulariserSettings } from './choice.js';
export { defineRegulariser, type PlainRegulariser, type SplittingOperator } from './define.js';
export { lowRank, type LowRankOptions } from './low-rank.js';
export { noRegulariser } from './none.js';
export { regularisers, type NamedRegulariser, type RegulariserParameters } from './registry.js';
export { isRegulariser, type BoundRegulariser, type Regulariser } from './regulariser.js';
export { totalVariation, type TotalVariationOptions } from './total-variation.js';
export { waveletRegulariser, type WaveletRegulariserOptions } from './wavelet.js';
