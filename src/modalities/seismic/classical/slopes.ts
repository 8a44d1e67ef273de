import { shifted } from './shift.js';

/** How slopes are looked for. */
export interface SlopeSearch {
  /** Steepest slope, samples a trace. */
  readonly maxSlope: number;
  /** Step of the scan, samples a trace. */
  readonly step: number;
  /** Half-width of the window in time, samples. */
  readonly samples: number;
  /** Deviation of the Gaussian window over traces. */
  readonly traces: number;
  readonly smoothness: number;
  readonly power: number;
  readonly penalty: number;
}

export interface Slopes {
  /** [n, nt], samples a trace; 0 at live traces. */
  readonly slope: Float32Array;
}

export function estimateSlopes(
  data: Float32Array,
  n: number,
  nt: number,
  live: Uint8Array,
  search: SlopeSearch,
): Slopes {
  const places = Int32Array.from(live.keys()).filter((k) => live[k]);
  const pairs = places.length - 1;
  const missing = Int32Array.from(live.keys()).filter((k) => !live[k]);
  const slope = new Float32Array(n * nt);
  const count = 2 * Math.round(search.maxSlope / search.step) + 1;
  const cost = new Float32Array(missing.length * count * nt);
  const [left, right] = [new Float32Array(nt), new Float32Array(nt)];
  const num = new Float32Array(pairs * nt);
  const den = new Float32Array(pairs * nt);
  let power = 0;
  for (const k of places) for (let t = 0; t < nt; t++) power += data[k * nt + t] ** 2;
  power /= places.length * nt;
  const scratch = new Float64Array(nt + 2 * search.samples + 4);
  const [sumN, sumD] = [new Float64Array(nt), new Float64Array(nt)];
  for (let ip = 0; ip < count; ip++) {
    const p = (ip - (count - 1) / 2) * search.step;
    for (let q = 0; q < pairs; q++) {
      const h = (places[q + 1] - places[q]) / 2;
      shifted(data, places[q] * nt, nt, -p * h, left);
      shifted(data, places[q + 1] * nt, nt, p * h, right);
      for (let t = 0, at = q * nt; t < nt; t++, at++) {
        num[at] = (left[t] - right[t]) ** 2;
        den[at] = left[t] ** 2 + right[t] ** 2;
      }
      triangle(num.subarray(q * nt, (q + 1) * nt), search.samples, scratch);
      triangle(den.subarray(q * nt, (q + 1) * nt), search.samples, scratch);
    }
    let first = 0;
    missing.forEach((x, m) => {
      while (first + 1 < pairs && places[first + 1] < x) first++;
      const gap =
        x < places[0]
          ? 2 * (places[0] - x)
          : x > places[pairs]
            ? 2 * (x - places[pairs])
            : places[first + 1] - places[first];
      const sigma = Math.max(search.traces, gap / 2);
      sumN.fill(0);
      sumD.fill(1e-4 * power);
      for (let q = first; q >= 0 && x - (places[q] + places[q + 1]) / 2 < 3 * sigma; q--) add(q);
      for (let q = first + 1; q < pairs && (places[q] + places[q + 1]) / 2 - x < 3 * sigma; q++) add(q);
      function add(q: number): void {
        const away = (places[q] + places[q + 1]) / 2 - x;
        const w = Math.exp(-0.5 * (away / sigma) ** 2) / (places[q + 1] - places[q]) ** search.power;
        const shift = Math.round(p * away);
        const from = Math.max(0, -shift);
        const to = Math.min(nt, nt - shift);
        for (let t = from, at = q * nt + from + shift; t < to; t++, at++) {
          sumN[t] += w * num[at];
          sumD[t] += w * den[at];
        }
      }
      for (let t = 0; t < nt; t++)
        cost[(m * nt + t) * count + ip] = sumN[t] / sumD[t] + (search.penalty * Math.abs(p)) / search.maxSlope;
    });
  }
  const path = new Float32Array(nt);
  missing.forEach((x, m) => {
    smoothestPath(cost.subarray(m * nt * count, (m + 1) * nt * count), nt, count, search.smoothness, path);
    for (let t = 0; t < nt; t++) slope[x * nt + t] = (path[t] - (count - 1) / 2) * search.step;
  });
  return { slope };
}

/** Viterbi: minimises Σ cost(t, p_t) + smoothness Σ |p_t − p_{t−1}|, then a parabola through the neighbours. */
function smoothestPath(cost: Float32Array, nt: number, count: number, smoothness: number, path: Float32Array): void {
  const best = new Float32Array(nt * count);
  const from = new Int16Array(nt * count);
  for (let p = 0; p < count; p++) best[p] = cost[p];
  for (let t = 1; t < nt; t++) {
    const [now, before] = [t * count, (t - 1) * count];
    // distance transform: two sweeps
    for (let p = 0; p < count; p++) {
      best[now + p] = best[before + p];
      from[now + p] = p;
    }
    for (let p = 1; p < count; p++) {
      const v = best[now + p - 1] + smoothness;
      if (v < best[now + p]) { best[now + p] = v; from[now + p] = from[now + p - 1]; } // prettier-ignore
    }
    for (let p = count - 2; p >= 0; p--) {
      const v = best[now + p + 1] + smoothness;
      if (v < best[now + p]) { best[now + p] = v; from[now + p] = from[now + p + 1]; } // prettier-ignore
    }
    for (let p = 0; p < count; p++) best[now + p] += cost[now + p];
  }
  let p = 0;
  for (let k = 1; k < count; k++) if (best[(nt - 1) * count + k] < best[(nt - 1) * count + p]) p = k;
  for (let t = nt - 1; t >= 0; t--) {
    path[t] = p;
    if (p > 0 && p < count - 1) {
      const [a, b, c] = [cost[t * count + p - 1], cost[t * count + p], cost[t * count + p + 1]];
      const bend = a - 2 * b + c;
      if (bend > 0) path[t] += Math.max(-0.5, Math.min(0.5, (0.5 * (a - c)) / bend));
    }
    p = from[t * count + p];
  }
}

/** Triangular moving sum of half-width w in place: two boxes. */
export function triangle(x: Float32Array, w: number, scratch: Float64Array): void {
  const n = x.length;
  for (let pass = 0; pass < 2; pass++) {
    scratch[0] = 0;
    for (let t = 0; t < n; t++) scratch[t + 1] = scratch[t] + x[t];
    // the box leans back in the first pass and forward in the second
    const [back, forward] = pass === 0 ? [w - 1, 0] : [0, w - 1];
    for (let t = 0; t < n; t++) x[t] = scratch[Math.min(n, t + forward + 1)] - scratch[Math.max(0, t - back)];
  }
}
