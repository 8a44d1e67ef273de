import { SlicewiseError } from '../../../core/errors.js';
import { extentOf } from '../../kinds/trajectory/units.js';
import type { Acquisition } from './records.js';

/** One readout of one slice, the mean of `count` acquisitions. */
export interface Readout {
  readonly acquisition: Acquisition;
  /** (ky, kx) of every sample. */
  readonly points: Float64Array;
  /** Complex [coil, sample]. */
  readonly data: Float32Array;
  readonly count: number;
}

/** Shares of the largest coordinate that two trajectories may differ by and be the same. */
const SAME = 1e-4;

/**
 * Acquisitions of one slice in the order of their counters; those with equal counters that run along the same path (where none is known:
 * that differ in their `average`) are averaged.
 */
export function joinReadouts(acquisitions: readonly { acquisition: Acquisition; points?: Float64Array; data: Float32Array }[]): Readout[] {
  const sorted = [...acquisitions].sort((a, b) => {
    const [p, q] = [a.acquisition, b.acquisition];
    return p.counters.ky - q.counters.ky || p.counters.average - q.counters.average || p.index - q.index;
  });
  const extent = sorted.reduce((most, { points }) => Math.max(most, points ? extentOf(points).coordinate : 0), 0);
  const joined: { acquisition: Acquisition; points?: Float64Array; sum: Float32Array; count: number }[] = [];
  for (const { acquisition, points, data } of sorted) {
    const { ky, average } = acquisition.counters;
    const same = joined.find((r) => {
      const { acquisition: other } = r;
      if (other.counters.ky !== ky || r.sum.length !== data.length) return false;
      return points && r.points ? firstDifference(points, r.points, SAME * extent) === undefined : other.counters.average !== average;
    });
    if (same) {
      for (let i = 0; i < data.length; i++) same.sum[i] += data[i];
      same.count++;
    } else joined.push({ acquisition, points, sum: data.slice(), count: 1 });
  }
  return joined.map(({ acquisition, points, sum, count }) => ({
    acquisition,
    points: points ?? new Float64Array(0),
    data: count > 1 ? sum.map((value) => value / count) : sum,
    count,
  }));
}

/**
 * All slices along one trajectory.
 * @param order slice counters
 * @throws SlicewiseError FORMAT for a slice with other readouts, FORMAT_UNSUPPORTED naming the first sample that lies elsewhere
 */
export function requireSameReadouts(
  stacks: readonly (readonly Readout[])[],
  order: readonly number[],
  file: string,
  what: 'slice' | 'partition' = 'slice',
): void {
  const [first] = stacks;
  const slices = what === 'slice';
  const hint = slices
    ? `pick one with --select slice=${order[0]}, or reconstruct each with --select slice=all`
    : 'partitions that are turned against each other are no stack of slices: transform them with the tools of the scanner';
  const extent = Math.max(...first.map(({ points }) => extentOf(points).coordinate));
  stacks.forEach((stack, n) => {
    if (stack.length !== first.length) {
      throw new SlicewiseError('FORMAT', {
        message: `${what} ${order[n]} of ${file} has another number of readouts than ${what} ${order[0]}`,
        expected: `${first.length}`,
        got: `${stack.length}`,
        hint: `the file may be truncated: copy it again${slices ? `, or ${hint}` : ''}`,
      });
    }
    stack.forEach(({ points }, r) => {
      const sample = firstDifference(points, first[r].points, SAME * extent);
      if (sample === undefined) return;
      const at = ({ points: list }: Readout): string =>
        `(${[list[2 * sample + 1], list[2 * sample]].map((k) => k?.toPrecision(4) ?? 'none').join(', ')})`;
      throw new SlicewiseError('FORMAT_UNSUPPORTED', {
        message: `the ${what}s of ${file} run along different trajectories: readout ${r}, sample ${sample} of ${what} ${order[n]}`,
        expected: `(kx, ky) of ${what} ${order[0]}, ${at(first[r])}`,
        got: at(stack[r]),
        hint,
      });
    });
  });
}

/** The first sample of two lists of points that differs by more than `tolerance`. */
function firstDifference(a: Float64Array, b: Float64Array, tolerance: number): number | undefined {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (!(Math.abs(a[i] - b[i]) <= tolerance)) return i >> 1;
  return a.length === b.length ? undefined : length / 2;
}
