import * as z from 'zod';
import { BlockHankel } from './block-hankel.js';
import { AxisFft, fastLength } from './fourier.js';
import { checkGrid, copyLive, Pace, requireTwoAxes, type ClassicalMethod } from './grid.js';
import { optionsOf } from './options.js';
import { placesOf } from './pocs.js';
import { innerWindows, widestGap, windowsOf } from './windows.js';

const count = z.number().int().positive();

const schema = z.strictObject({
  rank: count.default(6).describe('plane waves of a window'),
  damping: z.number().nonnegative().default(3).describe('damping of the singular values; 0 for none, large for little'),
  iterations: count.default(10).describe('rank reductions of every frequency'),
  subspaceSteps: count.default(1).describe('steps of subspace iteration a rank reduction, which goes on from the one before'),
  grow: z.boolean().default(true).describe('let the rank grow from 1 to its value over the first half of the iterations'),
  windowTraces: count
    .optional()
    .describe('traces of a window along the fast axis; default 32 on a line, 12 on a grid, or twice the widest gap'),
  windowSlow: count.default(12).describe('traces of a window along the slow axis'),
  windowSamples: count.default(96).describe('samples of a window in time'),
});

export const rankReduction: ClassicalMethod<typeof schema> = {
  name: 'rank-reduction',
  summary: 'damped rank reduction (MSSA, Cadzow) of block Hankel matrices of frequency slices',
  schema,
  async interpolate(grid, given, context = {}) {
    const options = optionsOf('rank-reduction', schema, given);
    checkGrid(grid);
    requireTwoAxes('rank-reduction', grid);
    const {
      data,
      shape: [n1, n2, nt],
      live,
    } = grid;
    const pace = new Pace(context);
    const wide = options.windowTraces ?? Math.max(n1 > 1 ? 12 : 32, 2 * widestGap(n1, n2, live));
    const [slow, fast, time] = [innerWindows(n1, options.windowSlow), innerWindows(n2, wide), windowsOf(nt, options.windowSamples)];
    const traces = slow.size * fast.size;
    const length = 2 * fastLength(time.size / 2);
    const fft = new AxisFft(length);
    const hankel = new BlockHankel(slow.size, fast.size, options.rank);
    const [re, im] = [new Float64Array(length * traces), new Float64Array(length * traces)];
    const spare = [new Float64Array(length * traces), new Float64Array(length * traces)] as const;
    const image = [new Float64Array(traces), new Float64Array(traces)] as const;
    const sum = new Float64Array(data.length);
    const weight = new Float64Array(n1 * n2);
    const all = slow.starts.length * fast.starts.length * time.starts.length;
    let done = 0;
    for (const i0 of slow.starts) {
      for (const j0 of fast.starts) {
        const places = placesOf([n1, n2], [i0, j0], [slow, fast]);
        const alive = places.map((trace) => live[trace]);
        const w = Float64Array.from(places, (_, k) => slow.weights[Math.floor(k / fast.size)] * fast.weights[k % fast.size]);
        places.forEach((trace, k) => (weight[trace] += w[k]));
        const wanted = alive.some((a) => a) && alive.some((a) => !a);
        for (const t0 of time.starts) {
          if (wanted) {
            re.fill(0);
            im.fill(0);
            for (let k = 0; k < traces; k++) {
              if (!alive[k]) continue;
              for (let i = Math.max(0, -t0); i < time.size && t0 + i < nt; i++)
                re[i * traces + k] = data[places[k] * nt + t0 + i] * time.weights[i];
            }
            fft.run(re, im, 1, traces, spare);
            const energy = new Float64Array(length / 2 + 1);
            for (let f = 0; f <= length / 2; f++)
              for (let k = 0; k < traces; k++) energy[f] += re[f * traces + k] ** 2 + im[f * traces + k] ** 2;
            const least = ENERGY * energy.reduce((a, b) => a + b, 0);
            for (let f = 0; f <= length / 2; f++) {
              const at = f * traces;
              const double = f === 0 || f === length / 2 ? 1 : 2;
              if (energy[f] > least) {
                fill(hankel, [re.subarray(at, at + traces), im.subarray(at, at + traces)], alive, image, options);
              } else image.forEach((plane) => plane.fill(0));
              for (let k = 0; k < traces; k++) {
                re[at + k] = double * image[0][k];
                im[at + k] = double * image[1][k];
              }
            }
            re.fill(0, (length / 2 + 1) * traces);
            im.fill(0, (length / 2 + 1) * traces);
            fft.run(im, re, 1, traces, [spare[1], spare[0]]);
            for (let k = 0; k < traces; k++) {
              if (alive[k]) continue;
              for (let i = Math.max(0, -t0); i < time.size && t0 + i < nt; i++)
                sum[places[k] * nt + t0 + i] += (w[k] / length) * re[i * traces + k];
            }
          }
          await pace.reached(Math.min(0.999, ++done / all));
        }
      }
    }
    const out = new Float32Array(data.length);
    for (let trace = 0; trace < n1 * n2; trace++) {
      for (let t = trace * nt; t < (trace + 1) * nt; t++) out[t] = sum[t] / weight[trace];
    }
    await pace.reached(1);
    return copyLive(grid, out);
  },
};

/** image ← given + missing ⊙ reduced(image), from given. */
function fill(
  hankel: BlockHankel,
  given: readonly [Float64Array, Float64Array],
  alive: Int32Array,
  image: readonly [Float64Array, Float64Array],
  { rank, damping, iterations, grow, subspaceSteps }: z.output<typeof schema>,
): void {
  const [re, im] = image;
  re.set(given[0]);
  im.set(given[1]);
  hankel.start();
  for (let i = 0; i < iterations; i++) {
    const now = grow ? Math.min(rank, 1 + Math.floor((2 * i * rank) / iterations)) : rank;
    hankel.reduce(re, im, now, damping, i === 0 ? Math.max(3, subspaceSteps) : subspaceSteps);
    for (let k = 0; k < alive.length; k++) {
      if (!alive[k]) continue;
      re[k] = given[0][k];
      im[k] = given[1][k];
    }
  }
}

/** Frequencies with less of a window's energy than this are left out. */
const ENERGY = 1e-6;
