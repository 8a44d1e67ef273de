import { TriangularSum } from '../triangle.js';
import { shifted } from './shift.js';

/** How slopes are looked for. */
export interface SlopeSearch {
  /** Steepest slope, samples a trace. */
  readonly maxSlope: number;
  /** Step of the scan, samples a trace. */
  readonly slopeStep: number;
  /** Half-width of the triangular window in time, samples. */
  readonly slopeSamples: number;
  /** Deviation of the Gaussian window over traces; at least half a gap. */
  readonly slopeTraces: number;
  /** What a change of the slope by one sample a trace from a sample to the next costs, in units of the misfit (0 … 2). */
  readonly smoothness: number;
}

/** Missing traces that are worked on together: bounds the memory of the scan. */
const CHUNK = 32;
/** Windows over traces end here, in deviations. */
const REACH = 3;

/**
 * Local slopes of a line from its live traces, in samples a trace, positive where events come later towards larger traces: [n, nt], 0 at
 * live traces.
 *
 * A local plane wave of slope p is the same in any two traces a < b at a distance d: u(t) = y_a(c, t − p d/2), v(t) = y_b(c, t + p d/2)
 * about their middle c (plane-wave destruction, Claerbout, Earth Soundings Analysis, 1992, ch. 4; Fomel, Geophysics 67 (2002) 1946). Where
 * traces are missing, d varies and the linearised filters of both are aliased, so the residual is scanned over p, with the traces moved by
 * windowed sincs, for all pairs of neighbouring live traces:
 *
 *     misfit(x, t; p) = Σ_pairs w Σ_s tri(s) (u − v)² / Σ_pairs w Σ_s tri(s) (u² + v²)      at t + s + p (c − x)
 *     w = exp(−(c − x)²/2σ²)/d²                                                             near pairs tell slopes least ambiguously
 *
 * Along each missing trace the slopes minimise Σ_t misfit(t; p_t) + smoothness · |p_t − p_{t−1}| (Viterbi), which keeps them off isolated
 * aliases; a parabola through the neighbours refines them below the step.
 */
export function estimateSlopes(
  data: Float32Array,
  [n, nt]: readonly [number, number],
  live: Uint8Array,
  search: SlopeSearch,
): Float32Array {
  const places = Int32Array.from(live.keys()).filter((k) => live[k]);
  const slope = new Float32Array(n * nt);
  if (places.length < 2) return slope;
  const missing = Int32Array.from(live.keys()).filter((k) => !live[k]);
  const scan = new Scan(data, nt, places, search);
  for (let from = 0; from < missing.length; from += CHUNK) {
    const chunk = missing.subarray(from, from + CHUNK);
    const cost = scan.misfits(chunk);
    chunk.forEach((x, m) => {
      scan.path(cost.subarray(m * nt * scan.count, (m + 1) * nt * scan.count), slope.subarray(x * nt, (x + 1) * nt));
    });
  }
  return slope;
}

class Scan {
  /** Slopes of the scan. */
  readonly count: number;
  readonly #middle: number;
  readonly #least: number;

  constructor(
    private readonly data: Float32Array,
    private readonly nt: number,
    private readonly places: Int32Array,
    private readonly search: SlopeSearch,
  ) {
    this.#middle = Math.round(search.maxSlope / search.slopeStep);
    this.count = 2 * this.#middle + 1;
    let power = 0;
    for (const k of places) for (let t = k * nt; t < (k + 1) * nt; t++) power += data[t] ** 2;
    // what a window of silence divides by
    this.#least = (1e-4 * search.slopeSamples * power) / (places.length * nt) || 1;
  }

  /** [traces, nt, slopes] of a run of missing traces. */
  misfits(traces: Int32Array): Float32Array {
    const { nt, places, search, count, data } = this;
    const windows = Array.from(traces, (x) => this.#window(x));
    const first = Math.min(...windows.map((w) => w.first));
    const last = Math.max(...windows.map((w) => w.last));
    const cost = new Float32Array(traces.length * nt * count);
    const [left, right] = [new Float32Array(nt), new Float32Array(nt)];
    const residual = new Float32Array((last - first + 1) * nt);
    const power = new Float32Array((last - first + 1) * nt);
    const triangle = new TriangularSum(nt, search.slopeSamples);
    const [above, below] = [new Float64Array(nt), new Float64Array(nt)];
    for (let ip = 0; ip < count; ip++) {
      const p = (ip - this.#middle) * search.slopeStep;
      for (let q = first; q <= last; q++) {
        const half = (places[q + 1] - places[q]) / 2;
        shifted(data, places[q] * nt, nt, -p * half, left);
        shifted(data, places[q + 1] * nt, nt, p * half, right);
        const at = (q - first) * nt;
        for (let t = 0; t < nt; t++) {
          residual[at + t] = (left[t] - right[t]) ** 2;
          power[at + t] = left[t] ** 2 + right[t] ** 2;
        }
        triangle.run(residual.subarray(at, at + nt));
        triangle.run(power.subarray(at, at + nt));
      }
      traces.forEach((x, m) => {
        const window = windows[m];
        above.fill(0);
        below.fill(this.#least);
        for (let q = window.first; q <= window.last; q++) {
          const distance = places[q + 1] - places[q];
          const away = (places[q] + places[q + 1]) / 2 - x;
          const w = (window.closest / distance) ** 2 * Math.exp(-0.5 * (away / window.sigma) ** 2);
          const shift = Math.round(p * away);
          const end = Math.min(nt, nt - shift);
          for (let t = Math.max(0, -shift), at = (q - first) * nt + t + shift; t < end; t++, at++) {
            above[t] += w * residual[at];
            below[t] += w * power[at];
          }
        }
        for (let t = 0; t < nt; t++) cost[(m * nt + t) * count + ip] = above[t] / below[t];
      });
    }
    return cost;
  }

  /** The pairs of live traces that tell the slopes at x. */
  #window(x: number): { first: number; last: number; sigma: number; closest: number } {
    const { places, search } = this;
    const pairs = places.length - 1;
    let here = 0;
    while (here + 1 < pairs && places[here + 1] < x) here++;
    const beyond = Math.max(places[0] - x, x - places[pairs]);
    const gap = beyond > 0 ? 2 * beyond : places[here + 1] - places[here];
    const sigma = Math.max(search.slopeTraces, gap / 2);
    let [first, last] = [here, here];
    const near = (q: number): boolean => Math.abs((places[q] + places[q + 1]) / 2 - x) < REACH * sigma;
    while (first > 0 && near(first - 1)) first--;
    while (last + 1 < pairs && near(last + 1)) last++;
    let closest = Infinity;
    for (let q = first; q <= last; q++) closest = Math.min(closest, places[q + 1] - places[q]);
    return { first, last, sigma, closest };
  }

  /** out ← the smoothest slopes of least misfit; cost is [nt, slopes]. */
  path(cost: Float32Array, out: Float32Array): void {
    const { nt, count } = this;
    const smoothness = this.search.smoothness * this.search.slopeStep;
    const best = new Float32Array(nt * count);
    const from = new Int16Array(nt * count);
    best.set(cost.subarray(0, count));
    for (let t = 1; t < nt; t++) {
      const [now, before] = [t * count, (t - 1) * count];
      for (let p = 0; p < count; p++) {
        best[now + p] = best[before + p];
        from[now + p] = p;
      }
      // min over p' of best(p') + smoothness |p − p'|: one sweep up and one down
      for (let p = 1; p < count; p++) {
        if (best[now + p - 1] + smoothness >= best[now + p]) continue;
        best[now + p] = best[now + p - 1] + smoothness;
        from[now + p] = from[now + p - 1];
      }
      for (let p = count - 2; p >= 0; p--) {
        if (best[now + p + 1] + smoothness >= best[now + p]) continue;
        best[now + p] = best[now + p + 1] + smoothness;
        from[now + p] = from[now + p + 1];
      }
      for (let p = 0; p < count; p++) best[now + p] += cost[now + p];
    }
    const end = best.subarray((nt - 1) * count);
    let p = this.#middle;
    for (let k = 0; k < count; k++) if (end[k] < end[p]) p = k;
    for (let t = nt - 1; t >= 0; t--) {
      out[t] = (p + vertex(cost, t * count + p, p > 0 && p < count - 1) - this.#middle) * this.search.slopeStep;
      p = from[t * count + p];
    }
  }
}

/** Where the parabola through three values has its minimum, at most half a step away. */
function vertex(cost: Float32Array, at: number, inside: boolean): number {
  if (!inside) return 0;
  const bend = cost[at - 1] - 2 * cost[at] + cost[at + 1];
  return bend > 0 ? Math.max(-0.5, Math.min(0.5, (cost[at - 1] - cost[at + 1]) / (2 * bend))) : 0;
}
