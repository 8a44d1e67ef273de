import { fft } from '../../../core/fft.js';

/**
 * Tables of a one-dimensional FFT of any length, as the kernels (fft.as.ts) read them: stages of radix 2, 3, 4, 5, 7, 8, odd primes by
 * definition, or Bluestein's convolution with a chirp (IEEE Trans. Audio Electroacoust. 18 (1970) 451) where a prime factor is large.
 * Computed in float64.
 */
const HEADER_WORDS = 8;
const STAGE_WORDS = 4;
/** One element of four slices, complex float32. */
const ELEMENT_BYTES = 32;
/** Keeps areas of 2^k elements from sharing the same few cache sets. */
const AREA_PADDING = 64;

export interface FftPlan {
  readonly n: number;
  /** Radices of the stages, in the order they run. */
  readonly radices: readonly number[];
  /** Length of the convolution, when the plan is Bluestein's; else 0. */
  readonly convolution: number;
  readonly table: Uint8Array;
  /** Scratch for transforming `vectors` vectors at a time. */
  workBytes(vectors: number): number;
}

/** Radices of the stages of a transform of length n: large primes first, fours last (the last stage has no twiddles). */
export function radicesOf(n: number): number[] {
  const primes: number[] = [];
  let rest = n;
  for (let p = 2; p * p <= rest; p++) for (; rest % p === 0; rest /= p) primes.push(p);
  if (rest > 1) primes.push(rest);
  const twos = primes.filter((p) => p === 2).length;
  const odd = primes.filter((p) => p !== 2).reverse();
  return [...odd, ...powerOfTwo(twos)];
}

/** 2^exponent in fours (the fastest: an eight does not fit the registers), and one eight rather than a two where it is odd. */
function powerOfTwo(exponent: number): number[] {
  if (exponent < 2) return new Array<number>(exponent).fill(2);
  const eights = exponent % 2;
  return [...new Array<number>(eights).fill(8), ...new Array<number>((exponent - 3 * eights) / 2).fill(4)];
}

/** Arithmetic of the stages, in operations an element. */
function cost(radices: readonly number[]): number {
  const each: Record<number, number> = { 2: 5, 3: 8.5, 4: 8.5, 5: 13, 7: 19, 8: 12.25 };
  return radices.reduce((sum, r) => sum + (each[r] ?? 2 * r + 8), 0);
}

/** The cheapest length ≥ least (and ≤ most) for a convolution, made of 2, 3, 5 and 7; 0 where there is none. */
export function convolutionLength(least: number, most = 2 * least): number {
  let best = 0;
  for (let length = least; length <= most; length++) {
    if (radicesOf(length).some((r) => r > 8)) continue;
    if (!best || length * cost(radicesOf(length)) < best * cost(radicesOf(best))) best = length;
  }
  return best;
}

/** @param positions of a line in memory, when zeros pad it to n; such a line is not centred */
export function fftPlan(n: number, positions = 0): FftPlan {
  const direct = radicesOf(n);
  const padded = convolutionLength(2 * n - 1);
  const bluestein = n * cost(direct) > 2 * padded * cost(radicesOf(padded)) + 30 * padded;
  const length = bluestein ? padded : n;
  const radices = bluestein ? radicesOf(padded) : direct;

  const parts: Float32Array[] = [];
  let end = (HEADER_WORDS + STAGE_WORDS * radices.length) * 4;
  const place = (values: Float32Array): number => {
    parts.push(values);
    const at = end;
    end += values.byteLength;
    return at;
  };
  const header = new Uint32Array(HEADER_WORDS + STAGE_WORDS * radices.length);
  let left = length;
  radices.forEach((radix, k) => {
    const m = left / radix;
    const trig = radix > 8 ? place(cosinesAndSines(radix)) : 0;
    header.set([radix, m, place(twiddles(radix, m)), trig], HEADER_WORDS + STAGE_WORDS * k);
    left = m;
  });
  const areaBytes = length * ELEMENT_BYTES + AREA_PADDING;
  const before = areaBytes + 64 * Math.ceil(Math.max(...radices, 1) / 2);
  const [chirpAt, spectrumAt] = bluestein
    ? [place(Float32Array.from(chirp(n))), place(Float32Array.from(chirpSpectrum(n, length)))]
    : [0, 0];
  header.set([n, length, radices.length, chirpAt, spectrumAt, areaBytes, before, positions]);

  const table = new Uint8Array(end);
  table.set(new Uint8Array(header.buffer));
  let at = header.byteLength;
  for (const part of parts) {
    table.set(new Uint8Array(part.buffer), at);
    at += part.byteLength;
  }
  return {
    n,
    radices,
    convolution: bluestein ? length : 0,
    table,
    workBytes: (vectors) => before + vectors * areaBytes,
  };
}

/** exp(−2πi j/n) with j reduced first, so that the angle is exact. */
export const root = (j: number, n: number): [number, number] => {
  const angle = (-2 * Math.PI * (j % n)) / n;
  return [Math.cos(angle), Math.sin(angle)];
};

/** w^(p k), p = 0 … m−1, k = 1 … r−1, w = exp(−2πi/(r m)). */
function twiddles(r: number, m: number): Float32Array {
  const out = new Float32Array(2 * m * (r - 1));
  for (let p = 0, at = 0; p < m; p++) for (let k = 1; k < r; k++, at += 2) out.set(root(p * k, r * m), at);
  return out;
}

/** (cos, sin)(2πjk/r), k = 1 … h, j = 1 … h, h = (r − 1)/2. */
function cosinesAndSines(r: number): Float32Array {
  const h = (r - 1) / 2;
  const out = new Float32Array(2 * h * h);
  for (let k = 1, at = 0; k <= h; k++) {
    for (let j = 1; j <= h; j++, at += 2) {
      const [cos, minusSin] = root(j * k, r);
      out.set([cos, -minusSin], at);
    }
  }
  return out;
}

/** exp(−πi j²/n), j = 0 … n−1, as pairs; j² mod 2n is exact. */
export function chirp(n: number): Float64Array {
  const out = new Float64Array(2 * n);
  for (let j = 0; j < n; j++) out.set(root((j * j) % (2 * n), 2 * n), 2 * j);
  return out;
}

/** The DFT of the conjugate chirp laid out for a circular convolution, divided by its length. */
export function chirpSpectrum(n: number, length: number): Float64Array {
  const w = chirp(n);
  const kernel = new Float64Array(2 * length);
  for (let j = 0; j < n; j++) {
    for (const at of j ? [j, length - j] : [0]) kernel.set([w[2 * j] / length, -w[2 * j + 1] / length], 2 * at);
  }
  const spectrum = new Float64Array(2 * length);
  fft(length).forward(kernel, spectrum);
  return spectrum;
}
