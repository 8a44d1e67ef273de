/**
 * Entries of a cube as a method of factors takes them: pixel by pixel, the bands that were measured there and their values in units
 * of each band's noise.
 */
export interface Observations {
  readonly bands: number;
  readonly pixels: number;
  /** The entries of pixel p are start[p] … start[p + 1] − 1. */
  readonly start: Uint32Array;
  readonly band: Uint16Array | Uint32Array;
  /** (value − centre of the band) / scale of the band. */
  readonly value: Float64Array;
}

/**
 * @param data [band, pixel]
 * @param mask the same, 1 where measured
 * @param centre, scale of each band
 */
export function observe(
  data: Float32Array,
  mask: Float32Array,
  bands: number,
  { centre, scale }: { readonly centre: Float64Array; readonly scale: Float64Array },
): Observations {
  const pixels = data.length / bands;
  const start = new Uint32Array(pixels + 1);
  for (let b = 0; b < bands; b++) for (let p = 0; p < pixels; p++) start[p + 1] += mask[b * pixels + p];
  for (let p = 0; p < pixels; p++) start[p + 1] += start[p];
  const band = bands < 65536 ? new Uint16Array(start[pixels]) : new Uint32Array(start[pixels]);
  const value = new Float64Array(start[pixels]);
  const next = start.slice(0, pixels);
  for (let b = 0; b < bands; b++) {
    for (let p = 0; p < pixels; p++) {
      if (mask[b * pixels + p] === 0) continue;
      const at = next[p]++;
      band[at] = b;
      value[at] = (data[b * pixels + p] - centre[b]) / scale[b];
    }
  }
  return { bands, pixels, start, band, value };
}
