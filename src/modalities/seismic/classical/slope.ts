import * as z from 'zod';
import { checkGrid, copyLive, Pace, requireTwoAxes, type ClassicalMethod, type TraceGrid } from './grid.js';
import { roughness } from './linear.js';
import { nearestLive } from './neighbours.js';
import { optionsOf } from './options.js';
import { sampleAt } from './shift.js';
import { estimateSlopes, type SlopeSearch } from './slopes.js';

const schema = z.strictObject({
  maxSlope: z.number().positive().default(8).describe('steepest slope, samples a trace'),
  slopeStep: z.number().positive().default(0.25).describe('step of the scan over slopes, samples a trace'),
  slopeSamples: z.number().int().positive().default(20).describe('half-width of the window in time, samples'),
  slopeTraces: z.number().positive().default(4).describe('deviation of the Gaussian window over traces'),
  smoothness: z
    .number()
    .nonnegative()
    .default(2.4)
    .describe('cost of a change of slope by one sample a trace from a sample to the next, against a misfit of 0 … 2'),
});

/**
 * Dip-steered interpolation: local slopes from the live traces (`estimateSlopes`), then from every sample of a missing trace along the
 * slopes to the nearest live trace on either side, a and b traces away (the path follows the slopes through the gap, as predictive painting
 * does: Fomel, Geophysics 75 (2010) A25):
 *
 *     x = (b · left + a · right)/(a + b);   beyond the first and the last live trace the one neighbour
 *
 * On a grid with n1, n2 > 1 both trace axes are interpolated so, and averaged with weights 1/variance, the variance being what a random
 * walk between the neighbours has: ρ a b/(a + b), or ρ a with one neighbour; ρ is the roughness of the axis (linear.ts).
 */
export const slope: ClassicalMethod<typeof schema> = {
  name: 'slope',
  summary: 'interpolation along local slopes (plane-wave destruction) from both sides',
  schema,
  async interpolate(grid, given, context = {}) {
    const search = optionsOf('slope', schema, given);
    checkGrid(grid);
    requireTwoAxes('slope', grid);
    const {
      data,
      shape: [n1, n2, nt],
      live,
    } = grid;
    const pace = new Pace(context);
    const rough = n1 > 1 && n2 > 1 ? roughness(grid) : [1, 1];
    const sum = new Float64Array(data.length);
    const weight = new Float64Array(n1 * n2);
    const lines = [...linesAlong(grid, 0), ...linesAlong(grid, 1)];
    for (const [index, { axis, traces }] of lines.entries()) {
      const line = new Float32Array(traces.length * nt);
      const alive = Uint8Array.from(traces, (trace) => live[trace]);
      traces.forEach((trace, k) => line.set(data.subarray(trace * nt, (trace + 1) * nt), k * nt));
      const { values, variance } = alongSlopes(line, nt, alive, search);
      traces.forEach((trace, k) => {
        if (alive[k]) return;
        const w = 1 / (variance[k] * rough[axis]);
        weight[trace] += w;
        for (let t = 0; t < nt; t++) sum[trace * nt + t] += w * values[k * nt + t];
      });
      await pace.reached((0.999 * (index + 1)) / lines.length);
    }
    const out = new Float32Array(data.length);
    for (let trace = 0; trace < n1 * n2; trace++) {
      if (weight[trace] === 0) continue;
      for (let t = trace * nt; t < (trace + 1) * nt; t++) out[t] = sum[t] / weight[trace];
    }
    await pace.reached(1);
    return copyLive(grid, out);
  },
};

/** Lines of a grid along an axis (0 fast, 1 slow) that have both live and missing traces. */
function linesAlong({ shape: [n1, n2], live }: TraceGrid, axis: 0 | 1): { axis: 0 | 1; traces: Int32Array }[] {
  const [lines, length] = axis === 0 ? [n1, n2] : [n2, n1];
  if (length < 2) return [];
  return Array.from({ length: lines }, (_, line) => ({
    axis,
    traces: Int32Array.from({ length }, (_, k) => (axis === 0 ? line * n2 + k : k * n2 + line)),
  })).filter(({ traces }) => traces.some((trace) => live[trace]) && traces.some((trace) => !live[trace]));
}

/** Missing traces of a line [n, nt], and the variance of each for a random walk of one unit a trace. */
function alongSlopes(
  line: Float32Array,
  nt: number,
  live: Uint8Array,
  search: SlopeSearch,
): { values: Float32Array; variance: Float64Array } {
  const n = live.length;
  const slopes = estimateSlopes(line, [n, nt], live, search);
  const { trace: near, distance } = nearestLive(1, n, live);
  const values = new Float32Array(line.length);
  const variance = new Float64Array(n);
  for (let x = 0; x < n; x++) {
    if (live[x]) continue;
    const [left, right] = [near[4 * x], near[4 * x + 1]];
    const [a, b] = [distance[4 * x], distance[4 * x + 1]];
    variance[x] = a && b ? (a * b) / (a + b) : a + b;
    const w = a && b ? b / (a + b) : a ? 1 : 0;
    for (let t = 0; t < nt; t++) {
      let value = 0;
      if (left >= 0) value += w * sampleAt(line, left * nt, nt, follow(slopes, nt, t, x, left));
      if (right >= 0) value += (1 - w) * sampleAt(line, right * nt, nt, follow(slopes, nt, t, x, right));
      values[x * nt + t] = value;
    }
  }
  return { values, variance };
}

/** The time at which the event that trace x has at t comes to the trace `end`, all traces between being missing. */
function follow(slopes: Float32Array, nt: number, t: number, x: number, end: number): number {
  const step = x < end ? 1 : -1;
  let at = t;
  for (let k = x; k !== end; k += step) {
    const sample = Math.min(nt - 1, Math.max(0, Math.round(at)));
    at += step * slopes[k * nt + sample];
  }
  return at;
}
