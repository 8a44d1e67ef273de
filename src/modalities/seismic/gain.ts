import * as z from 'zod';
import { optionsOf } from './classical/options.js';
import { checkGrid, type TraceGrid } from './classical/grid.js';
import { TriangularSum } from './triangle.js';

/** Root mean square of gained data. */
export const GAINED_RMS = 0.25;

export const gainSchema = z.strictObject({
  traces: z.number().positive().default(6).describe('deviation of the Gaussian over the traces of a line'),
  samples: z.number().int().positive().default(64).describe('half-width of the triangle in time, samples'),
  floor: z.number().positive().default(1e-4).describe('least gain, as a share of the root mean square of all live traces'),
});

export type GainOptions = z.output<typeof gainSchema>;

/** A positive factor for every sample; `options` is all that is needed to make it again from the same live traces. */
export interface Gain {
  /** [n1, n2, nt] */
  readonly values: Float32Array;
  readonly options: GainOptions;
}

/**
 * A smooth gain that brings every part of a section to one loudness: shots fall by 60 dB, and a network sees only what is about as large as
 * what it was trained on. For live traces k of a line (fast axis), local mean squares, then their mean over the traces:
 *
 *     e_k(t)² = Σ_s tri(s) y_k(t + s)² / Σ_s tri(s)    tri of half-width `samples`, at most half the trace; sums run over what is inside
 *     G_k(t)² = Σ_j v(k − j) e_j(t)² / Σ_j v(k − j)    j live,
 *          v Gaussian of deviation max(traces, ½ distance of the live neighbours of a missing k)
 *     G       = max(G / RMS, floor · r)                        RMS .25, r the root mean square of all live traces
 *
 * y/G then has a root mean square of about .25 everywhere. What missing traces hold is never read. Lines without a live trace take the gain
 * of the nearest line that has one; a grid of zeros has G = 1. The same definition makes the training data of the seismic priors
 * (models/training/seismic/gain.py).
 */
export function estimateGain(grid: TraceGrid, given?: z.input<typeof gainSchema>): Gain {
  const options = optionsOf('the gain', gainSchema, given);
  checkGrid(grid);
  const {
    data,
    shape: [n1, n2, nt],
    live,
  } = grid;
  let total = 0;
  let traces = 0;
  for (let trace = 0; trace < live.length; trace++) {
    if (!live[trace]) continue;
    traces++;
    for (let t = trace * nt; t < (trace + 1) * nt; t++) total += data[t] ** 2;
  }
  const values = new Float32Array(data.length).fill(1);
  if (total === 0) return { values, options };
  const least = options.floor * Math.sqrt(total / (traces * nt));
  const rows = Array.from({ length: n1 }, (_, i) => live.subarray(i * n2, (i + 1) * n2));
  const withLive = [...rows.keys()].filter((i) => rows[i].some((alive) => alive));
  for (const i of withLive) {
    const row = data.subarray(i * n2 * nt, (i + 1) * n2 * nt);
    lineGain(row, nt, rows[i], options, least, values.subarray(i * n2 * nt, (i + 1) * n2 * nt));
  }
  for (let i = 0; i < n1; i++) {
    if (withLive.includes(i)) continue;
    const near = withLive.reduce((best, k) => (Math.abs(k - i) < Math.abs(best - i) ? k : best));
    values.set(values.subarray(near * n2 * nt, (near + 1) * n2 * nt), i * n2 * nt);
  }
  return { values, options };
}

/** y/G */
export const applyGain = (data: Float32Array, { values }: Gain): Float32Array => data.map((v, k) => v / values[k]);

/** The inverse of `applyGain`, to float32's rounding. */
export const undoGain = (data: Float32Array, { values }: Gain): Float32Array => data.map((v, k) => v * values[k]);

/** Gaussians end here, in deviations: below 4e-6 of their middle. */
const REACH = 5;

function lineGain(line: Float32Array, nt: number, live: Uint8Array, options: GainOptions, least: number, out: Float32Array): void {
  const places = Int32Array.from(live.keys()).filter((k) => live[k]);
  const half = Math.max(1, Math.min(options.samples, Math.floor(nt / 2)));
  const local = new Float64Array(places.length * nt);
  const triangle = new TriangularSum(nt, half);
  const inside = new Float64Array(nt).fill(1);
  triangle.run(inside);
  places.forEach((k, at) => {
    const power = local.subarray(at * nt, (at + 1) * nt);
    for (let t = 0; t < nt; t++) power[t] = line[k * nt + t] ** 2;
    triangle.run(power);
    for (let t = 0; t < nt; t++) power[t] /= inside[t];
  });
  const sum = new Float64Array(nt);
  for (let k = 0, next = 0; k < live.length; k++) {
    while (next < places.length && places[next] < k) next++;
    const left = places[Math.max(0, next - 1)];
    const right = places[Math.min(places.length - 1, next)];
    const gap = live[k] ? 0 : Math.max(right - left, Math.abs(k - left));
    const width = Math.max(options.traces, gap / 2);
    const nearest = Math.min(Math.abs(k - left), Math.abs(right - k));
    sum.fill(0);
    let weights = 0;
    places.forEach((place, at) => {
      const away = Math.abs(place - k);
      if (away > nearest + REACH * width) return;
      const w = Math.exp((-0.5 * (away * away - nearest * nearest)) / width ** 2);
      weights += w;
      for (let t = 0; t < nt; t++) sum[t] += w * local[at * nt + t];
    });
    for (let t = 0; t < nt; t++) out[k * nt + t] = Math.max(Math.sqrt(sum[t] / weights) / GAINED_RMS, least);
  }
}
