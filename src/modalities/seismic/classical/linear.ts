import * as z from 'zod';
import { checkGrid, copyLive, Pace, requireTwoAxes, traceAxes, type ClassicalMethod, type TraceGrid } from './grid.js';
import { nearestLive, SIDES } from './neighbours.js';
import { optionsOf } from './options.js';

const schema = z.strictObject({
  direction: z
    .enum(['both', 'fast', 'slow'])
    .default('both')
    .describe('trace axis along which to interpolate; both combines them by how rough the data are along each'),
});

/**
 * Linear interpolation, sample by sample.
 *
 * Along one axis: between the nearest live traces on either side, x = (b·left + a·right)/(a + b) for distances a and b; beyond the last
 * live trace its value.
 *
 * Along all (a grid with n1, n2 > 1, or three trace axes): the membrane through the live traces, which is what linear interpolation is on a
 * grid: the missing traces minimise, with a third sum of three axes,
 *
 *     Σ (x_{i,j+1} − x_{i,j})² / ρ₂ + Σ (x_{i+1,j} − x_{i,j})² / ρ₁
 *
 * Every missing trace is then the mean of its neighbours, weighted by 1/ρ; with n1 = 1 it is the formula above. A row or column of the grid
 * without any live trace has no edges along itself (they would only smooth), unless nothing else leads to its traces. ρ is the mean square
 * difference of live traces along an axis, by distance and by their power (`roughness`). Planes are exact inside the live traces' reach.
 * Conjugate gradients, float64.
 */
export const linear: ClassicalMethod<typeof schema> = {
  name: 'linear',
  summary: 'linear interpolation between the nearest live traces, along one or both trace axes',
  schema,
  async interpolate(grid, given, context = {}) {
    const { direction } = optionsOf('linear', schema, given);
    checkGrid(grid);
    if (direction !== 'both') requireTwoAxes(`linear along the ${direction} axis`, grid);
    const n2 = grid.shape[1];
    const pace = new Pace(context);
    if (direction === 'both' && traceAxes(grid).filter((n) => n > 1).length > 1) return copyLive(grid, await membrane(grid, pace));
    const axis = direction === 'slow' || (direction === 'both' && n2 === 1) ? 1 : 0;
    const out = alongAxis(grid, axis);
    await pace.reached(1);
    return copyLive(grid, out);
  },
};

/** @param axis 0 fast, 1 slow. Traces of lines without a live one stay 0. */
function alongAxis({ data, shape: [n1, n2, nt], live }: TraceGrid, axis: 0 | 1): Float32Array {
  const { trace: near, distance } = nearestLive(n1, n2, live);
  const out = new Float32Array(data.length);
  for (let trace = 0; trace < n1 * n2; trace++) {
    if (live[trace]) continue;
    const side = SIDES * trace + 2 * axis;
    const [left, right] = [near[side], near[side + 1]];
    const [a, b] = [distance[side], distance[side + 1]];
    if (left < 0 && right < 0) continue;
    const [from, other] = [left < 0 ? right : left, right < 0 ? left : right];
    const w = a && b ? a / (a + b) : 0;
    for (let t = 0; t < nt; t++) out[trace * nt + t] = (1 - w) * data[from * nt + t] + w * data[other * nt + t];
  }
  return out;
}

async function membrane(grid: TraceGrid, pace: Pace): Promise<Float32Array> {
  const {
    data,
    shape: [n1, n2, nt],
    live,
  } = grid;
  const axes = axesOf(grid);
  const weights = roughness(grid).map((rough) => 1 / rough);
  const missing = Int32Array.from(live.keys()).filter((trace) => !live[trace]);
  const x = new Float64Array(data.length); // live traces, and the solution at the others
  for (let trace = 0; trace < live.length; trace++) {
    if (live[trace]) for (let t = trace * nt; t < (trace + 1) * nt; t++) x[t] = data[t];
  }
  const leads = axes.map((axis) => linesWithLive(live, axis));
  const lost = (trace: number): boolean => leads.every((lead) => !lead[trace]);
  /** Calls back with the neighbours of a trace in the grid and the weights of the edges to them. */
  const around = (trace: number, visit: (other: number, w: number) => void): void => {
    for (const [a, { stride, count }] of axes.entries()) {
      const place = Math.floor(trace / stride) % count;
      for (const other of [place > 0 ? trace - stride : -1, place < count - 1 ? trace + stride : -1]) {
        if (other >= 0 && (leads[a][trace] || lost(trace) || lost(other))) visit(other, weights[a]);
      }
    }
  };
  const total = new Float64Array(live.length);
  for (const trace of missing) around(trace, (_, w) => (total[trace] += w));
  /** out ← L v at the missing traces, preconditioned by its diagonal; v is taken as it is at live ones. */
  const laplacian = (v: Float64Array, out: Float64Array): void => {
    for (const trace of missing) {
      const to = trace * nt;
      for (let t = 0; t < nt; t++) out[to + t] = v[to + t];
      around(trace, (other, w) => {
        const c = w / total[trace];
        const from = other * nt;
        for (let t = 0; t < nt; t++) out[to + t] -= c * v[from + t];
      });
    }
  };
  const dot = (a: Float64Array, b: Float64Array): number => {
    let sum = 0;
    for (const trace of missing) {
      let part = 0;
      for (let t = trace * nt; t < (trace + 1) * nt; t++) part += a[t] * b[t];
      sum += total[trace] * part;
    }
    return sum;
  };
  const [r, p, q] = [new Float64Array(x.length), new Float64Array(x.length), new Float64Array(x.length)];
  laplacian(x, r);
  for (const trace of missing) for (let t = trace * nt; t < (trace + 1) * nt; t++) p[t] = r[t] = -r[t];
  let size = dot(r, r);
  const enough = size * TOLERANCE ** 2;
  const most = 4 * (n1 + n2) + 50; // of three axes n1 counts over two
  for (let k = 0; k < most && size > enough; k++) {
    laplacian(p, q);
    const alpha = size / dot(p, q);
    for (const trace of missing) {
      for (let t = trace * nt; t < (trace + 1) * nt; t++) {
        x[t] += alpha * p[t];
        r[t] -= alpha * q[t];
      }
    }
    const next = dot(r, r);
    const beta = next / size;
    size = next;
    for (const trace of missing) for (let t = trace * nt; t < (trace + 1) * nt; t++) p[t] = r[t] + beta * p[t];
    await pace.reached(Math.min(0.99, k / most));
  }
  await pace.reached(1);
  return Float32Array.from(x);
}

/** A trace axis: how far its neighbours lie apart in the order of the traces, and its length. */
interface TraceAxis {
  readonly stride: number;
  readonly count: number;
}

/** The fast axis first. */
function axesOf(grid: Pick<TraceGrid, 'shape' | 'outer'>): TraceAxis[] {
  let stride = 1;
  return [...traceAxes(grid)].reverse().map((count) => {
    const axis = { stride, count };
    stride *= count;
    return axis;
  });
}

/** For every trace, whether the line along the axis that it lies in has a live trace. */
function linesWithLive(live: Uint8Array, { stride, count }: TraceAxis): Uint8Array {
  const out = new Uint8Array(live.length);
  for (let trace = 0; trace < live.length; trace++) {
    if (!live[trace]) continue;
    const first = trace - stride * (Math.floor(trace / stride) % count);
    if (out[first]) continue;
    for (let k = 0; k < count; k++) out[first + k * stride] = 1;
  }
  return out;
}

/** The membrane's residual, as a share of what it begins with. */
const TOLERANCE = 1e-7;

/** Live traces farther apart than this tell nothing of how rough the data are. */
const NEAR = 2;

/**
 * How much traces differ along every trace axis, the fast one first: the mean over pairs of live traces with none between, at most two
 * apart, of Σ (x − y)² / Σ (x² + y²) by their distance. An axis without such pairs counts as rough as the roughest other.
 */
export function roughness(grid: TraceGrid): readonly number[] {
  const {
    data,
    shape: [, , nt],
    live,
  } = grid;
  const means = axesOf(grid).map(({ stride, count }) => {
    let [sum, pairs] = [0, 0];
    for (let trace = 0; trace < live.length; trace++) {
      if (!live[trace]) continue;
      const place = Math.floor(trace / stride) % count;
      let distance = 1;
      while (distance <= NEAR && distance <= place && !live[trace - distance * stride]) distance++;
      if (distance > NEAR || distance > place) continue;
      let [difference, power] = [0, 0];
      for (let t = 0, a = trace * nt, b = (trace - distance * stride) * nt; t < nt; t++, a++, b++) {
        difference += (data[a] - data[b]) ** 2;
        power += data[a] ** 2 + data[b] ** 2;
      }
      if (power === 0) continue;
      sum += difference / power / distance;
      pairs++;
    }
    return pairs > 0 ? Math.max(sum / pairs, 1e-6) : undefined;
  });
  const known = means.filter((mean) => mean !== undefined);
  return means.map((mean) => mean ?? (known.length > 0 ? Math.max(...known) : 1));
}
