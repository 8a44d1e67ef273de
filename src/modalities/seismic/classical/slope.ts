import { z } from 'zod';
import { checkGrid, copyLive, Pace, type ClassicalMethod } from './grid.js';
import { optionsOf } from './options.js';
import { sampleAt } from './shift.js';
import { estimateSlopes } from './slopes.js';

const schema = z.strictObject({
  maxSlope: z.number().positive().default(8).describe('steepest slope, samples a trace'),
  step: z.number().positive().default(0.25).describe('step of the scan over slopes, samples a trace'),
  samples: z.number().int().positive().default(20).describe('half-width of the window in time, samples'),
  traces: z.number().positive().default(4).describe('deviation of the Gaussian window over traces'),
  smoothness: z
    .number()
    .nonnegative()
    .default(0.6)
    .describe('cost of a change of slope by a step from sample to sample'),
  power: z.number().default(0),
  penalty: z.number().default(0),
  wiener: z.number().default(0),
});

export const slope: ClassicalMethod<typeof schema> = {
  name: 'slope',
  summary: 'interpolation along local slopes, from both sides',
  schema,
  async interpolate(grid, given, context = {}) {
    const search = optionsOf('slope', schema, given);
    checkGrid(grid);
    const {
      data,
      shape: [, n, nt],
      live,
    } = grid;
    const pace = new Pace(context);
    const { slope } = estimateSlopes(data, n, nt, live, search);
    const out = new Float32Array(data.length);
    const places = Int32Array.from(live.keys()).filter((k) => live[k]);
    let next = 0;
    for (let x = 0; x < n; x++) {
      if (live[x]) {
        next++;
        continue;
      }
      const [l, r] = [places[next - 1], places[next]];
      if (l === undefined || r === undefined) {
        const k = l ?? r;
        for (let t = 0; t < nt; t++)
          out[x * nt + t] = sampleAt(data, k * nt, nt, follow(slope, nt, t, x, k, x < k ? 1 : -1));
        continue;
      }
      const w = (x - l) / (r - l);
      for (let t = 0; t < nt; t++) {
        const tl = follow(slope, nt, t, x, l, -1);
        const tr = follow(slope, nt, t, x, r, 1);
        out[x * nt + t] = (1 - w) * sampleAt(data, l * nt, nt, tl) + w * sampleAt(data, r * nt, nt, tr);
      }
    }
    await pace.reached(1);
    return copyLive(grid, out);
  },
};

function follow(slope: Float32Array, nt: number, t: number, x: number, end: number, step: number): number {
  let at = t;
  for (let k = x; k !== end; k += step) {
    const i = Math.min(nt - 1, Math.max(0, Math.round(at)));
    at += step * slope[k * nt + i];
  }
  return at;
}
