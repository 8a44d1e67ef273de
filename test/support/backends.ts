import { createCpuBackend, type CpuBackend } from '../../compute/cpu/backend.js';

/** A CPU backend in this thread: what most tests use. */
export const inlineBackend = (): CpuBackend => createCpuBackend({ workers: 0 });

/** Reproducible numbers in [−1, 1) for test data (mulberry32), independent of the project's own noise. */
export function testNumbers(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

export function testArray(length: number, seed: number): Float32Array {
  const next = testNumbers(seed);
  return Float32Array.from({ length }, next);
}
