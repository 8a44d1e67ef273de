import { uniforms } from '../../../../operators/patterns/draws.js';
import { innerWindows } from '../classical/windows.js';

/** What a network is shown of a part of a survey, and what it is held to. */
export interface View {
  readonly shape: readonly [lines: number, traces: number, samples: number];
  /** Each [line, trace, sample]. */
  readonly planes: readonly Float32Array[];
  /** [line, trace, sample] where `weights` is not 0. */
  readonly wanted: Float32Array;
  /** [line, trace]: 1 where the network is held to what was measured. */
  readonly weights: Uint8Array;
}

/** Where a patch lies, and whether it is taken as it lies. */
export interface Place {
  readonly view: number;
  readonly line: number;
  readonly trace: number;
  readonly sample: number;
  /** Traces in the opposite order: a survey may be shot from either end. */
  readonly turned: boolean;
  /** Of the amplitudes: a wavelet may have either sign. */
  readonly sign: 1 | -1;
}

export type Patch = readonly [traces: number, samples: number];

const DRAW = 1 << 24;

/** Places of the patches of one step, drawn by the seed; views of the same number of traces held to are as likely. */
export function drawPlaces(views: readonly View[], [traces, samples]: Patch, count: number, seed: number, step: number): Place[] {
  const random = uniforms(6 * count, seed, DRAW + step);
  return Array.from({ length: count }, (_, n) => {
    const [a, b, c, d, e, f] = random.subarray(6 * n, 6 * n + 6);
    const view = Math.floor(a * views.length);
    const { shape, weights } = views[view];
    // around a trace that the network is held to: a gap is a small part of a long line
    const held = [...weights.keys()].filter((k) => weights[k]);
    const [line, at] = split(held[Math.floor(b * held.length)], shape[1]);
    const from = (first: number, size: number, length: number): number => Math.max(0, Math.min(length - size, first));
    return {
      ...{ view, line, turned: e < 0.5, sign: f < 0.5 ? 1 : -1 },
      trace: from(at - Math.floor(c * traces), traces, shape[1]),
      sample: from(Math.floor(d * (shape[2] - samples + 1)), samples, shape[2]),
    };
  });
}

const split = (k: number, traces: number): [number, number] => [Math.floor(k / traces), k % traces];

/** Inputs of the network for some patches, in arrays that are used again. */
export class Batch {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly w: Float32Array;

  constructor(
    private readonly patch: Patch,
    private readonly planes: number,
    /** Planes whose sign is that of the data. */
    private readonly signed: readonly boolean[],
    readonly size: number,
  ) {
    const values = size * patch[0] * patch[1];
    [this.x, this.y, this.w] = [planes, 1, 1].map((count) => new Float32Array(count * values));
  }

  /** `w` has mean squares: Σ w = 1 over all patches, or 0 where none holds the network to anything. */
  fill(views: readonly View[], places: readonly Place[]): { x: Float32Array; y: Float32Array; w: Float32Array } {
    const [rows, columns] = this.patch;
    const values = rows * columns;
    this.w.fill(0);
    let count = 0;
    places.forEach(({ view, line, trace, sample, turned, sign }, n) => {
      const { shape, planes, wanted, weights } = views[view];
      for (let r = 0; r < rows; r++) {
        const k = line * shape[1] + mirrored(trace + (turned ? rows - 1 - r : r), shape[1]);
        for (let c = 0; c < columns; c++) {
          const from = k * shape[2] + mirrored(sample + c, shape[2]);
          const to = r * columns + c;
          for (let p = 0; p < this.planes; p++) {
            this.x[(n * this.planes + p) * values + to] = (this.signed[p] ? sign : 1) * planes[p][from];
          }
          this.y[n * values + to] = weights[k] ? sign * wanted[from] : 0;
          this.w[n * values + to] = weights[k];
          count += weights[k];
        }
      }
    });
    for (let k = 0; k < this.w.length; k++) this.w[k] /= Math.max(1, count);
    return this;
  }
}

/** Beyond the end back again, the last place counted once. */
function mirrored(at: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const k = at % period;
  return k < length ? k : period - k;
}

/** All patches of a view, half over each other, and the section that their answers make under Hann weights. */
export class Mosaic {
  readonly places: readonly Place[];
  readonly #sum: Float64Array;
  readonly #weight: Float64Array;
  readonly #windows: readonly [Float64Array, Float64Array];

  constructor(
    private readonly shape: readonly [number, number, number],
    private readonly patch: Patch,
  ) {
    const [lines, traces, samples] = shape;
    const [across, down] = [innerWindows(traces, patch[0]), innerWindows(samples, patch[1])];
    this.#windows = [across.weights, down.weights];
    this.#sum = new Float64Array(lines * traces * samples);
    this.#weight = new Float64Array(traces * samples);
    const places: Place[] = [];
    for (let line = 0; line < lines; line++) {
      for (const trace of across.starts)
        for (const sample of down.starts) places.push({ view: 0, line, trace, sample, turned: false, sign: 1 });
    }
    this.places = places;
    for (const place of places) if (place.line === 0) this.#each(place, (k, weight) => (this.#weight[k] += weight));
  }

  /** Adds the answer for a place. */
  add(place: Place, answer: Float32Array): void {
    const { line } = place;
    const start = line * this.#weight.length;
    this.#each(place, (k, weight, at) => (this.#sum[start + k] += weight * answer[at]));
  }

  image(): Float32Array {
    return Float32Array.from(this.#sum, (value, k) => value / this.#weight[k % this.#weight.length]);
  }

  #each({ trace, sample }: Place, visit: (k: number, weight: number, at: number) => void): void {
    const [across, down] = this.#windows;
    for (let r = 0; r < across.length; r++) {
      for (let c = 0; c < down.length; c++) {
        visit((trace + r) * this.shape[2] + sample + c, across[r] * down[c], r * this.patch[1] + c);
      }
    }
  }
}
