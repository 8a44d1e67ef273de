import { uniforms } from '../../../operators/patterns/draws.js';
import { cropAxis } from '../../../core/axis.js';
import { isSlicewiseError, SlicewiseError } from '../../../core/errors.js';
import type { Measurement } from '../../../volumes/measurement.js';
import { HIDDEN_DRAW, type HeldOut, type HoldOut } from '../held-out.js';
import { classifyMask, drawHoldouts, type HoldoutOptions } from './holdout.js';
import type { LargeScan } from '../large.js';
import { liveOf, spread, traceGridOf, withLive } from './trace-grid.js';

/**
 * Lines, traces and samples of a window that methods are tried on, of a single line and of a grid: a survey of any size is judged in the
 * same time.
 */
const WINDOW = { line: [1, 256, 384], grid: [12, 96, 192] } as const;
/** Windows of a large survey. */
const WINDOWS = 3;

/**
 * Traces are hidden as traces are missing: singly, every second of a regular mask, gaps of the same width. Of surveys larger than a few
 * windows it is done in windows drawn by seed, one in each third of the traces.
 */
export const heldOutTraces: HoldOut = {
  what: 'traces',
  always: true,
  // of regular masks the hidden traces lie twice as far from live ones as the missing; of gaps they are too few for weights
  blend(scan) {
    const { kind } = classifyMask(traceGridOf(scan));
    return kind === 'regular' ? 'unbiased' : kind === 'random';
  },
  // which method is best in a gap changes from place to place, and the places that can be hidden are few
  average: (scan) => classifyMask(traceGridOf(scan)).kind === 'gap',
  // own trials, 50 % at random: of a line of 360 traces 36 are hidden
  blendPull: 0.1,
  // rank reduction of a stack takes as long as all others together; a gap is another at every place, so all its trials count; what is
  // below the others in the wide gaps of a regular mask's trials is farther below in its own
  leave(scan) {
    const { kind } = classifyMask(traceGridOf(scan));
    return kind === 'gap' ? Infinity : kind === 'regular' ? 1 : 4;
  },
  draw(scan, { seed, share }) {
    const asked = { seed, ...(share === undefined ? {} : { share }) };
    const windows = windowsOf(scan, asked.seed);
    const drawn = trialsOfWindows(windows, asked);
    return drawn.length > 0 ? drawn : trialsOf(scan, asked);
  },
};

/**
 * Of a survey read in windows: three of them as above, all else being the same.
 * @throws SlicewiseError ARGUMENT where no window has both enough live traces and missing ones
 */
export async function hiddenInWindows(
  survey: Pick<LargeScan, 'shape' | 'live'>,
  asked: { readonly seed: number; readonly share?: number },
  read: (start: readonly number[], size: readonly number[]) => Promise<Measurement>,
): Promise<readonly HeldOut[]> {
  const { shape, live } = survey;
  const size = windowSize(shape);
  const windows: Measurement[] = [];
  for (let third = 0; third < WINDOWS; third++) {
    for (let attempt = 0; attempt < 500; attempt++) {
      const start = windowStart(shape, size, asked.seed, third, attempt);
      if (!bothKinds(liveIn(shape, live, start, size))) continue;
      const window = await read(start, size);
      if (!window.data.some((v) => v !== 0)) continue;
      windows.push(window);
      break;
    }
  }
  const drawn = trialsOfWindows(windows, asked);
  if (drawn.length > 0) return drawn;
  throw new SlicewiseError('ARGUMENT', {
    message: 'no window of the survey has enough live traces to hide any and predict them from the others',
    expected: `windows of ${size.slice(0, 2).join(' × ')} traces with live and missing ones`,
    hint: 'choose a method yourself',
  });
}

function trialsOfWindows(windows: readonly Measurement[], { seed, share }: { readonly seed: number; readonly share?: number }): HeldOut[] {
  return windows.flatMap((window, n) => {
    try {
      return trialsOf(window, { seed: seed + n, share, trials: windows.length > 1 ? 1 : undefined });
    } catch (error) {
      // a window without enough live traces; the survey has others
      if (windows.length > 1 && isSlicewiseError(error) && error.code === 'ARGUMENT') return [];
      throw error;
    }
  });
}

function trialsOf(part: Measurement, { seed, share, trials }: HoldoutOptions): HeldOut[] {
  const whole = liveOf(part);
  const options = { seed, ...(share === undefined ? {} : { share }), ...(trials === undefined ? {} : { trials }) };
  return drawHoldouts(traceGridOf(part), options).map(({ live, hidden }) => {
    const marks = new Uint8Array(live.length);
    for (const trace of hidden) marks[trace] = 1;
    return {
      scan: withLive(part, live),
      part,
      hidden: () => Uint8Array.from(spread(marks, part.shape[part.shape.length - 1])),
      count: hidden.length,
      of: whole.reduce((sum, alive) => sum + alive, 0),
    };
  });
}

const windowSize = (shape: readonly number[]): number[] => {
  const most = shape[0] === 1 ? WINDOW.line : WINDOW.grid;
  return shape.map((n, a) => Math.min(n, most[a]));
};

/** Where a window of one third of the traces begins, attempt by attempt. */
function windowStart(shape: readonly number[], size: readonly number[], seed: number, third: number, attempt: number): number[] {
  const random = uniforms(shape.length, seed, HIDDEN_DRAW * (2 + third) + attempt);
  return shape.map((n, a) => {
    const room = n - size[a] + 1;
    const share = (a === 1 ? third : 0) / WINDOWS;
    const width = a === 1 ? 1 / WINDOWS : 1;
    return Math.min(n - size[a], Math.floor(room * (share + width * random[a])));
  });
}

/** The mask of a window. */
function liveIn([, traces]: readonly number[], live: Uint8Array, start: readonly number[], size: readonly number[]): Uint8Array {
  return Uint8Array.from({ length: size[0] * size[1] }, (_, n) => {
    const [line, trace] = [start[0] + Math.floor(n / size[1]), start[1] + (n % size[1])];
    return live[line * traces + trace];
  });
}

/** Two live traces at least, and a missing one. */
function bothKinds(live: Uint8Array): boolean {
  const count = live.reduce((sum, one) => sum + one, 0);
  return count >= 2 && count < live.length;
}

/** The scan itself, or windows of it: where there is something to see, and both live and missing traces. */
function windowsOf(scan: Measurement, seed: number): Measurement[] {
  if (scan.shape.length > 3) return [scan]; // of three trace axes all of it
  const size = windowSize(scan.shape);
  const product = (shape: readonly number[]): number => shape.reduce((a, n) => a * n, 1);
  if (product(scan.shape) <= 1.5 * WINDOWS * product(size)) return [scan];
  const windows: Measurement[] = [];
  const live = liveOf(scan);
  for (let third = 0; third < WINDOWS; third++) {
    for (let attempt = 0; attempt < 50; attempt++) {
      const start = windowStart(scan.shape, size, seed, third, attempt);
      if (!bothKinds(liveIn(scan.shape, live, start, size))) continue;
      const window = cropped(scan, live, start, size);
      if (!window.data.some((v) => v !== 0)) continue;
      windows.push(window);
      break;
    }
  }
  return windows.length > 0 ? windows : [scan];
}

function cropped(scan: Measurement, live: Uint8Array, start: readonly number[], size: readonly number[]): Measurement {
  const [, traces, samples] = scan.shape;
  const data = new Float32Array(size[0] * size[1] * size[2]);
  const mask = new Float32Array(size[0] * size[1]);
  for (let line = 0; line < size[0]; line++) {
    for (let trace = 0; trace < size[1]; trace++) {
      const from = (start[0] + line) * traces + start[1] + trace;
      const to = line * size[1] + trace;
      mask[to] = live[from];
      const at = from * samples + start[2];
      data.set(scan.data.subarray(at, at + size[2]), to * size[2]);
    }
  }
  const axes = scan.grid.axes.map((axis, a) => cropAxis(axis, start[a], start[a] + size[a]));
  const { survey: _, ...meta } = scan.meta;
  return {
    ...scan,
    data,
    shape: size,
    grid: { ...scan.grid, shape: size as [number, number, number], axes },
    arrays: { mask: { data: mask, shape: size.slice(0, 2), dtype: 'float32' } },
    meta,
  };
}
