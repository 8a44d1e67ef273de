import { convolutionLength, radicesOf, root } from './plan.js';

/**
 * How the GPU transforms lines of one length: in workgroup memory, several lines at a time, every thread with a few elements in its
 * registers; or, where a line does not fit, stage by stage through device memory.
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
  /** A gap follows every 16 elements in workgroup memory, where there is room: strides of 8 and 16 then meet different banks. */
  readonly gaps: boolean;
  /** Lines of a workgroup, and threads of a line. `lines` 0: stage by stage through device memory. */
  readonly lines: number;
  readonly threads: number;
}

/** What of the device's limits matters. */
export interface LineLimits {
  /** Bytes of workgroup memory. */
  readonly memory: number;
  /**
   * Columns that one workgroup transforms, at most: 8 make 64 bytes, the least that memory is read in at full speed; fewer are compiled
   * sooner.
   */
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
  const most = Math.floor(memory / 8);
  const length = direct ? n : convolutionLength(2 * n - 1, Math.min(most, 4 * n));
  if (length === 0 || length > most) {
    return { n, length: n, bluestein: false, radices: fours(primes), columns, gaps: false, lines: 0, threads: 0 };
  }
  const radices = deviceRadices(length);
  // rows: as many as give every lane work; columns: as many as memory is read in at full speed
  const butterflies = Math.max(...radices.map((r) => length / r));
  const wanted = columns ? (limits.side ?? 8) : Math.max(1, Math.ceil(128 / butterflies));
  let lines = powerOfTwo(wanted);
  const gaps = bytesOfLines(length, 1, true) <= memory;
  while (bytesOfLines(length, lines, gaps) > memory) lines /= 2;
  const rounds = Math.ceil((butterflies * lines) / THREADS);
  const threads = Math.ceil(butterflies / rounds);
  return { n, length, bluestein: !direct, radices, columns, gaps, lines, threads };
}

/** Elements of workgroup memory that so many lines take. */
export const cellsOfLines = (length: number, lines: number, gaps: boolean): number => length * lines + (gaps ? (length * lines) >> 4 : 0);

const bytesOfLines = (length: number, lines: number, gaps: boolean): number => 8 * cellsOfLines(length, lines, gaps);

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
