import { drawEvenly } from '../../../operators/patterns/draws.js';
import { HIDDEN_DRAW } from '../held-out.js';
import { SlicewiseError } from '../../../core/errors.js';
import type { TraceGrid } from './classical/grid.js';

/**
 * Choosing among methods without truth: some live traces are hidden, and who predicts them best is taken. What is hidden must look like
 * what is missing: single traces hidden from a regular mask have neighbours on both sides, which the missing ones do not, and would choose
 * the wrong method.
 */
export type MaskPattern =
  /** Nothing is missing. */
  | { readonly kind: 'complete' }
  /** Live traces at a constant distance of `period` traces along the axis, in every line. */
  | { readonly kind: 'regular'; readonly axis: 'fast' | 'slow'; readonly period: number }
  /** A few wide gaps along the axis; `width` is that of the widest. */
  | { readonly kind: 'gap'; readonly axis: 'fast' | 'slow'; readonly width: number }
  /** Anything else; `share` of the traces is missing. `columns`: of whole lines across the fast axis, `rows`: along it. */
  | { readonly kind: 'random'; readonly share: number; readonly unit: 'trace' | 'column' | 'row' };

/** One trial: what is left of the live traces, and which are hidden. */
export interface Holdout {
  readonly live: Uint8Array;
  readonly hidden: Int32Array;
}

/** What kind of mask a grid has. */
export function classifyMask({ shape: [n1, n2], live }: Pick<TraceGrid, 'shape' | 'live'>): MaskPattern {
  const share = live.reduce((missing, alive) => missing + (alive ? 0 : 1), 0) / live.length;
  if (share === 0) return { kind: 'complete' };
  const unit = unitOf(n1, n2, live);
  const axes = (unit === 'row' ? ['slow', 'fast'] : ['fast', 'slow']) as ('fast' | 'slow')[];
  for (const axis of axes) {
    const period = periodOf(linesOf(n1, n2, live, axis));
    if (period > 1) return { kind: 'regular', axis, period };
  }
  for (const axis of axes) {
    const width = gapOf(linesOf(n1, n2, live, axis));
    if (width > 0) return { kind: 'gap', axis, width };
  }
  return { kind: 'random', share, unit };
}

/** Whether whole columns (all rows alike) or whole rows are missing. */
function unitOf(n1: number, n2: number, live: Uint8Array): 'trace' | 'column' | 'row' {
  if (n1 === 1) return 'trace';
  if (n2 === 1) return 'trace';
  const columns = live.every((alive, trace) => !alive === !live[trace % n2]);
  const rows = live.every((alive, trace) => !alive === !live[trace - (trace % n2)]);
  return columns ? 'column' : rows ? 'row' : 'trace';
}

function linesOf(n1: number, n2: number, live: Uint8Array, axis: 'fast' | 'slow'): Uint8Array[] {
  return axis === 'fast'
    ? Array.from({ length: n1 }, (_, i) => live.subarray(i * n2, (i + 1) * n2))
    : Array.from({ length: n2 }, (_, j) => Uint8Array.from({ length: n1 }, (_, i) => live[i * n2 + j]));
}

const placesOf = (line: Uint8Array): number[] => [...line.keys()].filter((k) => line[k]);

/** The distance that at least 9 of 10 neighbouring live traces have, where that is 2 or more; else 0. */
function periodOf(lines: readonly Uint8Array[]): number {
  const counts = new Map<number, number>();
  let all = 0;
  for (const line of lines) {
    const places = placesOf(line);
    for (let k = 1; k < places.length; k++) {
      counts.set(places[k] - places[k - 1], (counts.get(places[k] - places[k - 1]) ?? 0) + 1);
      all++;
    }
  }
  if (all < 4) return 0;
  const [period, count] = [...counts].reduce((most, entry) => (entry[1] > most[1] ? entry : most));
  return period > 1 && count >= 0.9 * all ? period : 0;
}

/**
 * The widest run of missing traces where runs are much wider than chance makes them, else 0. A missing trace at random lies in a run of
 * (1 + p)/(1 − p) on average, p the share missing.
 */
function gapOf(lines: readonly Uint8Array[]): number {
  let [missing, all, squares, widest] = [0, 0, 0, 0];
  for (const line of lines) {
    if (line.every((alive) => !alive)) continue;
    let run = 0;
    for (let k = 0; k <= line.length; k++) {
      if (k < line.length && !line[k]) run++;
      else {
        missing += run;
        squares += run * run;
        widest = Math.max(widest, run);
        run = 0;
      }
    }
    all += line.length;
  }
  if (missing === 0 || missing === all) return 0;
  const p = missing / all;
  return squares / missing > 3 + (2 * (1 + p)) / (1 - p) ? widest : 0;
}

export interface HoldoutOptions {
  readonly seed?: number;
  /** Of the live traces that are hidden in a trial of a random mask. */
  readonly share?: number;
  /** Trials at most. */
  readonly trials?: number;
}

/**
 * What to hide among the live traces so that it looks like what is missing: every second live line of a regular mask (the odd ones, then
 * the even ones); a gap of the same width at several places; single traces (whole columns or rows where those are missing) at random.
 * @throws SlicewiseError ARGUMENT where too few traces are live to hide any
 */
export function drawHoldouts(grid: Pick<TraceGrid, 'shape' | 'live'>, options: HoldoutOptions = {}): Holdout[] {
  const { seed = 0, share = 0.1, trials = 6 } = options;
  const {
    shape: [n1, n2],
    live,
  } = grid;
  const pattern = classifyMask(grid);
  if (pattern.kind === 'regular' || pattern.kind === 'gap') {
    const along = pattern.axis === 'fast' ? (trace: number) => trace % n2 : (trace: number) => Math.floor(trace / n2);
    const length = pattern.axis === 'fast' ? n2 : n1;
    const alive = new Uint8Array(length);
    live.forEach((a, trace) => {
      if (a) alive[along(trace)] = 1;
    });
    const sets = pattern.kind === 'regular' ? alternate(alive, trials) : gaps(alive, pattern.width, trials);
    const made = sets.map((hide) => hidden(live, (trace) => hide.has(along(trace)))).filter((h) => usable(h));
    if (made.length > 0) return made;
  }
  const unit = pattern.kind === 'random' ? pattern.unit : 'trace';
  const of =
    unit === 'column'
      ? (trace: number) => trace % n2
      : unit === 'row'
        ? (trace: number) => Math.floor(trace / n2)
        : (trace: number) => trace;
  const units = [
    ...new Set(
      Array.from(live.keys())
        .filter((trace) => live[trace])
        .map(of),
    ),
  ];
  const count = Math.max(1, Math.round(share * units.length));
  const made = Array.from({ length: Math.min(trials, RANDOM_TRIALS) }, (_, trial) => {
    const hide = new Set(drawEvenly(units, count, seed, HIDDEN_DRAW + trial));
    return hidden(live, (trace) => hide.has(of(trace)));
  }).filter((h) => usable(h));
  if (made.length > 0) return made;
  throw new SlicewiseError('ARGUMENT', {
    message: 'too few traces are live to hide any and predict them from the others',
    expected: 'at least two live traces',
    got: `${units.length}`,
    hint: 'choose a method yourself',
  });
}

/** Random masks: each trial hides a share of many traces, so few trials tell enough. */
const RANDOM_TRIALS = 2;

const usable = ({ live, hidden: h }: Holdout): boolean => h.length > 0 && live.some((alive) => alive);

function hidden(live: Uint8Array, hide: (trace: number) => boolean): Holdout {
  const traces = Int32Array.from(live.keys()).filter((trace) => live[trace] && hide(trace));
  const rest = live.slice();
  for (const trace of traces) rest[trace] = 0;
  return { live: rest, hidden: traces };
}

function alternate(alive: Uint8Array, trials: number): Set<number>[] {
  const places = placesOf(alive);
  // the ends stay, where they can: what lies beyond the last live trace is no interpolation
  return [1, 0].slice(0, trials).map((first) => new Set(places.filter((_, k) => k % 2 === first && k !== 0 && k !== places.length - 1)));
}

/**
 * Windows of `width` places that do not overlap, the nearest to what is missing first (what is far from a gap may be unlike it), with live
 * traces on both sides: a quarter of the width at least, where there is room.
 */
function gaps(alive: Uint8Array, width: number, trials: number, between = Math.ceil(width / 4)): Set<number>[] {
  const missing = [...alive.keys()].filter((k) => !alive[k]);
  // live traces between a window and the nearest missing one; below 0 where the window has one itself
  const roomOf = (from: number): number =>
    missing.reduce((least, k) => Math.min(least, k < from ? from - k - 1 : k < from + width ? -1 : k - from - width), Infinity);
  const free: { readonly from: number; readonly room: number }[] = [];
  for (let from = 1; from + width < alive.length; from++) {
    const room = roomOf(from);
    if (room >= between) free.push({ from, room });
  }
  if (free.length === 0) {
    if (between > 1) return gaps(alive, width, trials, 1);
    return width > 2 ? gaps(alive, Math.floor(width / 2), trials) : [];
  }
  free.sort((a, b) => a.room - b.room || a.from - b.from);
  const chosen: number[] = [];
  for (const { from } of free) {
    if (chosen.length < trials && chosen.every((other) => Math.abs(other - from) >= width)) chosen.push(from);
  }
  return chosen.map((from) => new Set(Array.from({ length: width }, (_, i) => from + i)));
}
