import { kindOf } from '../../volumes/kinds/registry.js';
import type { Measurement } from '../../volumes/measurement.js';
import { percentileInPlace } from '../metrics/errors.js';
import type { DataImage } from './protocol.js';

/** Decades of a logarithmic image. */
const DECADES = 4;

/**
 * The data as they were measured, an image of the last two of their axes that are longer than 1: a sinogram, k-space, traces, a band.
 * Magnitudes of complex numbers by their logarithm.
 * @param index of the axes before, counted in C order; default the middle
 */
export function dataImageOf(scan: Measurement, index?: number): DataImage | undefined {
  const { data, shape, dtype } = scan;
  const names = kindOf(scan.kind)?.axes ?? shape.map((_, axis) => `axis ${axis}`);
  const long = shape.flatMap((n, axis) => (n > 1 ? [axis] : []));
  if (long.length < 2) return undefined;
  const [down, across] = long.slice(-2);
  const [height, width] = [shape[down], shape[across]];
  const complex = dtype === 'complex64';
  const count = shape.reduce((product, n, axis) => (axis === down || axis === across ? product : product * n), 1);
  const at = Math.min(Math.max(index ?? Math.floor(count / 2), 0), count - 1);
  const start = at * width * height;
  const values = new Float32Array(width * height);
  for (let n = 0; n < values.length; n++) {
    const value = complex ? Math.hypot(data[2 * (start + n)], data[2 * (start + n) + 1]) : data[start + n];
    values[n] = complex ? Math.log10(value) : value;
  }
  const known = values.filter(Number.isFinite);
  const high = known.length > 0 ? percentileInPlace(known, complex ? 100 : 99.5) : 1;
  const low = complex ? high - DECADES : known.length > 0 ? percentileInPlace(known, 0.5) : 0;
  const along = long.slice(0, -2).map((axis) => names[axis]);
  return {
    ...{ values, width, height, index: at, count, low: high > low ? low : high - 1, high, logarithm: complex },
    across: names[across],
    down: names[down],
    along: along.join(', '),
  };
}
