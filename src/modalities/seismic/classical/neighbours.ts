/**
 * The nearest live trace on each side of every trace, along both trace axes.
 */
export interface Neighbours {
  /** Index of the trace, or −1: four a trace, in the order before and after along axis 2 (fast), before and after along axis 1 (slow). */
  readonly trace: Int32Array;
  /** How many traces away; 0 where there is none. */
  readonly distance: Int32Array;
}

export const SIDES = 4;

export function nearestLive(n1: number, n2: number, live: Uint8Array): Neighbours {
  const trace = new Int32Array(SIDES * n1 * n2).fill(-1);
  const distance = new Int32Array(SIDES * n1 * n2);
  const walk = (side: number, from: number, step: number, count: number): void => {
    let last = -1;
    for (let k = 0, at = from; k < count; k++, at += step) {
      if (last >= 0) {
        trace[SIDES * at + side] = from + step * last;
        distance[SIDES * at + side] = k - last;
      }
      if (live[at]) last = k;
    }
  };
  for (let i = 0; i < n1; i++) {
    walk(0, i * n2, 1, n2);
    walk(1, i * n2 + n2 - 1, -1, n2);
  }
  for (let j = 0; j < n2; j++) {
    walk(2, j, n2, n1);
    walk(3, (n1 - 1) * n2 + j, -n2, n1);
  }
  return { trace, distance };
}
