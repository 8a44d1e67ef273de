import { distinct, numberAxis } from './axis-numbers.js';
import { getField, TRACE_FIELDS, type AxisName, type HeaderField } from './header-fields.js';
import { firstHeaders, RUN, stateOfCode, TraceState, type Column, type HeaderView } from './scan.js';
import type { SegyFile } from './segy-file.js';

/** What the grid of traces is. */
export type GeometryKind = 'inline-crossline' | 'shot-receiver' | 'cmp-offset' | 'line' | 'bins';

/** Header words that may say where a trace lies, the slow axis first. */
export interface Scheme {
  readonly kind: GeometryKind;
  readonly axes: readonly { readonly name: AxisName; readonly field?: HeaderField }[];
  /** Found by search among all words, not by the standard's or common use. */
  readonly searched?: boolean;
}

const F = TRACE_FIELDS;
const scheme = (kind: GeometryKind, ...axes: [AxisName, HeaderField][]): Scheme => ({
  kind,
  axes: axes.map(([name, field]) => ({ name, field })),
});

/** Where post-stack 3-D files have inline and crossline: rev 1; Petrel and others before it; field record and CMP. */
const CUBES = [
  scheme('inline-crossline', ['inline', F.inline], ['crossline', F.crossline]),
  scheme('inline-crossline', ['inline', F.fieldRecord], ['crossline', F.cdp]),
  scheme('inline-crossline', ['inline', F.traceSequenceFile], ['crossline', F.cdp]),
  scheme('inline-crossline', ['inline', F.energySourcePoint], ['crossline', F.cdp]),
];
const CUBE_GATHERS = [
  scheme('inline-crossline', ['inline', F.inline], ['crossline', F.crossline], ['offset', F.offset]),
  scheme('inline-crossline', ['inline', F.fieldRecord], ['crossline', F.cdp], ['offset', F.offset]),
  // gathers of a single inline or crossline
  scheme('inline-crossline', ['crossline', F.crossline], ['offset', F.offset]),
  scheme('inline-crossline', ['inline', F.inline], ['offset', F.offset]),
];
const SHOTS = [
  scheme('shot-receiver', ['shot', F.fieldRecord], ['receiver', F.traceNumber]),
  scheme('shot-receiver', ['shot', F.energySourcePoint], ['receiver', F.traceNumber]),
  scheme('shot-receiver', ['shot', F.shotpoint], ['receiver', F.traceNumber]),
  scheme('shot-receiver', ['shot', F.fieldRecord], ['offset', F.offset]),
  scheme('shot-receiver', ['shot', F.energySourcePoint], ['offset', F.offset]),
];
const CMPS = [scheme('cmp-offset', ['cmp', F.cdp], ['offset', F.offset]), scheme('cmp-offset', ['cmp', F.cdp], ['receiver', F.cdpTrace])];
const LINES = [
  scheme('line', ['inline', F.inline]),
  scheme('line', ['crossline', F.crossline]),
  scheme('line', ['cmp', F.cdp]),
  scheme('line', ['shot', F.shotpoint]),
  scheme('line', ['shot', F.energySourcePoint]),
  scheme('line', ['offset', F.offset]),
  scheme('line', ['receiver', F.traceNumber]),
  scheme('line', ['shot', F.fieldRecord]),
  scheme('line', ['trace', F.cdpTrace]),
  scheme('line', ['trace', F.traceSequenceFile]),
  scheme('line', ['trace', F.traceSequenceLine]),
];
/** Traces one after another, whatever their headers say. */
export const BY_ORDER: Scheme = { kind: 'line', axes: [{ name: 'trace' }] };

/** How well a scheme describes traces. */
export interface Fit {
  /** Share of traces that have a position of their own. */
  readonly unique: number;
  /** Share of the grid's positions that are taken. */
  readonly fill: number;
  /** Traces for every number of the axis that has most numbers: 1 for an axis that alone tells all traces apart. */
  readonly perLine: number;
  /** Positions of the grid. */
  readonly positions: number;
  /** Numbers that occur, of each axis. */
  readonly counts: readonly number[];
  /** Axes whose numbers run in steps of 1. */
  readonly unitSteps: number;
  /** An axis counts in multiples of 65536: bytes in the wrong order, or floats. */
  readonly swapped: boolean;
  /** For the first axis: different numbers by runs of the same number along the file; 1 where the file is sorted by it. */
  readonly runs: number;
}

/** Traces whose positions are kept one by one; of more, a bit is kept for every position. */
const FEW = 1 << 15;

/** `columns`: the values of the scheme's axes. Traces that `use` refuses (auxiliary ones) are passed over. */
export function fitOf(scheme: Scheme, columns: readonly Column[], use: (n: number) => boolean): Fit {
  const axes = scheme.axes.map(({ name }, a) => {
    const values = distinct(columns[a], use);
    return { values, ...numberAxis(values, {}, name === 'offset') };
  });
  const positions = axes.reduce((product, axis) => product * axis.count, 1);
  let traces = 0;
  // a grid too large to be accepted is not looked at: its traces count as not told apart
  const few = columns[0]?.length <= FEW;
  const sparse = few ? new Set<number>() : undefined;
  const taken = new Uint32Array(!few && positions <= 64 * columns[0]?.length ? Math.ceil(positions / 32) : 0);
  let different = 0;
  let runs = 0;
  let last = NaN;
  for (let n = 0; n < (columns[0]?.length ?? 0); n++) {
    if (!use(n)) continue;
    traces++;
    let position = 0;
    for (const [a, axis] of axes.entries()) {
      position = position * axis.count + Math.round((columns[a][n] - axis.first) / axis.step);
    }
    sparse?.add(position);
    const bit = 1 << (position & 31);
    if (taken.length > 0 && (taken[position >>> 5] & bit) === 0) {
      taken[position >>> 5] |= bit;
      different++;
    }
    if (columns[0][n] !== last) runs++;
    last = columns[0][n];
  }
  if (sparse) different = sparse.size;
  const counts = axes.map(({ values }) => values.length);
  return {
    unique: traces === 0 ? 0 : different / traces,
    fill: different / positions,
    perLine: traces / Math.max(1, ...counts),
    positions,
    counts,
    unitSteps: axes.filter(({ step }) => step === 1).length,
    swapped: axes.some(({ step }) => step % 65536 === 0),
    runs: runs === 0 ? 0 : counts[0] / runs,
  };
}

/** Least share of traces with a position of their own. */
const UNIQUE = 0.95;
/** Least share of a grid that is taken, when its words are those of the standard, and when they were searched for. */
const FILL = 0.02;
const FILL_SEARCHED = 0.5;
/** Positions of a grid that is searched for: 2 × 2 are made by any two words that have two values. */
const SMALLEST_SEARCHED = 6;

/**
 * May this scheme be it? A grid needs at least two numbers on every axis, and an axis that tells all traces apart by itself is a line. Of
 * headers from here and there in a large file (`sampled`) only that can be said which holds for parts as well.
 */
export function accepts(scheme: Scheme, fit: Fit, sampled = false): boolean {
  if (fit.unique < UNIQUE || fit.swapped || fit.counts.some((count) => count < 2)) return false;
  if (sampled) return scheme.axes.length === 1 || fit.perLine > 1.02;
  if (scheme.axes.length === 1) return fit.fill >= FILL;
  return fit.perLine >= 1.5 && fit.fill >= (scheme.searched ? FILL_SEARCHED : FILL);
}

/**
 * Schemes that describe these trace headers, the best first.
 *
 * Post-stack: inline and crossline where rev 1 or common use puts them, then a search among all words for two that make a grid, then
 * shot/receiver and CMP/offset. Pre-stack (offsets or source and receiver positions vary): inline, crossline and offset, then
 * shot/receiver or CMP/offset, of which the one by which the file is sorted comes first. Then lines: one word that tells the traces
 * apart.
 */
export async function proposeSchemes(file: SegyFile, headers: readonly HeaderView[], kind?: GeometryKind): Promise<Scheme[]> {
  const sampled = headers.length < file.traces;
  const { littleEndian } = file;
  const use = isTrace(headers, file);
  const column = (field: HeaderField): Float64Array => Float64Array.from(headers, ({ view }) => getField(view, field, littleEndian));
  const cache = new Map<string, Float64Array>();
  const cached = (field: HeaderField): Float64Array => {
    const key = `${field.byte}:${field.type}`;
    let found = cache.get(key);
    if (!found) cache.set(key, (found = column(field)));
    return found;
  };
  const fit = (s: Scheme): Fit =>
    fitOf(
      s,
      s.axes.map(({ field }) => cached(field!)),
      use,
    );
  // an axis too many: the others tell the traces apart without it
  const without = (s: Scheme, axis: number): Scheme => ({ ...s, axes: s.axes.filter((_, a) => a !== axis) });
  const redundant = (s: Scheme): boolean => s.axes.length === 3 && s.axes.some((_, axis) => fit(without(s, axis)).unique >= UNIQUE);
  const accepted = (schemes: readonly Scheme[]): Scheme[] => schemes.filter((s) => accepts(s, fit(s), sampled) && !redundant(s));
  const varies = (field: HeaderField): boolean => {
    const values = cached(field);
    return values.some((v, n) => use(n) && v !== values[0]);
  };

  const prestack = varies(F.offset) || ((varies(F.sourceX) || varies(F.sourceY)) && (varies(F.receiverX) || varies(F.receiverY)));
  const shots = accepted(SHOTS);
  const cmps = accepted(CMPS);
  const sorted = (list: readonly Scheme[]): number => (list.length > 0 ? fit(list[0]).runs : 0);
  const gathers = sorted(cmps) > sorted(shots) ? [...cmps, ...shots] : [...shots, ...cmps];
  const cubes = accepted(CUBES);
  // numbers of the standard's own words, alone, then what else might be two axes of a grid
  const grids = prestack ? [...accepted(CUBE_GATHERS), ...accepted(CUBES.slice(0, 1)), ...gathers, ...cubes] : cubes;
  const lines = accepted(LINES);
  const wanted = (s: Scheme): boolean => kind === undefined || s.kind === kind;
  const found = grids.filter(wanted);
  let run: readonly HeaderView[] | undefined;
  if (found.length === 0) {
    run ??= sampled ? await firstHeaders(file, RUN) : headers;
    const searched = searchGrid(run, file, 'aligned').map((s) => nameOf(s, [...shots, ...cmps]));
    found.push(...[...searched, ...gathers].filter(wanted));
  }
  const places = lines.filter((s) => PLACES.includes(s.axes[0].field!));
  if (found.length === 0 && places.length === 0) {
    found.push(...searchGrid(run!, file, 'anywhere').filter(wanted));
  }
  return [...found, ...lines.filter(wanted)];
}

/** Line words that say where a trace lies, not which of its record or file it is. */
const PLACES: readonly HeaderField[] = [F.inline, F.crossline, F.cdp, F.shotpoint, F.energySourcePoint, F.offset];

/** A pair of words that was searched is called what the standard calls it. */
function nameOf(searched: Scheme, known: readonly Scheme[]): Scheme {
  const same = (s: Scheme): boolean => s.axes.length === 2 && s.axes.every(({ field }, a) => field!.byte === searched.axes[a].field!.byte);
  return known.find(same) ?? searched;
}

/** Which of these headers are not those of auxiliary traces. */
const isTrace =
  (headers: readonly HeaderView[], { littleEndian, revision }: SegyFile) =>
  (n: number): boolean =>
    stateOfCode(headers[n].view.getInt16(28, littleEndian), revision[0]) !== TraceState.auxiliary;

/** Words that vary but say nothing of place: date and time, sample count and interval, trace code. */
const NOT_A_PLACE = [
  [29, 36],
  [103, 118],
  [157, 168],
];

/**
 * Searches all words of the header for two that make a grid, filled by half at least, in the order of the file; `aligned`: every fourth
 * byte from 1.
 */
function searchGrid(headers: readonly HeaderView[], file: SegyFile, where: 'aligned' | 'anywhere'): Scheme[] {
  const { littleEndian } = file;
  const use = isTrace(headers, file);
  const fields: HeaderField[] = [];
  const columns = new Map<HeaderField, Float64Array>();
  const add = (field: HeaderField): void => {
    if (NOT_A_PLACE.some(([from, to]) => field.byte >= from && field.byte <= to)) return;
    const values = Float64Array.from(headers, ({ view }) => getField(view, field, littleEndian));
    const different = distinct(values, use).length;
    if (different < 2 || different > headers.length / 1.5) return;
    const typed = field.type === 'int32' ? asFloat(field, values) : field;
    fields.push(typed);
    columns.set(typed, typed === field ? values : Float64Array.from(headers, ({ view }) => getField(view, typed, littleEndian)));
  };
  // words of four bytes; then words of two bytes that are not the end of one of four
  for (let byte = 1; byte <= 237; byte += 4) add({ byte, type: 'int32' });
  if (where === 'anywhere') for (let byte = 1; byte <= 237; byte++) if (byte % 4 !== 1) add({ byte, type: 'int32' });
  for (let byte = 1; byte <= 239; byte += 2) {
    if (!fields.some((f) => f.byte <= byte && f.byte + 3 >= byte)) add({ byte, type: 'int16' });
  }
  // what each word can be by itself, so that few pairs are left to look at
  const words = fields.map((field) => {
    const alone = fitOf(scheme('line', ['trace', field]), [columns.get(field)!], use);
    return {
      field,
      count: alone.counts[0],
      sorted: alone.runs === 1,
      units: alone.unitSteps,
      positions: alone.positions,
    };
  });
  const usable = headers.reduce((sum, _, n) => sum + (use(n) ? 1 : 0), 0);
  const found: { scheme: Scheme; score: number }[] = [];
  for (const slow of words.filter(({ sorted }) => sorted)) {
    for (const fast of words) {
      if (slow === fast || slow.count * fast.count < Math.max(UNIQUE * usable, SMALLEST_SEARCHED)) continue;
      if (slow.positions * fast.positions * FILL_SEARCHED > usable) continue;
      if (where === 'anywhere' && slow.units + fast.units < 2) continue;
      const pair = scheme('inline-crossline', ['inline', slow.field], ['crossline', fast.field]);
      const s: Scheme = { ...pair, searched: true };
      const fit = fitOf(s, [columns.get(slow.field)!, columns.get(fast.field)!], use);
      if (accepts(s, fit)) found.push({ scheme: s, score: fit.unitSteps + fit.fill });
    }
  }
  return found.sort((a, b) => b.score - a.score).map((f) => f.scheme);

  /**
   * Huge integers whose bits are whole floats of moderate size are floats: IBM or IEEE, whichever counts in ones; else the file's own
   * kind.
   */
  function asFloat(field: HeaderField, values: Float64Array): HeaderField {
    const other = values.filter((v, n) => use(n) && v !== 0);
    if (other.some((v) => Math.abs(v) < 1 << 24)) return field;
    const integers = distinct(values, use).length;
    const kinds = (['ibm', 'float32'] as const).flatMap((type) => {
      const floats = Float64Array.from(headers, ({ view }) => getField(view, { byte: field.byte, type }, littleEndian));
      const numbers = distinct(floats, use);
      if (numbers.length < integers || !numbers.every((v) => Math.abs(v) < 1e7 && Number.isInteger(v))) return [];
      return [{ type, step: numberAxis(numbers).step }];
    });
    const own = file.format.name === 'ibm32' ? 'ibm' : 'float32';
    const best = kinds.find((k) => k.step === 1) ?? kinds.find((k) => k.type === own) ?? kinds[0];
    return best ? { byte: field.byte, type: best.type } : field;
  }
}
