import { SlicewiseError } from '../../../core/errors.js';

/** What a correction had to repair; readers turn it into warnings. */
export interface Repairs {
  /** Values whose transmission was zero or negative and was raised to the floor. */
  floored: number;
  /** Detector pixels without light (flat ≤ dark), filled from the nearest live pixel of their row. */
  dead: number;
}

/**
 * Line integrals of counts behind a flat field: −ln(max(count, 0.5) / flat), 0.5 being the usual stand-in for zero counts.
 * @param counts changed in place and returned
 * @throws SlicewiseError ARGUMENT for a flat that is not positive
 */
export function negativeLog(counts: Float32Array, flat: number, repairs: Repairs): Float32Array {
  if (!(flat > 0) || !Number.isFinite(flat)) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'counts without object',
      expected: 'a positive number',
      got: `${flat}`,
    });
  }
  const floor = Math.min(0.5, flat / 2);
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] < floor) {
      counts[i] = floor;
      repairs.floored++;
    }
    counts[i] = -Math.log(counts[i] / flat);
  }
  return counts;
}

/** Mean over the first axis of frames [frame, pixel]; zeros for no frames. */
export function meanFrame(frames: ArrayLike<number>, pixels: number): Float64Array {
  const mean = new Float64Array(pixels);
  const count = frames.length / pixels;
  for (let i = 0; i < frames.length; i++) mean[i % pixels] += frames[i];
  if (count > 0) for (let p = 0; p < pixels; p++) mean[p] /= count;
  return mean;
}

/** Pixels of a frame that tell how bright it is. */
const SAMPLED = 4096;

/**
 * The mean flat, without frames that saw less than half of the light of the middle one: a closed shutter would halve the mean, and shift
 * every line integral.
 */
export function meanFlat(frames: ArrayLike<number>, pixels: number, warn: (message: string) => void): Float64Array {
  const count = Math.floor(frames.length / pixels);
  const step = Math.ceil(pixels / SAMPLED);
  // the median of some pixels: a hot one would stand for its frame
  const levels = Array.from({ length: count }, (_, f) => {
    const some = Float64Array.from({ length: Math.ceil(pixels / step) }, (__, n) => frames[f * pixels + n * step]).sort();
    return some[some.length >> 1];
  });
  const middle = [...levels].sort((a, b) => a - b)[count >> 1];
  const good = levels.flatMap((level, f) => (level < 0.5 * middle ? [] : [f]));
  if (good.length === count) return meanFrame(frames, pixels);
  const first = levels.findIndex((_, f) => !good.includes(f));
  warn(
    `${count - good.length} of ${count} flat frames have less than half of the light of the others (the first: ${first}) and were left ` +
      'out',
  );
  const mean = new Float64Array(pixels);
  for (const f of good) for (let p = 0; p < pixels; p++) mean[p] += frames[f * pixels + p] / good.length;
  return mean;
}

/**
 * Flat and dark correction of projections: transmission T = (I − D) / (F − D) with F and D the mean flat and dark, then −ln T
 * unless `linearise` is 'none'. Before −ln, T is raised to half a count over the mean flat where the flats look like counts (mean above
 * 50), else to 1e-4.
 */
export class FlatField {
  readonly repairs: Repairs = { floored: 0, dead: 0 };
  private readonly gain: Float64Array;
  private readonly floor: number;
  /** For a dead pixel the pixel to copy from. */
  private readonly source = new Map<number, number>();

  /**
   * @param flat mean flat, [row, column] @param dark mean dark, same shape
   * @throws SlicewiseError FORMAT when no pixel of a row saw light
   */
  constructor(
    private readonly flat: Float64Array,
    private readonly dark: Float64Array,
    columns: number,
    private readonly linearise: 'auto' | 'none',
  ) {
    this.gain = Float64Array.from(flat, (f, p) => (f > dark[p] ? 1 / (f - dark[p]) : 0));
    let sum = 0;
    let live = 0;
    for (let p = 0; p < flat.length; p++) {
      if (this.gain[p] > 0) {
        sum += 1 / this.gain[p];
        live++;
      } else {
        this.source.set(p, nearestLive(this.gain, p, columns));
      }
    }
    this.repairs.dead = this.source.size;
    const mean = sum / live;
    this.floor = mean > 50 ? 0.5 / mean : 1e-4;
  }

  /** One projection [row, column] of raw values into line integrals (or transmissions), written to `out`. */
  correct(raw: ArrayLike<number>, from: number, out: Float32Array): void {
    const { flat, dark, gain, floor } = this;
    for (let p = 0; p < flat.length; p++) {
      let transmission = (raw[from + p] - dark[p]) * gain[p];
      if (this.linearise === 'auto' && gain[p] > 0 && transmission < floor) {
        transmission = floor;
        this.repairs.floored++;
      }
      out[p] = this.linearise === 'auto' ? -Math.log(transmission) : transmission;
    }
    for (const [dead, live] of this.source) out[dead] = out[live];
  }
}

function nearestLive(gain: Float64Array, pixel: number, columns: number): number {
  const column = pixel % columns;
  const start = pixel - column;
  for (let d = 1; d < columns; d++) {
    if (column - d >= 0 && gain[pixel - d] > 0) return pixel - d;
    if (column + d < columns && gain[pixel + d] > 0) return pixel + d;
  }
  throw new SlicewiseError('FORMAT', {
    message: `flat fields of detector row ${start / columns}`,
    expected: 'flats brighter than the darks',
    got: 'no pixel with light',
    hint: 'check data_white and data_dark, or read with linearise none',
  });
}

/** Repairs in words, for `meta.warnings`. */
export function repairWarnings({ floored, dead }: Repairs, values: number): string[] {
  const out: string[] = [];
  if (floored) {
    const share = ((100 * floored) / values).toPrecision(2);
    out.push(`${floored} values (${share} %) had no or negative transmission and were raised to the floor before −log`);
  }
  if (dead) out.push(`${dead} detector pixels saw no light (flat ≤ dark) and were filled from their nearest live neighbour`);
  return out;
}
