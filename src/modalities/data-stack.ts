import type { Axis } from '../../core/axis.js';
import { kindOf } from '../../volumes/kinds/registry.js';
import type { Measurement } from '../../volumes/measurement.js';
import { percentileInPlace } from '../metrics/errors.js';
import { runsDown } from '../report/slice-view.js';
import type { DataStack } from '../report/types.js';

/** Decades of a logarithmic image. */
const DECADES = 4;
/** Values that a page carries of the data, at most: under a megabyte of it. */
const MOST = 400_000;
/** Values that percentiles are taken of, at most. */
const SAMPLE = 200_000;

/** How data are looked at as images: which of their axes run across and down, and which of them are longer than 1. */
export interface DataAxes {
  readonly names: readonly string[];
  readonly across: number;
  readonly down: number;
  /** The others that are longer than 1, in C order. */
  readonly along: readonly number[];
}

/**
 * The last two axes that are longer than 1: a sinogram, k-space, traces, a band. A time or a depth runs down, as in results.
 * @returns undefined for data that are no images
 */
export function dataAxes({ kind, shape, grid }: Pick<Measurement, 'kind' | 'shape' | 'grid'>): DataAxes | undefined {
  const names = kindOf(kind)?.axes ?? shape.map((_, axis) => `axis ${axis}`);
  const long = shape.flatMap((n, axis) => (n > 1 ? [axis] : []));
  if (long.length < 2) return undefined;
  const [rows, columns] = long.slice(-2);
  // data on the grid of the image have its axes
  const own: readonly Axis[] = grid.shape.join() === shape.join() ? grid.axes : [];
  const turned = own.length > 0 && runsDown(own[columns]) && !runsDown(own[rows]);
  return { names, across: turned ? rows : columns, down: turned ? columns : rows, along: long.slice(0, -2) };
}

/** What is shown of a value: itself, of complex numbers the logarithm of the magnitude (−Infinity where nothing was measured). */
export const shownValue = ({ data, dtype }: Pick<Measurement, 'data' | 'dtype'>, n: number): number =>
  dtype === 'complex64' ? Math.log10(Math.hypot(data[2 * n], data[2 * n + 1])) : data[n];

/** From black to white: the brightest four decades of magnitudes, else from the ½th to the 99½th percentile. */
export function dataWindow(values: Float32Array, logarithm: boolean): { readonly low: number; readonly high: number } {
  const every = Math.max(1, Math.floor(values.length / SAMPLE));
  const known = values.filter((value, n) => n % every === 0 && Number.isFinite(value));
  if (known.length === 0) return { low: 0, high: 1 };
  const high = logarithm ? known.reduce((a, b) => Math.max(a, b)) : percentileInPlace(known, 99.5);
  const low = logarithm ? high - DECADES : percentileInPlace(known, 0.5);
  return { low: high > low ? low : high - 1, high };
}

/**
 * The data as they were measured, for a report that is scrolled and windowed. Of many images those about the middle of their first axis, as
 * many as a page should carry.
 * @returns undefined for data that are no images, or of which a single one would be too large
 */
export function dataStackOf(scan: Measurement): DataStack | undefined {
  const axes = dataAxes(scan);
  if (!axes) return undefined;
  const { shape } = scan;
  const from = shape.map(() => 0);
  const kept = [...shape];
  for (const axis of axes.along) {
    const size = kept.reduce((product, n) => product * n, 1);
    kept[axis] = Math.min(kept[axis], Math.max(1, Math.floor((MOST * kept[axis]) / size)));
    from[axis] = Math.floor((shape[axis] - kept[axis]) / 2);
  }
  const count = kept.reduce((product, n) => product * n, 1);
  if (count > MOST) return undefined;
  const logarithm = scan.dtype === 'complex64';
  const values = new Float32Array(count);
  for (let n = 0; n < count; n++) values[n] = shownValue(scan, offsetIn(n, kept, from, shape));
  const { names, across, down } = axes;
  const cut = axes.along.filter((axis) => kept[axis] < shape[axis]);
  return {
    ...{ values, shape: kept, axes: names, across, down, logarithm },
    ...dataWindow(values, logarithm),
    part: cut.map((axis) => `${names[axis]} ${from[axis] + 1} to ${from[axis] + kept[axis]} of ${shape[axis]}`).join(', '),
  };
}

/** Where the n-th value of a box lies in the array that it was cut out of. */
function offsetIn(n: number, box: readonly number[], from: readonly number[], shape: readonly number[]): number {
  let [rest, offset, stride] = [n, 0, 1];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    offset += ((rest % box[axis]) + from[axis]) * stride;
    rest = Math.floor(rest / box[axis]);
    stride *= shape[axis];
  }
  return offset;
}
