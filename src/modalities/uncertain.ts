import type { Measurement } from '../../volumes/measurement.js';

/**
 * A noise level that nobody said and that the data do not tell well enough for a prior: it is chosen by hidden measurements, beside a
 * classical method, which tells how well these data can be predicted without a prior.
 */
export interface UncertainNoise {
  /** For people: why it is uncertain. */
  readonly why: string;
  /** Of the noise level: 'noise level of the line integrals, misfit of the model included'. */
  readonly what: string;
  /** Enough of the scan to choose by. */
  readonly excerpt: Measurement;
  /** A method without a prior, with its defaults. */
  readonly classical: string;
  /**
   * The standard deviation that is tried first, halves and doubles after it.
   * @param rms of the error with which the classical method predicts hidden measurements, in the units of the data
   */
  first(rms: number): number;
}

/** Slices of an excerpt. */
export const EXCERPT = 4;

/**
 * Neighbouring slices from the middle of a scan whose first axis is the slices, of the data and of arrays that have them.
 * @param perSlice arrays whose first axis is the slices where it is as long as they are
 */
export function middleSlices(scan: Measurement, perSlice: readonly string[] = [], most = EXCERPT): Measurement {
  const [slices, ...rest] = scan.shape;
  if (slices <= most) return scan;
  const from = Math.floor((slices - most) / 2);
  const cut = <T extends { subarray(a: number, b: number): T; readonly length: number }>(data: T): T => {
    const each = data.length / slices;
    return data.subarray(from * each, (from + most) * each);
  };
  const arrays = Object.fromEntries(
    Object.entries(scan.arrays ?? {}).map(([name, array]) => {
      const [first, ...others] = array.shape;
      if (!perSlice.includes(name) || first !== slices) return [name, array];
      return [name, { ...array, data: cut(array.data), shape: [most, ...others] }];
    }),
  );
  return {
    ...scan,
    data: cut(scan.data),
    shape: [most, ...rest],
    grid: { ...scan.grid, shape: [most, ...scan.grid.shape.slice(1)] },
    ...(scan.arrays && { arrays }),
    ...(scan.weights && { weights: cut(scan.weights) }),
  };
}
