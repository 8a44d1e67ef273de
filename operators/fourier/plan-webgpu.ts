import { convolutionLength, radicesOf, root } from './plan.js';

/**
 * How the GPU transforms lines of one length: in workgroup memory, several lines at a time, every thread with a few elements in its registers; or, where a
 * line does not fit, stage by stage through device memory.
 */
export interface LinePlan {
  readonly n: number;
  /** Length of the transform made: n, or that of Bluestein's convolution. */
  readonly length: number;
  readonly bluestein: boolean;
  /** Of the stages, in their order. */
  readonly radices: readonly number[];
  /** Lines of a workgroup lie side by side in memory (columns), rather than one after the other (rows). */
  readonly columns: boolean;
  /** Lines of a workgroup, and threads of a line. `lines` 0: stage by stage through device memory. */
  readonly lines: number;
  readonly threads: number;
}

/** What of the device's limits matters. */
export interface LineLimits {
  /** Bytes of workgroup memory. */
  readonly memory: number;
  /** Columns that one workgroup transforms, at most: 16 make whole cache lines, fewer are compiled sooner. */
  readonly side?: number;
}

const THREADS = 256; // every device has as many
const MEMORY = 49152; // more, and too few workgroups run at once
/** A larger prime factor is cheaper by convolution; up to here a butterfly fits the registers. */
const LARGEST_PRIME = 31;

/** @param limits of the device */
export function linePlan(n: number, columns: boolean, limits: LineLimits): LinePlan {
  const memory = Math.min(MEMORY, limits.memory);
  const primes = radicesOf(n);
  const direct = Math.max(...primes, 1) <= LARGEST_PRIME;
  const length = direct ? n : convolutionLength(2 * n - 1);
  if (bytesOfLines(length, 1) > memory)
    return { n, length: n, bluestein: false, radices: fours(primes), columns, lines: 0, threads: 0 };
  const radices = deviceRadices(length);
  // rows: as many as give every lane work; columns: as many as make whole cache lines
  const butterflies = Math.max(...radices.map((r) => length / r));
  const wanted = columns ? (limits.side ?? 16) : Math.max(1, Math.ceil(128 / butterflies));
  let lines = powerOfTwo(wanted);
  while (bytesOfLines(length, lines) > memory) lines /= 2;
  const rounds = Math.ceil((butterflies * lines) / THREADS);
  const threads = Math.ceil(butterflies / rounds);
  return { n, length, bluestein: !direct, radices, columns, lines, threads };
}

/** Workgroup memory of so many lines, with a gap after every 16 elements (line-code.ts). */
export const bytesOfLines = (length: number, lines: number): number => {
  const elements = length * lines;
  return 8 * (elements + (elements >> 4));
};

/** The largest power of two ≤ n. */
const powerOfTwo = (n: number): number => 2 ** Math.floor(Math.log2(n));

/** Odd primes, then eights: the fewest exchanges between threads. */
function deviceRadices(n: number): number[] {
  let twos = 0;
  for (let rest = n; rest % 2 === 0; rest /= 2) twos++;
  const odd = radicesOf(n / 2 ** twos);
  const rest: number[] = [];
  if (twos === 1) rest.push(2);
  else if (twos % 3 === 1) rest.push(4, 4);
  else if (twos % 3 === 2) rest.push(4);
  const used = rest.reduce((sum, r) => sum + Math.log2(r), 0);
  const radices = [...odd, ...rest, ...new Array<number>((twos - used) / 3).fill(8)];
  return radices.length > 0 ? radices : [1];
}

/** Radices of a transform through device memory, where a stage is by its definition: eights cost more than they save. */
const fours = (radices: readonly number[]): number[] => radices.flatMap((r) => (r === 8 ? [2, 4] : [r]));

/** exp(−2πi j/n), j = 0 … n − 1, as pairs. */
export function roots(n: number): Float32Array {
  return Float32Array.from({ length: 2 * n }, (_, i) => root(i >> 1, n)[i & 1]);
}
