import FFT from 'fft.js';
import { SlicewiseError } from '../../../core/errors.js';

/** Windows over the ramp, by name: value at `f`, the frequency as a fraction of the cutoff, 0 … 1. */
const WINDOWS = {
  ramp: () => 1,
  'shepp-logan': (f: number) => (f === 0 ? 1 : Math.sin((Math.PI / 2) * f) / ((Math.PI / 2) * f)),
  cosine: (f: number) => Math.cos((Math.PI / 2) * f),
  hamming: (f: number) => 0.54 + 0.46 * Math.cos(Math.PI * f),
  hann: (f: number) => 0.5 + 0.5 * Math.cos(Math.PI * f),
} as const;

/** Window of the ramp filter. */
export type FilterName = keyof typeof WINDOWS;
/** All windows that there are. */
export const filterNames = Object.keys(WINDOWS) as FilterName[];

/** The ramp filter of filtered backprojection. */
export interface FilterOptions {
  /** Window over the ramp; default 'ramp', none. */
  readonly filter?: FilterName;
  /** Frequencies above this fraction of Nyquist are dropped; the window ends there. Default 1. */
  readonly cutoff?: number;
}

/**
 * Frequency response of the ramp filter for `n` bins, `length` values (a power of two ≥ 2n − 1) in FFT order. The ramp is the transform of
 * the band-limited kernel h(0) = 1/4τ², h(odd k) = −1/(πkτ)², h(even k) = 0 (Kak & Slaney 1988, eq. 3.61), and so right at frequency 0,
 * where |f| is not. Times τ, so that a plain product of transforms is the integral over s in mm; unit 1/mm.
 *
 * @param arc of an equiangular detector: h(k) is multiplied by (kα / sin kα)² (Kak & Slaney, §3.4.1)
 */
export function filterResponse(length: number, pitch: number, options: FilterOptions = {}, arc?: Arc): Float64Array {
  const { filter = 'ramp', cutoff = 1 } = options;
  const window = WINDOWS[filter];
  if (!window || !(cutoff > 0 && cutoff <= 1)) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'unknown filter or cutoff of filtered backprojection',
      expected: `one of ${filterNames.join(', ')}; cutoff above 0 and at most 1 (Nyquist)`,
      got: `'${filter}', cutoff ${cutoff}`,
    });
  }
  const kernel = new Array<number>(length).fill(0);
  kernel[0] = 1 / (4 * pitch);
  for (let k = 1; k < length / 2; k += 2) kernel[k] = kernel[length - k] = -bent(k, arc) / (Math.PI ** 2 * k * k * pitch);
  const fft = new FFT(length);
  const spectrum = fft.createComplexArray();
  fft.transform(spectrum, fft.toComplexArray(kernel, undefined));
  return Float64Array.from({ length }, (_, k) => {
    const f = Math.min(k, length - k) / (length / 2) / cutoff;
    return f > 1 ? 0 : spectrum[2 * k] * window(f);
  });
}

/** Bins on an arc about the source: radians between them, and how many there are. */
export interface Arc {
  readonly curve: number;
  readonly bins: number;
}

/** (kα / sin kα)²; no two bins are further apart than the arc is long. */
function bent(k: number, arc: Arc | undefined): number {
  if (!arc) return 1;
  const angle = Math.min(k, arc.bins - 1) * arc.curve;
  return (angle / Math.sin(angle)) ** 2;
}

/** The padded length for `n` bins: no bin then meets the far end of its row. */
export const paddedLength = (n: number): number => 2 ** Math.max(2, Math.ceil(Math.log2(2 * n - 1)));

/**
 * Filters rows of `n` values in place. Two rows at a time: they are the real and imaginary part of one transform, which the real, even
 * response keeps apart.
 */
export function filterRows(data: Float32Array, n: number, response: Float64Array): void {
  const length = response.length;
  const fft = new FFT(length);
  const [signal, spectrum] = [fft.createComplexArray(), fft.createComplexArray()];
  for (let row = 0; row < data.length; row += 2 * n) {
    const second = row + n < data.length ? row + n : -1;
    signal.fill(0);
    for (let i = 0; i < n; i++) {
      signal[2 * i] = data[row + i];
      if (second >= 0) signal[2 * i + 1] = data[second + i];
    }
    fft.transform(spectrum, signal);
    for (let k = 0; k < length; k++) {
      spectrum[2 * k] *= response[k];
      spectrum[2 * k + 1] *= response[k];
    }
    fft.inverseTransform(signal, spectrum);
    for (let i = 0; i < n; i++) {
      data[row + i] = signal[2 * i];
      if (second >= 0) data[second + i] = signal[2 * i + 1];
    }
  }
}

/**
 * The same filter as numbers to convolve with: h(0) … h(n − 1) by distance in bins. h(−k) = h(k).
 * @param response of a length of at least 2n − 1
 */
export function filterTaps(response: Float64Array, n: number): Float64Array {
  const fft = new FFT(response.length);
  const taps = fft.createComplexArray();
  fft.inverseTransform(taps, fft.toComplexArray(Array.from(response), undefined));
  return Float64Array.from({ length: n }, (_, k) => taps[2 * k]);
}
