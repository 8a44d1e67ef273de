/**
 * What an image without a unit is divided by to lie in 0…1: the 99.5th percentile of the values above a tenth of the 99.9th percentile
 * (so that air around the object does not count), as the MR training data were scaled.
 */
export function brightness(values: Float32Array): number {
  const sorted = values.slice().sort();
  const floor = 0.1 * quantile(sorted, 0.999);
  return quantile(sorted.subarray(sorted.findIndex((v) => v > floor)), 0.995);
}

/** Quantile of rising values, interpolated linearly. */
export function quantile(sorted: Float32Array, q: number): number {
  const position = q * (sorted.length - 1);
  const [low, high] = [Math.floor(position), Math.ceil(position)];
  return sorted[low] + (position - low) * (sorted[high] - sorted[low]);
}
