/** Overlapping windows along one axis whose Hann weights add up to 1 everywhere. */
export interface Windows {
  /** Samples of a window. */
  readonly size: number;
  /** First sample of each window; the first and last reach beyond the axis by half a window. */
  readonly starts: readonly number[];
  /** Weight of each sample of a window; 1 where one window covers the axis. */
  readonly weights: Float64Array;
}

/**
 * Windows of `size` samples (made even) every half of it, with weights sin²(π(i + ½)/size), which two by two add up to 1. An axis of at
 * most `size` samples has one window with weight 1.
 */
export function windowsOf(length: number, size: number): Windows {
  if (length <= size) return { size: length, starts: [0], weights: new Float64Array(length).fill(1) };
  const even = 2 * Math.ceil(size / 2);
  const starts: number[] = [];
  for (let from = -even / 2; from < length; from += even / 2) starts.push(from);
  return { size: even, starts, weights: hann(even) };
}

/**
 * Windows that lie within the axis: every half of `size` and one at the end, so the last two may overlap more. Their weights do not add up
 * to 1: divide by their sum.
 */
export function innerWindows(length: number, size: number): Windows {
  const width = Math.min(size, length);
  const starts: number[] = [];
  for (let from = 0; from < length - width; from += Math.max(1, Math.floor(width / 2))) starts.push(from);
  starts.push(length - width);
  return { size: width, starts, weights: hann(width) };
}

function hann(size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => Math.sin((Math.PI * (i + 0.5)) / size) ** 2);
}

/** Traces of the widest gap along the fast axis, and of the widest along the slow one, that a gap along the other does not bridge. */
export function widestGap(n1: number, n2: number, live: Uint8Array): number {
  let widest = 0;
  for (let i = 0; i < n1; i++) {
    let [run, any] = [0, false];
    for (let j = 0; j < n2; j++) {
      any ||= live[i * n2 + j] !== 0;
      run = live[i * n2 + j] ? 0 : run + 1;
      // beyond the first and last live trace nothing closes the gap
      if (any && run && j + 1 < n2 && live[i * n2 + j + 1]) widest = Math.max(widest, run);
    }
  }
  return widest;
}
