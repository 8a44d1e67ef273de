import { z } from 'zod';
import { dipIndex, dipWeights, largestSidelobe } from './dealias.js';
import { AxisFft, fastLength, type Planes } from './fourier.js';
import { checkGrid, copyLive, Pace, type ClassicalMethod } from './grid.js';
import { optionsOf } from './options.js';
import { widestGap, windowsOf, type Windows } from './windows.js';

const count = z.number().int().positive();

const schema = z.strictObject({
  iterations: count.default(40).describe('projections a window'),
  last: z.number().positive().max(1).default(0.003).describe('threshold of the last projection, as a share of the largest coefficient of the window; it falls exponentially'),
  windowTraces: count.optional().describe('traces of a window along the fast axis; default 32, or twice the widest gap'),
  windowSlow: count.default(24).describe('traces of a window along the slow axis'),
  windowSamples: count.default(64).describe('samples of a window in time'),
  dealias: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe('weigh wavenumbers by the dips that all frequencies share; auto does so in windows where the mask would fold energy onto others'),
  maxSlope: z.number().positive().default(6).describe('steepest dip that dealiasing expects, samples a trace'),
  usualSlope: z.number().positive().default(2.75).describe('dips beyond this are less likely, samples a trace'),
  padding: z.number().min(1).default(2).describe('size of the transforms in space, in windows'),
  timePadding: z.number().min(1).default(1.5).describe('size of the transforms in time, in windows'),
}); // prettier-ignore

export const pocs: ClassicalMethod<typeof schema> = {
  name: 'pocs',
  summary: 'projections onto convex sets: thresholded F-K (F-Kx-Ky) spectra of windows',
  schema,
  async interpolate(grid, given, context = {}) {
    const options = optionsOf('pocs', schema, given);
    checkGrid(grid);
    const { data, shape: [n1, n2, nt], live } = grid; // prettier-ignore
    const pace = new Pace(context);
    const wide = options.windowTraces ?? Math.max(32, 2 * widestGap(n1, n2, live));
    const [slow, fast, time] = [
      windowsOf(n1, options.windowSlow),
      windowsOf(n2, wide),
      windowsOf(nt, options.windowSamples),
    ];
    const projector = new Projector([slow, fast, time], options);
    const out = new Float32Array(data.length);
    const all = slow.starts.length * fast.starts.length * time.starts.length;
    let done = 0;
    for (const i0 of slow.starts) {
      for (const j0 of fast.starts) {
        const places = placesOf([n1, n2], [i0, j0], [slow, fast]);
        const alive = places.map((trace) => (trace >= 0 && live[trace] ? 1 : 0));
        projector.mask(alive);
        for (const t0 of time.starts) {
          if (alive.some((a) => a) && places.some((trace) => trace >= 0 && !live[trace])) {
            projector.load(data, nt, places, t0);
            projector.iterate();
            projector.addTo(out, nt, places, t0);
          }
          await pace.reached(Math.min(0.999, ++done / all));
        }
      }
    }
    await pace.reached(1);
    return copyLive(grid, out);
  },
};

/** Which trace of the grid each trace of a window is; −1 beyond the grid. */
export function placesOf(
  grid: readonly [number, number],
  from: readonly [number, number],
  [slow, fast]: readonly [Windows, Windows],
): Int32Array {
  const places = new Int32Array(slow.size * fast.size).fill(-1);
  for (let i = 0; i < slow.size; i++) {
    for (let j = 0; j < fast.size; j++) {
      const [row, column] = [from[0] + i, from[1] + j];
      if (row >= 0 && row < grid[0] && column >= 0 && column < grid[1])
        places[i * fast.size + j] = row * grid[1] + column;
    }
  }
  return places;
}

type Options = z.output<typeof schema>;

/** Memory, tables and steps for windows of one size. */
class Projector {
  readonly #traces: number;
  readonly #samples: number;
  readonly #timeLength: number;
  readonly #m1: number;
  readonly #m2: number;
  readonly #taper: Float64Array;
  readonly #timeTaper: Float64Array;
  readonly #time: AxisFft;
  readonly #slow: AxisFft;
  readonly #fast: AxisFft;
  readonly #timePlanes: Planes;
  readonly #spare: Planes;
  readonly #x: Planes;
  readonly #given: Planes;
  readonly #size: readonly [number, number];
  #alive: Uint8Array = new Uint8Array(0);
  #live: Int32Array = new Int32Array(0);
  #first = 1;
  #bins = 0;
  #dealias: readonly [boolean, boolean] = [false, false];
  readonly #weights: Float64Array;
  readonly #padded: readonly [boolean, boolean];

  constructor(
    windows: readonly [Windows, Windows, Windows],
    private readonly options: Options,
  ) {
    const [slow, fast, time] = windows;
    this.#size = [slow.size, fast.size];
    this.#traces = slow.size * fast.size;
    this.#samples = time.size;
    this.#timeLength = 2 * fastLength((options.timePadding * time.size) / 2);
    this.#m1 = slow.size === 1 ? 1 : fastLength(Math.min(options.padding, 1.5) * slow.size);
    this.#m2 = fast.size === 1 ? 1 : fastLength(options.padding * fast.size);
    this.#padded = [this.#m1 > 1, this.#m2 > 1];
    this.#taper = new Float64Array(this.#traces);
    for (let i = 0; i < slow.size; i++) {
      for (let j = 0; j < fast.size; j++) this.#taper[i * fast.size + j] = slow.weights[i] * fast.weights[j];
    }
    this.#timeTaper = time.weights;
    this.#time = new AxisFft(this.#timeLength);
    this.#slow = new AxisFft(this.#m1);
    this.#fast = new AxisFft(this.#m2);
    const planes = (n: number): Planes => [new Float64Array(n), new Float64Array(n)];
    const frequencies = this.#timeLength / 2 + 1;
    const most = this.#m1 * this.#m2 * frequencies;
    this.#timePlanes = planes(this.#timeLength * this.#traces);
    this.#spare = planes(Math.max(most, this.#timeLength * this.#traces));
    this.#x = planes(most);
    this.#given = planes(this.#traces * frequencies);
    this.#weights = new Float64Array(most);
  }

  /** Of the window's traces which are live. */
  mask(alive: Int32Array): void {
    this.#alive = Uint8Array.from(alive);
    this.#live = Int32Array.from(alive.keys()).filter((k) => alive[k]);
    const { dealias } = this.options;
    if (dealias !== 'auto') {
      this.#dealias = [dealias === 'on' && this.#padded[0], dealias === 'on' && this.#padded[1]];
      return;
    }
    const weights = this.#taper.map((w, k) => (this.#alive[k] ? w : 0));
    const lobes = largestSidelobe(weights, this.#size);
    this.#dealias = [this.#padded[0] && lobes[0] > SIDELOBE, this.#padded[1] && lobes[1] > SIDELOBE];
  }

  /** The spectra in time of the tapered window; of which only the frequencies that hold any of its energy are kept. */
  load(data: Float32Array, nt: number, places: Int32Array, t0: number): void {
    const [re, im] = this.#timePlanes;
    re.fill(0);
    im.fill(0);
    for (const k of this.#live) {
      for (let i = 0; i < this.#samples; i++) {
        const t = t0 + i;
        if (t >= 0 && t < nt) re[i * this.#traces + k] = data[places[k] * nt + t] * this.#taper[k] * this.#timeTaper[i];
      }
    }
    this.#time.run(re, im, 1, this.#traces, this.#spare);
    const frequencies = this.#timeLength / 2 + 1;
    const energy = new Float64Array(frequencies);
    for (let f = 0; f < frequencies; f++) {
      for (let at = f * this.#traces, end = at + this.#traces; at < end; at++) energy[f] += re[at] ** 2 + im[at] ** 2;
    }
    const least = ENERGY * energy.reduce((a, b) => a + b, 0);
    let [first, last] = [0, frequencies - 1];
    while (first < last && energy[first] <= least) first++;
    while (last > first && energy[last] <= least) last--;
    this.#first = first;
    this.#bins = last - first + 1;
    const [gr, gi] = this.#given;
    for (let f = 0; f < this.#bins; f++) {
      for (const k of this.#live) {
        gr[k * this.#bins + f] = re[(first + f) * this.#traces + k];
        gi[k * this.#bins + f] = im[(first + f) * this.#traces + k];
      }
    }
  }

  /** X ← F x in space. */
  #transform(inverse: boolean): void {
    const [re, im] = inverse ? [this.#x[1], this.#x[0]] : this.#x;
    const spare: Planes = inverse ? [this.#spare[1], this.#spare[0]] : this.#spare;
    const rows = inverse ? this.#m1 : this.#size[0]; // the others are zeros
    if (!inverse) this.#fast.run(re, im, rows, this.#bins, spare);
    if (this.#m1 > 1) this.#slow.run(re, im, 1, this.#m2 * this.#bins, spare);
    if (inverse) this.#fast.run(re, im, this.#size[0], this.#bins, spare);
  }

  iterate(): void {
    const [xr, xi] = this.#x;
    const [gr, gi] = this.#given;
    const bins = this.#bins;
    const [n1, n2] = this.#size;
    const total = this.#m1 * this.#m2 * bins;
    const scale = 1 / (this.#m1 * this.#m2);
    const place = (k: number): number => (Math.floor(k / n2) * this.#m2 + (k % n2)) * bins;
    const clear = (): void => {
      for (let i = 0; i < this.#m1; i++) {
        const from = i * this.#m2 * bins;
        const at = from + (i < n1 ? n2 * bins : 0);
        xr.fill(0, at, from + this.#m2 * bins);
        xi.fill(0, at, from + this.#m2 * bins);
      }
    };
    const put = (k: number): void => {
      const [to, from] = [place(k), k * bins];
      for (let f = 0; f < bins; f++) {
        xr[to + f] = gr[from + f];
        xi[to + f] = gi[from + f];
      }
    };
    xr.fill(0, 0, total);
    xi.fill(0, 0, total);
    for (const k of this.#live) put(k);
    this.#transform(false);
    const weights = this.#weigh();
    let top = 0;
    for (let at = 0; at < total; at++) top = Math.max(top, (xr[at] ** 2 + xi[at] ** 2) * (weights ? weights[at] : 1));
    if (top === 0) return;
    const { iterations, last } = this.options;
    for (let i = 1; i <= iterations; i++) {
      const level = top * last ** ((2 * i) / iterations);
      if (weights) {
        for (let at = 0; at < total; at++) {
          const keep = (xr[at] * xr[at] + xi[at] * xi[at]) * weights[at] > level ? scale : 0;
          xr[at] *= keep;
          xi[at] *= keep;
        }
      } else {
        for (let at = 0; at < total; at++) {
          const keep = xr[at] * xr[at] + xi[at] * xi[at] > level ? scale : 0;
          xr[at] *= keep;
          xi[at] *= keep;
        }
      }
      this.#transform(true);
      if (i === iterations) break;
      clear();
      for (const k of this.#live) put(k);
      this.#transform(false);
    }
  }

  /** The squares of the dip weights, or undefined where the window needs none. */
  #weigh(): Float64Array | undefined {
    const [slow, fast] = this.#dealias;
    if (!slow && !fast) return undefined;
    const shape = [this.#m1, this.#m2, this.#bins] as const;
    const weights = this.#weights;
    weights.fill(1);
    for (const axis of [0, 1] as const) {
      if (!this.#dealias[axis]) continue;
      const index = dipIndex(shape[axis], this.#timeLength, this.#first, this.#bins, this.options.maxSlope);
      dipWeights(this.#x, shape, axis, index, this.options, weights);
    }
    return weights;
  }

  /** Adds the window's missing traces; those of a tapered window add up to the whole. */
  addTo(out: Float32Array, nt: number, places: Int32Array, t0: number): void {
    const [re, im] = this.#timePlanes;
    re.fill(0);
    im.fill(0);
    const [xr, xi] = this.#x;
    const [, n2] = this.#size;
    const half = this.#timeLength / 2;
    for (let k = 0; k < this.#traces; k++) {
      if (this.#alive[k] || places[k] < 0) continue;
      const from = (Math.floor(k / n2) * this.#m2 + (k % n2)) * this.#bins;
      for (let f = 0; f < this.#bins; f++) {
        const bin = this.#first + f;
        // the spectrum of real samples from its positive half: x = Re of the transform with every bin but the ends doubled
        const double = bin === 0 || bin === half ? 1 : 2;
        re[bin * this.#traces + k] = double * xr[from + f];
        im[bin * this.#traces + k] = double * xi[from + f];
      }
    }
    this.#time.run(im, re, 1, this.#traces, [this.#spare[1], this.#spare[0]]);
    const scale = 1 / this.#timeLength;
    for (let k = 0; k < this.#traces; k++) {
      if (this.#alive[k] || places[k] < 0) continue;
      for (let i = 0; i < this.#samples; i++) {
        const t = t0 + i;
        if (t >= 0 && t < nt) out[places[k] * nt + t] += scale * re[i * this.#traces + k];
      }
    }
  }
}

/** Frequencies with less of a window's energy than this are left out. */
const ENERGY = 1e-6;
/** Sidelobe of the mask's spectrum, to its main lobe, from which on windows are dealiased. */
const SIDELOBE = 0.2;
