import * as z from 'zod';
import { dipIndex, dipWeights, largestSidelobe } from './dealias.js';
import { AxisFft, fastLength, type Planes } from './fourier.js';
import { checkGrid, copyLive, Pace, requireTwoAxes, type ClassicalMethod } from './grid.js';
import { optionsOf } from './options.js';
import { widestGap, windowsOf, type Windows } from './windows.js';

const count = z.number().int().positive();

const schema = z.strictObject({
  iterations: count.default(40).describe('projections a window'),
  last: z
    .number()
    .positive()
    .max(1)
    .default(0.003)
    .describe('threshold of the last projection, as a share of the largest coefficient of the window; it falls exponentially'),
  windowTraces: count.optional().describe('traces of a window along the fast axis; default 32, or twice the widest gap'),
  windowSlow: count.default(24).describe('traces of a window along the slow axis'),
  windowOuter: count.default(8).describe('traces of a window along the slowest of three trace axes'),
  windowSamples: count.default(64).describe('samples of a window in time'),
  dealias: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe(
      'weigh wavenumbers by the dips that all frequencies share; auto does so in windows where the mask would fold energy onto others',
    ),
  maxSlope: z.number().positive().default(6).describe('steepest dip that dealiasing expects, samples a trace'),
  usualSlope: z.number().positive().default(2.75).describe('dips beyond this are less likely, samples a trace'),
  padding: z.number().min(1).default(2).describe('size of the transforms in space, in windows'),
  timePadding: z.number().min(1).default(1.5).describe('size of the transforms in time, in windows'),
});

export const pocs: ClassicalMethod<typeof schema> = {
  name: 'pocs',
  summary: 'projections onto convex sets: thresholded F-K (F-Kx-Ky) spectra of windows',
  schema,
  async interpolate(grid, given, context = {}) {
    const options = optionsOf('pocs', schema, given);
    checkGrid(grid);
    const {
      data,
      shape: [n1, n2, nt],
      live,
    } = grid;
    const pace = new Pace(context);
    const wide = options.windowTraces ?? Math.max(32, 2 * widestGap(n1, n2, live));
    const outer = grid.outer ?? 1;
    if (outer > 1 && options.dealias === 'on') requireTwoAxes('pocs with dealias on', grid);
    const [outermost, slow] = [windowsOf(outer, options.windowOuter), windowsOf(n1 / outer, options.windowSlow)];
    const [fast, time] = [windowsOf(n2, wide), windowsOf(nt, options.windowSamples)];
    const projector = new Projector([outermost, slow, fast, time], options);
    const out = new Float32Array(data.length);
    const corners = outermost.starts.flatMap((h0) => slow.starts.flatMap((i0) => fast.starts.map((j0) => [h0, i0, j0] as const)));
    const all = corners.length * time.starts.length;
    let done = 0;
    for (const corner of corners) {
      const places = placesOf([outer, n1 / outer, n2], corner, [outermost, slow, fast]);
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
    await pace.reached(1);
    return copyLive(grid, out);
  },
};

/** Which trace of the grid each trace of a window is; −1 beyond the grid. Trace axes the slowest first, as many as there are. */
export function placesOf(grid: readonly number[], from: readonly number[], windows: readonly Windows[]): Int32Array {
  let places = Int32Array.of(0);
  for (const [a, { size }] of windows.entries()) {
    places = Int32Array.from({ length: places.length * size }, (_, n) => {
      const [before, at] = [places[Math.floor(n / size)], from[a] + (n % size)];
      return before < 0 || at < 0 || at >= grid[a] ? -1 : before * grid[a] + at;
    });
  }
  return places;
}

type Options = z.output<typeof schema>;

/** Memory, tables and steps for windows of one size. */
class Projector {
  readonly #traces: number;
  readonly #samples: number;
  readonly #timeLength: number;
  readonly #m0: number;
  readonly #m1: number;
  readonly #m2: number;
  readonly #taper: Float64Array;
  readonly #timeTaper: Float64Array;
  readonly #time: AxisFft;
  readonly #outer: AxisFft;
  readonly #slow: AxisFft;
  readonly #fast: AxisFft;
  readonly #timePlanes: Planes;
  readonly #spare: Planes;
  readonly #x: Planes;
  /** Spectra in time of the traces, [traces, bins], and of the missing ones as they become. */
  readonly #given: Planes;
  readonly #z: Planes;
  /** Traces along the slow and the fast axis, and along the one before those. */
  readonly #size: readonly [number, number];
  readonly #deep: number;
  #live: Int32Array = new Int32Array(0);
  #missing: Int32Array = new Int32Array(0);
  /** Frequencies (from `#first`) by their largest coefficient, and how many of them the threshold has reached. */
  #order: Int32Array = new Int32Array(0);
  #active = 0;
  #first = 1;
  #bins = 0;
  #dealias: readonly [boolean, boolean] = [false, false];
  readonly #weights: Float64Array;
  readonly #padded: readonly [boolean, boolean];

  constructor(
    windows: readonly [Windows, Windows, Windows, Windows],
    private readonly options: Options,
  ) {
    const [outer, slow, fast, time] = windows;
    this.#size = [slow.size, fast.size];
    this.#deep = outer.size;
    this.#traces = outer.size * slow.size * fast.size;
    this.#samples = time.size;
    this.#timeLength = 2 * fastLength((options.timePadding * time.size) / 2);
    this.#m0 = outer.size === 1 ? 1 : fastLength(Math.min(options.padding, 1.5) * outer.size);
    this.#m1 = slow.size === 1 ? 1 : fastLength(Math.min(options.padding, 1.5) * slow.size);
    this.#m2 = fast.size === 1 ? 1 : fastLength(options.padding * fast.size);
    this.#padded = [this.#m1 > 1, this.#m2 > 1];
    this.#taper = new Float64Array(this.#traces);
    for (let k = 0; k < this.#traces; k++) {
      const [i, j] = [Math.floor(k / fast.size), k % fast.size];
      this.#taper[k] = outer.weights[Math.floor(i / slow.size)] * slow.weights[i % slow.size] * fast.weights[j];
    }
    this.#timeTaper = time.weights;
    this.#time = new AxisFft(this.#timeLength);
    this.#outer = new AxisFft(this.#m0);
    this.#slow = new AxisFft(this.#m1);
    this.#fast = new AxisFft(this.#m2);
    const planes = (n: number): Planes => [new Float64Array(n), new Float64Array(n)];
    const frequencies = this.#timeLength / 2 + 1;
    const most = this.#m0 * this.#m1 * this.#m2 * frequencies;
    this.#timePlanes = planes(this.#timeLength * this.#traces);
    this.#spare = planes(Math.max(most, this.#timeLength * this.#traces));
    this.#x = planes(most);
    this.#given = planes(this.#traces * frequencies);
    this.#z = planes(this.#traces * frequencies);
    this.#weights = new Float64Array(most);
  }

  /** Of the window's traces which are live. */
  mask(alive: Int32Array): void {
    this.#live = Int32Array.from(alive.keys()).filter((k) => alive[k]);
    this.#missing = Int32Array.from(alive.keys()).filter((k) => !alive[k]);
    const { dealias } = this.options;
    // dips that frequencies share are looked for along two axes; along three the masks in use fold less
    if (this.#deep > 1) return;
    if (dealias !== 'auto') {
      this.#dealias = [dealias === 'on' && this.#padded[0], dealias === 'on' && this.#padded[1]];
      return;
    }
    const weights = this.#taper.map((w, k) => (alive[k] ? w : 0));
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

  /** X ← F x in space, of the first `bins` frequencies in each row. */
  #transform(inverse: boolean, bins: number): void {
    const [re, im] = inverse ? [this.#x[1], this.#x[0]] : this.#x;
    const spare: Planes = inverse ? [this.#spare[1], this.#spare[0]] : this.#spare;
    // forward: traces behind the window are zeros, and so are rows
    const plane = this.#m1 * this.#m2 * bins;
    if (inverse && this.#m0 > 1) this.#outer.run(re, im, 1, plane, spare);
    for (let h = 0; h < this.#deep; h++) {
      const [r, i] = this.#deep === 1 ? [re, im] : [re.subarray(h * plane, (h + 1) * plane), im.subarray(h * plane, (h + 1) * plane)];
      if (!inverse) this.#fast.run(r, i, this.#size[0], bins, spare, this.#size[1]);
      if (this.#m1 > 1) this.#slow.run(r, i, 1, this.#m2 * bins, spare, inverse ? this.#m1 : this.#size[0]);
      if (inverse) this.#fast.run(r, i, this.#size[0], bins, spare);
    }
    if (!inverse && this.#m0 > 1) this.#outer.run(re, im, 1, plane, spare, this.#deep);
  }

  /** Where trace k of the window begins among the transform's traces. */
  #row(k: number): number {
    const row = Math.floor(k / this.#size[1]);
    return (Math.floor(row / this.#size[0]) * this.#m1 + (row % this.#size[0])) * this.#m2 + (k % this.#size[1]);
  }

  /**
   * The projections. A frequency none of whose coefficients the threshold has reached yet does not change (its missing traces stay 0), so
   * it takes no part until then: frequencies go by their largest coefficient, and an iteration works on the first `#active` of them.
   */
  iterate(): void {
    const bins = this.#bins;
    this.#active = bins;
    this.#z.forEach((plane) => plane.fill(0, 0, this.#missing.length * bins));
    this.#place();
    this.#transform(false, bins);
    const weighted = this.#weigh();
    const most = this.#largest(weighted);
    const order = Int32Array.from(most.keys()).sort((a, b) => most[b] - most[a] || a - b);
    this.#order = order;
    this.#reorder(order, weighted);
    const top = bins > 0 ? most[order[0]] : 0;
    this.#active = 0;
    if (top === 0) return;
    const { iterations, last } = this.options;
    for (let i = 1; i <= iterations; i++) {
      const level = top * last ** ((2 * i) / iterations);
      let active = this.#active;
      while (active < bins && most[order[active]] > level) active++;
      this.#active = active;
      if (active === 0) continue;
      this.#place();
      this.#transform(false, active);
      this.#threshold(level, weighted);
      this.#transform(true, active);
      this.#take();
    }
  }

  /** x ← the live traces as given, the missing ones as they were, zeros behind. */
  #place(): void {
    const [xr, xi] = this.#x;
    const active = this.#active;
    const bins = this.#bins;
    xr.fill(0, 0, this.#m0 * this.#m1 * this.#m2 * active);
    xi.fill(0, 0, this.#m0 * this.#m1 * this.#m2 * active);
    const put = ([re, im]: Planes, from: number, to: number): void => {
      for (let f = 0; f < active; f++) {
        xr[to + f] = re[from + f];
        xi[to + f] = im[from + f];
      }
    };
    for (const k of this.#live) put(this.#given, k * bins, this.#row(k) * active);
    this.#missing.forEach((k, at) => put(this.#z, at * bins, this.#row(k) * active));
  }

  /** Keeps the missing traces of x. */
  #take(): void {
    const [xr, xi] = this.#x;
    const [zr, zi] = this.#z;
    const active = this.#active;
    this.#missing.forEach((k, at) => {
      for (let f = 0, to = at * this.#bins, from = this.#row(k) * active; f < active; f++, to++, from++) {
        zr[to] = xr[from];
        zi[to] = xi[from];
      }
    });
  }

  /** Coefficients whose (weighted) power is at most `level` become 0; the others are scaled for the inverse transform. */
  #threshold(level: number, weighted: boolean): void {
    const [xr, xi] = this.#x;
    const weights = this.#weights;
    const [active, bins] = [this.#active, this.#bins];
    const all = this.#m0 * this.#m1 * this.#m2;
    const scale = 1 / all;
    for (let k = 0; k < all; k++) {
      const from = k * active;
      if (weighted) {
        for (let f = 0, at = from, w = k * bins; f < active; f++, at++, w++) {
          const keep = (xr[at] * xr[at] + xi[at] * xi[at]) * weights[w] > level ? scale : 0;
          xr[at] *= keep;
          xi[at] *= keep;
        }
      } else {
        for (let at = from; at < from + active; at++) {
          const keep = xr[at] * xr[at] + xi[at] * xi[at] > level ? scale : 0;
          xr[at] *= keep;
          xi[at] *= keep;
        }
      }
    }
  }

  /** The largest (weighted) power of each frequency. */
  #largest(weighted: boolean): Float64Array {
    const [xr, xi] = this.#x;
    const bins = this.#bins;
    const most = new Float64Array(bins);
    for (let k = 0, at = 0; k < this.#m0 * this.#m1 * this.#m2; k++) {
      for (let f = 0; f < bins; f++, at++) most[f] = Math.max(most[f], (xr[at] ** 2 + xi[at] ** 2) * (weighted ? this.#weights[at] : 1));
    }
    return most;
  }

  /** Puts the frequencies of what is given, and of the weights, into another order. */
  #reorder(order: Int32Array, weighted: boolean): void {
    const bins = this.#bins;
    const row = new Float64Array(bins);
    const sort = (plane: Float64Array, from: number): void => {
      for (let f = 0; f < bins; f++) row[f] = plane[from + order[f]];
      plane.set(row, from);
    };
    for (const k of this.#live) this.#given.forEach((plane) => sort(plane, k * bins));
    if (weighted) for (let k = 0; k < this.#m1 * this.#m2; k++) sort(this.#weights, k * bins);
  }

  /** Makes the squares of the dip weights. @returns whether the window needs any */
  #weigh(): boolean {
    if (!this.#dealias.some((axis) => axis)) return false;
    const shape = [this.#m1, this.#m2, this.#bins] as const;
    this.#weights.fill(1);
    for (const axis of [0, 1] as const) {
      if (!this.#dealias[axis]) continue;
      const index = dipIndex(shape[axis], this.#timeLength, this.#first, this.#bins, this.options.maxSlope);
      dipWeights(this.#x, shape, axis, index, this.options, this.#weights);
    }
    return true;
  }

  /** Adds the window's missing traces; those of a tapered window add up to the whole. */
  addTo(out: Float32Array, nt: number, places: Int32Array, t0: number): void {
    const [re, im] = this.#timePlanes;
    re.fill(0);
    im.fill(0);
    const [zr, zi] = this.#z;
    const half = this.#timeLength / 2;
    this.#missing.forEach((k, at) => {
      for (let f = 0, from = at * this.#bins; f < this.#active; f++, from++) {
        const bin = this.#first + this.#order[f];
        // the spectrum of real samples from its positive half: x = Re of the transform with every bin but the ends doubled
        const double = bin === 0 || bin === half ? 1 : 2;
        re[bin * this.#traces + k] = double * zr[from];
        im[bin * this.#traces + k] = double * zi[from];
      }
    });
    this.#time.run(im, re, 1, this.#traces, [this.#spare[1], this.#spare[0]]);
    const scale = 1 / this.#timeLength;
    for (const k of this.#missing) {
      if (places[k] < 0) continue;
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
