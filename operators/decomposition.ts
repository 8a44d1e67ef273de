/**
 * A = U S Vᵀ of an operator, as functions on arrays in C order. Coefficients lie in the shape of the data, and their singular values beside
 * them; where one is 0 the coefficient says nothing of the image.
 *
 *     A x = data(S · coefficients(x)),   Aᵀ y = image(S · ofData(y)),   UᵀU = 1, and VᵀV = 1 where S is not 0
 */
export interface Decomposition {
  /** S, one for each coefficient. */
  readonly singular: Float32Array;
  /** Vᵀ x */
  coefficients(x: Float32Array): Float32Array;
  /** V c, the image with these coefficients and nothing that A does not see. */
  image(c: Float32Array): Float32Array;
  /** Uᵀ y */
  ofData(y: Float32Array): Float32Array;
  /** U c */
  data(c: Float32Array): Float32Array;
}

/** Of a mask of zeros and ones (entries, pixels, lines, bands; all ones for the identity): U = 1, S = V = M. */
export function maskDecomposition(mask: Float32Array): Decomposition {
  const masked = (values: Float32Array): Float32Array => values.map((value, n) => value * mask[n]);
  const same = (values: Float32Array): Float32Array => values.slice();
  return { singular: mask.slice(), coefficients: masked, image: masked, ofData: same, data: same };
}

/** Of c·A. */
export function scaledDecomposition(of: Decomposition, c: number): Decomposition {
  const sign = Math.sign(c);
  return {
    ...of,
    singular: of.singular.map((s) => Math.abs(c) * s),
    ofData: (y) => of.ofData(y).map((value) => sign * value),
    data: (values) => of.data(values.map((value) => sign * value)),
  };
}

/** A⁺ y: the smallest image that predicts the data best. Singular values below `least` of the largest count as 0. */
export function pseudoInverse({ singular, ofData, image }: Decomposition, y: Float32Array, least = 1e-4): Float32Array {
  const largest = singular.reduce((most, s) => Math.max(most, s), 0);
  const c = ofData(y);
  for (let n = 0; n < c.length; n++) c[n] = singular[n] > least * largest ? c[n] / singular[n] : 0;
  return image(c);
}
