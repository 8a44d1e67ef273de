import FFT from 'fft.js';

/**
 * Discrete Fourier transforms of any length on the main thread, float64, for reading and simulating (the operator has its own
 * kernels). Powers of two go to fft.js; other lengths become a convolution of the next power of two with a chirp:
 * L. Bluestein, "A linear filtering approach to the computation of the discrete Fourier transform", IEEE Trans. Audio Electroacoust. 18
 * (1970) 451.
 */
export interface Fft {
  readonly length: number;
  /** out[k] = Σ x[n] exp(−2πi kn/N), not scaled; `x` and `out` interleaved re, im, 2N long, not the same array. */
  forward(x: Float64Array, out: Float64Array): void;
  /** out[n] = Σ x[k] exp(+2πi kn/N), not scaled. */
  backward(x: Float64Array, out: Float64Array): void;
}

const plans = new Map<number, Fft>();

/** The transform of this length; the tables of the last few lengths are kept. @throws RangeError for a length below 1 */
export function fft(length: number): Fft {
  if (!Number.isInteger(length) || length < 1) throw new RangeError(`a transform of ${length} samples`);
  let plan = plans.get(length);
  if (!plan) {
    if (plans.size >= 8) plans.delete(plans.keys().next().value!);
    plan = length > 1 && (length & (length - 1)) === 0 ? powerOfTwo(length) : length === 1 ? one : bluestein(length);
    plans.set(length, plan);
  }
  return plan;
}

const one: Fft = { length: 1, forward: (x, out) => out.set(x), backward: (x, out) => out.set(x) };

/** exp(+2πi kn/N) is the conjugate of the forward transform of the conjugate. */
function conjugated(length: number, forward: Fft['forward']): Fft {
  const turned = new Float64Array(2 * length);
  const backward: Fft['backward'] = (x, out) => {
    for (let n = 0; n < 2 * length; n += 2) {
      turned[n] = x[n];
      turned[n + 1] = -x[n + 1];
    }
    forward(turned, out);
    for (let n = 1; n < 2 * length; n += 2) out[n] = -out[n];
  };
  return { length, forward, backward };
}

function powerOfTwo(length: number): Fft {
  const plan = new FFT(length);
  // fft.js takes any indexable storage; its types say number[]
  const indexable = (values: Float64Array): number[] => values as unknown as number[];
  return {
    length,
    forward: (x, out) => plan.transform(indexable(out), indexable(x)),
    backward: (x, out) => {
      plan.inverseTransform(indexable(out), indexable(x)); // divides by the length
      for (let n = 0; n < 2 * length; n++) out[n] *= length;
    },
  };
}

/** kn = (k² + n² − (k−n)²)/2: multiply by a chirp, convolve with its conjugate, multiply again. */
function bluestein(length: number): Fft {
  const size = 2 ** Math.ceil(Math.log2(2 * length - 1));
  const inner = powerOfTwo(size);
  const chirp = new Float64Array(2 * length);
  for (let n = 0; n < length; n++) {
    // n² modulo 2N keeps the angle exact for long transforms
    const angle = (Math.PI * ((n * n) % (2 * length))) / length;
    chirp[2 * n] = Math.cos(angle);
    chirp[2 * n + 1] = -Math.sin(angle);
  }
  const filter = new Float64Array(2 * size);
  const kernel = new Float64Array(2 * size);
  for (let n = 0; n < length; n++) {
    for (const at of n === 0 ? [0] : [n, size - n]) {
      kernel[2 * at] = chirp[2 * n];
      kernel[2 * at + 1] = -chirp[2 * n + 1];
    }
  }
  inner.forward(kernel, filter);
  const work = new Float64Array(2 * size);
  const spectrum = new Float64Array(2 * size);
  return conjugated(length, (x, out) => {
    work.fill(0);
    multiply(x, chirp, work, length, 1);
    inner.forward(work, spectrum);
    multiply(spectrum, filter, spectrum, size, 1);
    inner.backward(spectrum, work);
    multiply(work, chirp, out, length, 1 / size);
  });
}

function multiply(a: Float64Array, b: Float64Array, out: Float64Array, count: number, scale: number): void {
  for (let n = 0; n < 2 * count; n += 2) {
    const re = a[n] * b[n] - a[n + 1] * b[n + 1];
    const im = a[n] * b[n + 1] + a[n + 1] * b[n];
    out[n] = re * scale;
    out[n + 1] = im * scale;
  }
}

export type Direction = 'forward' | 'inverse';

/**
 * Centred orthonormal transform of one line, origin at index ⌊N/2⌋ on both sides:
 * X[k] = 1/√N Σ x[n] exp(∓2πi (k−⌊N/2⌋)(n−⌊N/2⌋)/N), − for `forward`. In place, interleaved, 2N long.
 */
export function centredLine(line: Float64Array, direction: Direction): void {
  centredFft(line, [line.length / 2], 0, direction);
}

/**
 * The centred orthonormal transform along one axis of a complex array (interleaved, C order), in place; computed in float64.
 * @param shape without the re/im pair
 */
export function centredFft(data: Float32Array | Float64Array, shape: readonly number[], axis: number, direction: Direction): void {
  const length = shape[axis];
  transformAxis(data, shape, axis, direction, Math.floor(length / 2), 1 / Math.sqrt(length));
}

/** The same with the origin at index 0 and not scaled. */
export function plainFft(data: Float32Array | Float64Array, shape: readonly number[], axis: number, direction: Direction): void {
  transformAxis(data, shape, axis, direction, 0, 1);
}

/** @param origin index of position 0, before and after */
function transformAxis(
  data: Float32Array | Float64Array,
  shape: readonly number[],
  axis: number,
  direction: Direction,
  origin: number,
  scale: number,
): void {
  const length = shape[axis];
  const inner = shape.slice(axis + 1).reduce((a, n) => a * n, 1);
  const outer = shape.slice(0, axis).reduce((a, n) => a * n, 1);
  const [line, out] = [new Float64Array(2 * length), new Float64Array(2 * length)];
  const plan = fft(length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = 2 * (o * length * inner + i);
      for (let n = 0, from = origin; n < length; n++, from = from + 1 === length ? 0 : from + 1) {
        line[2 * n] = data[start + 2 * from * inner];
        line[2 * n + 1] = data[start + 2 * from * inner + 1];
      }
      if (direction === 'forward') plan.forward(line, out);
      else plan.backward(line, out);
      for (let n = 0, to = origin; n < length; n++, to = to + 1 === length ? 0 : to + 1) {
        data[start + 2 * to * inner] = out[2 * n] * scale;
        data[start + 2 * to * inner + 1] = out[2 * n + 1] * scale;
      }
    }
  }
}
