import type { TraceGrid } from '../../src/modalities/seismic/classical/grid.js';

/** Ricker's wavelet of peak frequency f (cycles a sample). */
export const ricker = (t: number, f: number): number => {
  const a = (Math.PI * f * t) ** 2;
  return (1 - 2 * a) * Math.exp(-a);
};

/** Events t = t0 + p1·i + p2·j with Ricker's wavelets. */
export interface Event {
  readonly t0: number;
  readonly p1?: number;
  readonly p2: number;
  readonly f: number;
  readonly size?: number;
}

export function section(shape: readonly [number, number, number], events: readonly Event[]): Float32Array {
  const [n1, n2, nt] = shape;
  const out = new Float32Array(n1 * n2 * nt);
  for (let i = 0; i < n1; i++) {
    for (let j = 0; j < n2; j++) {
      for (const { t0, p1 = 0, p2, f, size = 1 } of events) {
        for (let t = 0; t < nt; t++) out[(i * n2 + j) * nt + t] += size * ricker(t - t0 - p1 * i - p2 * j, f);
      }
    }
  }
  return out;
}

/** The grid with zeros where the mask is 0. */
export function withMissing(data: Float32Array, shape: readonly [number, number, number], live: Uint8Array): TraceGrid {
  const cut = data.slice();
  live.forEach((alive, k) => alive || cut.fill(0, k * shape[2], (k + 1) * shape[2]));
  return { data: cut, shape, live };
}

/** 0 and 1 by a small linear congruential generator: about `share` zeros, the first and the last trace 1. */
export function randomMask(count: number, share: number, seed: number): Uint8Array {
  let state = seed >>> 0;
  return Uint8Array.from({ length: count }, (_, k) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return k === 0 || k === count - 1 || state / 2 ** 32 >= share ? 1 : 0;
  });
}

/** ‖a − b‖/‖b‖ */
export function relative(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [d, s] = [0, 0];
  for (let k = 0; k < b.length; k++) [d, s] = [d + (a[k] - b[k]) ** 2, s + b[k] ** 2];
  return Math.sqrt(d / s);
}
