import * as z from 'zod';
import { solvePositive } from '../../../../core/linear-algebra/cholesky.js';
import { checkGrid, copyLive, Pace, requireTwoAxes, type ClassicalMethod, type TraceGrid } from './grid.js';
import { linear, roughness } from './linear.js';
import { nearestLive, SIDES } from './neighbours.js';
import { optionsOf } from './options.js';
import { windowsOf } from './windows.js';

const schema = z.strictObject({
  neighbours: z.number().int().min(1).max(6).default(3).describe('neighbours on either side along the fast axis'),
  neighbourLines: z.number().int().min(0).max(3).default(1).describe('neighbouring lines on either side along the slow axis'),
  lags: z.number().int().min(0).max(16).default(4).describe('samples before and after'),
  ridge: z.number().positive().default(0.01).describe('ridge, as a share of the mean power of the neighbours'),
  leastTraces: z.number().int().positive().default(12).describe('live traces with the same neighbours that a fit needs'),
  fitReach: z.number().positive().default(30).describe('deviation of the weights of those traces by distance, traces'),
  windowSamples: z.number().int().positive().default(192).describe('samples of a window in time, each with its own fit'),
});

/**
 * Prediction of a missing trace from its neighbours, fitted on the survey itself:
 *
 *     x(t) = Σ_s Σ_|l| ≤ lags c_{s,l} y_s(t + l)    s the live ones among ±3 traces along the fast axis and, in 3-D, the lines beside it
 *
 * For each missing trace the coefficients are the ridge regression over all live traces whose neighbours s are live too (weights by
 * distance), in Hann windows in time, which blend the predictions. The nearest neighbours come first; one that leaves too few traces to fit
 * on is left out, and so is one whose trace pairs are not near. Where nothing is left (wide gaps; regular masks, whose live traces have no
 * live neighbours) it is the linear interpolation. The sums of the normal equations are correlations of pairs of traces at lags, made once
 * a window; zeros beyond a window's ends keep the matrix positive.
 */
export const predict: ClassicalMethod<typeof schema> = {
  name: 'predict',
  summary: 'ridge regression on neighbouring traces, fitted on the survey itself',
  schema,
  async interpolate(grid, given, context = {}) {
    const options = optionsOf('predict', schema, given);
    const base = await linear.interpolate(grid, {}, { signal: context.signal });
    checkGrid(grid);
    requireTwoAxes('predict', grid);
    const {
      data,
      shape: [n1, n2, nt],
      live,
    } = grid;
    const pace = new Pace(context);
    const fits = planFits(grid, options);
    const windows = windowsOf(nt, options.windowSamples);
    const out = new Float32Array(data.length);
    for (const { trace, neighbours } of fits) if (neighbours.length === 0) copyTrace(base, out, trace, nt);
    for (const [index, from] of windows.starts.entries()) {
      const correlations = new Correlations(grid, from, windows.weights, options.lags);
      for (const [k, { trace, neighbours, train, usual }] of fits.entries()) {
        if (neighbours.length === 0) continue;
        const c = coefficients(correlations, trace, neighbours, train, usual, options, n2);
        for (let i = Math.max(0, -from); i < windows.size && from + i < nt; i++) {
          const t = from + i;
          let value = 0;
          if (!c) value = base[trace * nt + t];
          else {
            neighbours.forEach(([d1, d2], s) => {
              const start = (trace + d1 * n2 + d2) * nt;
              for (let l = -options.lags, at = s * (2 * options.lags + 1); l <= options.lags; l++, at++) {
                if (t + l >= 0 && t + l < nt) value += c[at] * data[start + t + l];
              }
            });
          }
          out[trace * nt + t] += windows.weights[i] * value;
        }
        if (k % 16 === 0) await pace.reached((0.999 * (index + k / fits.length)) / windows.starts.length);
      }
    }
    await pace.reached(1);
    return copyLive({ data, shape: [n1, n2, nt], live }, out);
  },
};

type Offset = readonly [slow: number, fast: number];
type Options = z.output<typeof schema>;

interface Fit {
  readonly trace: number;
  /** Live neighbours that the trace is predicted from, by offset. */
  readonly neighbours: readonly Offset[];
  /** Live traces all of whose neighbours at these offsets are live. */
  readonly train: Int32Array;
  /** c₀ at lag 0 of each neighbour. */
  readonly usual: readonly number[];
}

function copyTrace(from: Float32Array, to: Float32Array, trace: number, nt: number): void {
  to.set(from.subarray(trace * nt, (trace + 1) * nt), trace * nt);
}

function planFits(grid: TraceGrid, options: Options): Fit[] {
  const {
    shape: [n1, n2],
    live,
  } = grid;
  const near = nearestLive(n1, n2, live);
  const rough = n1 > 1 && n2 > 1 ? roughness(grid) : [1, 1];
  const offsets: Offset[] = [];
  for (let d1 = -options.neighbourLines; d1 <= options.neighbourLines; d1++) {
    for (let d2 = -options.neighbours; d2 <= options.neighbours; d2++) if (d1 || d2) offsets.push([d1, d2]);
  }
  const far = ([d1, d2]: Offset): number => Math.abs(d1) * rough[1] + Math.abs(d2) * rough[0];
  const limit = options.neighbours * rough[0];
  const sorted = offsets.filter((o) => o[0] === 0 || far(o) <= Math.max(limit, rough[1])).sort((a, b) => far(a) - far(b));
  const alive = (trace: number, [d1, d2]: Offset): boolean => {
    const [i, j] = [Math.floor(trace / n2) + d1, (trace % n2) + d2];
    return i >= 0 && i < n1 && j >= 0 && j < n2 && live[i * n2 + j] !== 0;
  };
  const all = Int32Array.from(live.keys()).filter((trace) => live[trace]);
  const known = new Map<string, Omit<Fit, 'trace'>>();
  const fits: Fit[] = [];
  for (let trace = 0; trace < n1 * n2; trace++) {
    if (live[trace]) continue;
    const sides = [0, 1]
      .filter((k) => near.trace[SIDES * trace + k] >= 0)
      .map((k): Offset => [0, (k ? 1 : -1) * near.distance[SIDES * trace + k]]);
    const enclosed = n1 === 1 ? sides.filter(([, d2]) => Math.abs(d2) <= 2 * options.neighbours) : [];
    const rest = sorted.filter((o) => alive(trace, o) && !enclosed.some(([, d2]) => o[0] === 0 && d2 === o[1]));
    const around = [...enclosed.sort((a, b) => far(a) - far(b)), ...rest];
    const key = `${sides.length} ${around.join(' ')}`;
    let fit = known.get(key);
    if (!fit) {
      let train = all;
      const neighbours: Offset[] = [];
      for (const offset of around) {
        const fewer = train.filter((other) => alive(other, offset));
        if (fewer.length < options.leastTraces) continue;
        neighbours.push(offset);
        train = fewer;
      }
      // on a line, one side alone does not beat what linear interpolation makes of both
      if (n1 === 1 && enclosed.some((o) => !neighbours.includes(o))) neighbours.length = 0;
      if (n1 === 1 && enclosed.length < sides.length) neighbours.length = 0;
      fit = { neighbours, train, usual: usualWeights(neighbours, rough) };
      known.set(key, fit);
    }
    fits.push({ trace, ...fit });
  }
  return fits;
}

/**
 * Linear interpolation between the nearest neighbours along each axis, the axes weighted as a membrane weighs them: 1/(distance ·
 * roughness).
 */
function usualWeights(neighbours: readonly Offset[], rough: readonly number[]): number[] {
  const weights = neighbours.map(([d1, d2]) => {
    if (d1 !== 0 && d2 !== 0) return 0;
    const nearer = neighbours.some(
      ([e1, e2]) => e1 * d1 >= 0 && e2 * d2 >= 0 && !e1 === !d1 && !e2 === !d2 && Math.abs(e1 + e2) < Math.abs(d1 + d2),
    );
    return nearer ? 0 : 1 / (Math.abs(d1) * rough[1] + Math.abs(d2) * rough[0]);
  });
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => (total > 0 ? w / total : 0));
}

/** Σ_t y_a(t) y_b(t + l) of tapered windows of live traces, made when asked for. */
class Correlations {
  readonly #known = new Map<number, Float64Array>();
  readonly #windows: Float64Array;
  readonly #size: number;

  constructor(
    { data, shape: [, , nt], live }: TraceGrid,
    from: number,
    taper: Float64Array,
    readonly lags: number,
  ) {
    this.#size = taper.length;
    this.#windows = new Float64Array(live.length * this.#size);
    live.forEach((alive, trace) => {
      if (!alive) return;
      for (let i = Math.max(0, -from); i < this.#size && from + i < nt; i++) {
        this.#windows[trace * this.#size + i] = taper[i] * data[trace * nt + from + i];
      }
    });
  }

  /** By lag l = −2·lags … 2·lags; a ≤ b. */
  of(a: number, b: number): Float64Array {
    const key = a * 65536 * 32 + (b - a);
    const known = this.#known.get(key);
    if (known) return known;
    const most = 2 * this.lags;
    const out = new Float64Array(2 * most + 1);
    const [p, q, size] = [a * this.#size, b * this.#size, this.#size];
    for (let l = -most; l <= most; l++) {
      let sum = 0;
      const end = Math.min(size, size - l);
      for (let t = Math.max(0, -l); t < end; t++) sum += this.#windows[p + t] * this.#windows[q + t + l];
      out[l + most] = sum;
    }
    this.#known.set(key, out);
    return out;
  }
}

/** c of the fit at `trace`, or undefined where the training traces are silent. */
function coefficients(
  correlations: Correlations,
  trace: number,
  neighbours: readonly Offset[],
  train: Int32Array,
  usual: readonly number[],
  { lags, ridge, fitReach }: Options,
  n2: number,
): Float64Array | undefined {
  const width = 2 * lags + 1;
  const n = neighbours.length * width;
  const [a, b] = [new Float64Array(n * n), new Float64Array(n)];
  const [i0, j0] = [Math.floor(trace / n2), trace % n2];
  const pairs = new Float64Array(2 * width - 1);
  const weights = Float64Array.from(train, (other) =>
    Math.exp(-0.5 * (((Math.floor(other / n2) - i0) ** 2 + ((other % n2) - j0) ** 2) / fitReach ** 2)),
  );
  const most = Math.max(...weights);
  const at = neighbours.map(([d1, d2]) => d1 * n2 + d2);
  /** pairs ← Σ weights Σ_t y_p(t) y_q(t + l), p and q by offset from the training traces. */
  const gather = (p: number, q: number): void => {
    pairs.fill(0);
    train.forEach((other, k) => {
      const w = weights[k] / most;
      if (w < 1e-3) return;
      const [first, second] = [other + p, other + q];
      const c = first <= second ? correlations.of(first, second) : correlations.of(second, first);
      if (first <= second) for (let l = 0; l < c.length; l++) pairs[l] += w * c[l];
      else for (let l = 0; l < c.length; l++) pairs[l] += w * c[c.length - 1 - l];
    });
  };
  for (let s = 0; s < at.length; s++) {
    gather(0, at[s]);
    for (let l = -lags; l <= lags; l++) b[s * width + l + lags] = pairs[l + 2 * lags];
    for (let r = 0; r <= s; r++) {
      gather(at[s], at[r]);
      // row (s, l), column (r, m): Σ y_s(t + l) y_r(t + m), at lag m − l
      for (let l = 0; l < width; l++) for (let m = 0; m < width; m++) a[(s * width + l) * n + r * width + m] = pairs[m - l + 2 * lags];
    }
  }
  let power = 0;
  for (let k = 0; k < n; k++) power += a[k * n + k] / n;
  if (power === 0) return undefined;
  // b ← b − A c₀: what is left to explain by the correction
  usual.forEach((c, s) => {
    const column = s * width + lags;
    for (let k = 0; k < n; k++) b[k] -= c * (k >= column ? a[k * n + column] : a[column * n + k]);
  });
  for (let k = 0; k < n; k++) a[k * n + k] += ridge * power;
  if (!solvePositive(n, a, b)) return undefined;
  usual.forEach((c, s) => (b[s * width + lags] += c));
  return b;
}
