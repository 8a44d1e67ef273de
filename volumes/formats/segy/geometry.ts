import { SlicewiseError } from '../../../core/errors.js';
import { distinct, numberAxis, type AxisChoice, type AxisNumbers } from './axis-numbers.js';
import { binByCoordinates, type BinChoice, type Bins } from './bins.js';
import { accepts, BY_ORDER, fitOf, proposeSchemes, type GeometryKind, type Scheme } from './geometry-schemes.js';
import { AXIS_NAMES, describeField, getField, TRACE_FIELDS, type AxisBytes, type AxisName, type HeaderField } from './header-fields.js';
import {
  scanTraces,
  someHeaders,
  standardName,
  TraceState,
  type Column,
  type HeaderView,
  type ScanOptions,
  type TraceScan,
} from './scan.js';
import type { SegyFile } from './segy-file.js';
import { findSorting, stridesOf, type Sorting } from './sorting.js';

/** An axis of the grid: number k stands for first + k · step. */
export interface SegyAxis {
  readonly name: AxisName | 'time' | 'depth';
  /** `ms`, `m`, `ft`; empty for numbers, and for lengths whose unit the file does not say. */
  readonly unit: string;
  readonly first: number;
  readonly step: number;
  readonly count: number;
  /** The header word that holds the number; the axis of samples, bins and traces by order have none. */
  readonly field?: HeaderField;
}

/** Where the traces of a file lie. Grid positions are in C order over all axes but the last, which is that of the samples. */
export interface SegyGeometry {
  readonly kind: GeometryKind;
  /** The slowest first; the last one is time or depth. */
  readonly axes: readonly SegyAxis[];
  /** Grid position → trace of the file, or −1 where there is none. */
  readonly traceOf: Int32Array;
  /** Trace of the file → grid position, or −1 for auxiliary traces and traces outside the axes. */
  readonly positionOf: Int32Array;
  /** 1 where the position has a trace with data; 0 for holes, dead, dummy and zero traces. */
  readonly live: Uint8Array;
  /** Positions hit by several traces: all of them, the one of `traceOf` first. */
  readonly duplicates: ReadonlyMap<number, readonly number[]>;
  /** Order of the file; undefined when there is none. */
  readonly sorting: Sorting | undefined;
  /** TraceState of every trace of the file. */
  readonly state: Uint8Array;
  readonly counts: GeometryCounts;
  /** How positions were binned by coordinates. */
  readonly bins?: Bins;
  /** What a user should hear of, one sentence each. */
  readonly report: readonly string[];
}

export interface GeometryCounts {
  readonly positions: number;
  /** Positions with data. */
  readonly live: number;
  /** Positions without a trace. */
  readonly holes: number;
  /** Positions whose trace is dead by its code, a dummy, all zero, or has samples that are not finite. */
  readonly dead: number;
  readonly dummy: number;
  readonly zero: number;
  readonly notFinite: number;
  /** Traces left out: auxiliary ones, and those outside the axes. */
  readonly auxiliary: number;
  readonly outside: number;
  /** Positions hit by more than one trace. */
  readonly multiplyHit: number;
  /** Traces that are interpolated by their code. */
  readonly interpolated: number;
}

export interface GeometryOptions extends ScanOptions {
  /** Header words of the axes, the slow axis first if that matters; instead of finding them. */
  readonly bytes?: AxisBytes;
  readonly kind?: Exclude<GeometryKind, 'bins'>;
  /** First and last number and step of axes, where those found are not those meant (a survey decimated regularly, a part of it). */
  readonly axes?: { readonly [name in AxisName]?: AxisChoice };
  /** Positions by coordinates, binned to a grid. */
  readonly bins?: BinChoice;
}

/** Grids may have this many positions for a trace, and some more: numbers that are rubbish ask for any amount of memory. */
const POSITIONS_A_TRACE = 64;
const POSITIONS_FREE = 1 << 12;

/**
 * Finds where the traces of a file lie: reads all trace headers, and the samples unless `dead` is `codes`.
 *
 * Missing are: positions without a trace (holes), and traces that are dead (identification code 2), dummies (3), all zero, or hold NaN or
 * infinity. Of several traces at a position a live one nearest to it stands for it, the first of the file among equals.
 *
 * @throws SlicewiseError GEOMETRY when the numbers of the given words make no grid; ARGUMENT, ABORTED
 */
export async function findGeometry(file: SegyFile, options: GeometryOptions = {}): Promise<SegyGeometry> {
  const report: string[] = [];
  if (options.bins) {
    const { bins, columns } = await binByCoordinates(file, options.bins, options);
    const names = ['inline', 'crossline'] as const;
    const axes = names.map((name, a) => ({ name, numbers: { ...bins.axes[a], off: 0 } }));
    report.push(...bins.report);
    return buildGrid(file, 'bins', axes, columns, report, bins);
  }
  const { scheme, scan, columns } = await chooseScheme(file, options, report);
  const usable = (n: number): boolean => scan.state[n] !== TraceState.auxiliary;
  let axes = scheme.axes.map(({ name, field }, a) => ({
    name,
    field,
    column: columns[a],
    numbers: numberAxis(distinct(columns[a], usable), options.axes?.[name], name === 'offset'),
  }));
  // a line along one direction of a survey: the other number says where it is
  const constant = axes.filter((axis) => axis.numbers.count === 1);
  if (axes.length > 1 && constant.length > 0) {
    const left = axes.filter((axis) => axis.numbers.count > 1);
    axes = left.length > 0 ? left : axes.slice(0, 1);
    for (const axis of constant.filter((c) => !axes.includes(c))) {
      report.push(`${axis.name} is ${axis.numbers.first} throughout`);
    }
  }
  const kind = axes.length === 1 ? 'line' : scheme.kind;
  if (kind === 'line' && !options.bytes) report.push(...(await otherNumber(file, scheme)));
  return buildGrid(file, kind, axes, { scan, columns: axes.map((axis) => axis.column) }, report);
}

/** For a line along inlines or crosslines: which crossline or inline it is. */
async function otherNumber(file: SegyFile, scheme: Scheme): Promise<string[]> {
  const { name } = scheme.axes[0];
  const other = name === 'inline' ? 'crossline' : name === 'crossline' ? 'inline' : undefined;
  if (!other || scheme.axes.length > 1) return [];
  const bytes = await file.source.read(file.start, 240);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 240);
  const number = getField(view, TRACE_FIELDS[other], file.littleEndian);
  return number === 0 ? [] : [`${other} of the first trace is ${number}`];
}

async function chooseScheme(
  file: SegyFile,
  options: GeometryOptions,
  report: string[],
): Promise<{ scheme: Scheme; scan: TraceScan; columns: readonly Column[] }> {
  const given = givenScheme(options.bytes);
  if (given) {
    const scan = await scanTraces(
      file,
      given.axes.map(({ field }) => field!),
      options,
    );
    report.push(`${given.axes.map(({ name, field }) => `${name} from ${describeField(field!)}`).join(', ')}, as given`);
    return { scheme: given, scan, columns: scan.columns };
  }
  const headers = await someHeaders(file);
  // the few best of what the headers looked at allow, on all traces
  const proposals = (await proposeSchemes(file, headers, options.kind)).slice(0, 6);
  const fields: HeaderField[] = [];
  const indexOf = (field: HeaderField): number => {
    const found = fields.findIndex((f) => f.byte === field.byte && f.type === field.type);
    return found >= 0 ? found : fields.push(field) - 1;
  };
  const wanted = proposals.map((scheme) => scheme.axes.map(({ field }) => indexOf(field!)));
  const scan = await scanTraces(file, fields, options);
  const usable = (n: number): boolean => scan.state[n] !== TraceState.auxiliary;
  for (const [n, scheme] of proposals.entries()) {
    const columns = wanted[n].map((c) => scan.columns[c]);
    if (!accepts(scheme, fitOf(scheme, columns, usable))) continue;
    const words = scheme.axes.map(({ name, field }) => `${name} from ${describeField(field!)}`).join(', ');
    if (scheme.searched) report.push(`${words}: found as the words that make a grid; say the bytes if that is wrong`);
    else report.push(words);
    if (scheme.kind === 'line' && scheme.axes[0].name === 'trace') report.push(...repeats(file, headers));
    return { scheme, scan, columns };
  }
  report.push('no header word tells the traces apart: taken as a line in the order of the file', ...repeats(file, headers));
  const order = new Int32Array(file.traces);
  // auxiliary traces have no place in the line
  for (let n = 0, at = 0; n < order.length; n++) order[n] = usable(n) ? ++at : 0;
  return { scheme: BY_ORDER, scan, columns: [order] };
}

/** Words that repeat along the file say that it is no line: they are named, so that nobody takes it for one in silence. */
function repeats(file: SegyFile, headers: readonly HeaderView[]): string[] {
  const told: string[] = [];
  for (const byte of [9, 13, 17, 21, 37, 189, 193, 197]) {
    const values = headers.map(({ view }) => view.getInt32(byte - 1, file.littleEndian));
    const different = new Set(values).size;
    if (different > 1 && different < values.length) told.push(`${standardName(byte)} (bytes ${byte}-${byte + 3}: ${different} numbers)`);
  }
  return told.length === 0 ? [] : [`numbers repeat in ${told.join(', ')}: if these traces are a grid, say its bytes`];
}

/** @throws SlicewiseError ARGUMENT for names that do not make a grid */
function givenScheme(bytes: AxisBytes | undefined): Scheme | undefined {
  if (!bytes || Object.keys(bytes).length === 0) return undefined;
  const axes = AXIS_NAMES.filter((name) => bytes[name]).map((name) => ({ name, field: bytes[name] }));
  const has = (...names: AxisName[]): boolean =>
    names.every((name) => bytes[name]) && axes.every(({ name }) => names.includes(name) || name === 'offset');
  if (has('inline', 'crossline')) return { kind: 'inline-crossline', axes };
  if (has('shot', 'receiver') || (has('shot') && bytes.offset)) return { kind: 'shot-receiver', axes };
  if (has('cmp', 'receiver') || (has('cmp') && bytes.offset)) {
    return { kind: 'cmp-offset', axes: [...axes].sort((a) => (a.name === 'cmp' ? -1 : 1)) };
  }
  if (axes.length === 1) return { kind: 'line', axes };
  throw new SlicewiseError('ARGUMENT', {
    message: 'these axes make no grid of traces',
    expected: 'inline and crossline (and offset), shot and receiver (or offset), cmp and offset (or receiver), or one axis',
    got: axes.map(({ name }) => name).join(', '),
  });
}

/** Puts every trace on the grid. */
function buildGrid(
  file: SegyFile,
  kind: GeometryKind,
  axes: readonly { readonly name: AxisName; readonly field?: HeaderField; readonly numbers: AxisNumbers }[],
  { scan, columns }: { readonly scan: TraceScan; readonly columns: readonly Column[] },
  report: string[],
  bins?: Bins,
): SegyGeometry {
  const counts = axes.map(({ numbers }) => numbers.count);
  const span = ({ name, numbers: { first, step, count } }: (typeof axes)[number]): string =>
    `${name} ${first} … ${first + (count - 1) * step} in steps of ${step}`;
  const positions = counts.reduce((product, count) => product * count, 1);
  if (!(positions <= Math.min(2 ** 31 - 1, POSITIONS_A_TRACE * file.traces + POSITIONS_FREE))) {
    throw new SlicewiseError('GEOMETRY', {
      message: 'these header words make no grid of traces',
      expected: `at most ${POSITIONS_A_TRACE} positions for a trace`,
      got: `${axes.map(span).join(', ')}: ${positions} positions for ${file.traces} traces`,
      hint: 'say other bytes, or first, last and step of the axes',
    });
  }
  const { state } = scan;
  const traceOf = new Int32Array(positions).fill(-1);
  const positionOf = new Int32Array(file.traces).fill(-1);
  const miss = new Float32Array(file.traces);
  const strides = stridesOf(counts);
  let auxiliary = 0;
  let outside = 0;
  for (let n = 0; n < file.traces; n++) {
    if (state[n] === TraceState.auxiliary) {
      auxiliary++;
      continue;
    }
    let position = 0;
    for (const [a, { numbers }] of axes.entries()) {
      const at = (columns[a][n] - numbers.first) / numbers.step;
      const k = Math.round(at);
      if (!(k >= 0 && k < numbers.count)) position = NaN;
      position += k * strides[a];
      miss[n] += Math.abs(at - k);
    }
    if (Number.isNaN(position)) {
      outside++;
      continue;
    }
    positionOf[n] = position;
  }

  const duplicates = new Map<number, number[]>();
  const isLive = (n: number): boolean => state[n] === TraceState.data;
  const better = (a: number, b: number): boolean => (isLive(a) !== isLive(b) ? isLive(a) : miss[a] < miss[b] - 1e-6);
  for (let n = 0; n < file.traces; n++) {
    const position = positionOf[n];
    if (position < 0) continue;
    const there = traceOf[position];
    if (there < 0) {
      traceOf[position] = n;
      continue;
    }
    const all = duplicates.get(position) ?? [there];
    if (better(n, there)) {
      traceOf[position] = n;
      all.unshift(n);
    } else all.push(n);
    duplicates.set(position, all);
  }
  const live = new Uint8Array(positions);
  const of = (s: TraceState): number => {
    let count = 0;
    for (const trace of traceOf) if (trace >= 0 && state[trace] === s) count++;
    return count;
  };
  let holes = 0;
  for (let p = 0; p < positions; p++) {
    if (traceOf[p] < 0) holes++;
    else if (isLive(traceOf[p])) live[p] = 1;
  }
  const tally: GeometryCounts = {
    positions,
    live: of(TraceState.data),
    holes,
    dead: of(TraceState.dead),
    dummy: of(TraceState.dummy),
    zero: of(TraceState.zero),
    notFinite: of(TraceState.notFinite),
    auxiliary,
    outside,
    multiplyHit: duplicates.size,
    interpolated: scan.interpolated,
  };
  const sorting = findSorting(positionOf, counts);
  report.push(...tellCounts(tally, file, axes), ...(sorting ? [] : ['the file is not sorted by these axes']));
  const vertical = file.vertical;
  return {
    kind,
    axes: [
      ...axes.map(({ name, field, numbers: { first, step, count } }) => ({
        name,
        unit: name === 'offset' || bins ? file.lengthUnit : '',
        first,
        step,
        count,
        ...(field ? { field } : {}),
      })),
      { name: vertical.domain, unit: vertical.unit, first: vertical.first, step: vertical.step, count: file.samples },
    ],
    traceOf,
    positionOf,
    live,
    duplicates,
    sorting,
    state,
    counts: tally,
    ...(bins ? { bins } : {}),
    report,
  };
}

function tellCounts(
  t: GeometryCounts,
  file: SegyFile,
  axes: readonly { readonly name: AxisName; readonly numbers: AxisNumbers }[],
): string[] {
  const of = (count: number, what: string): string[] => (count > 0 ? [`${count} ${what}`] : []);
  const told = axes.flatMap(({ name, numbers }) => [
    ...(numbers.step !== 1 && numbers.count > 1 ? [`${name} in steps of ${numbers.step}`] : []),
    ...(numbers.off > 0
      ? [`${name} binned to multiples of ${numbers.step}: positions are up to ${numbers.off.toFixed(2)} of a bin off`]
      : []),
  ]);
  const missing = t.positions - t.live;
  const why = [
    ...of(t.holes, 'without a trace'),
    ...of(t.dead, 'dead (identification code 2)'),
    ...of(t.dummy, 'dummy (code 3)'),
    ...of(t.zero, 'all zero'),
    ...of(t.notFinite, 'with NaN or infinite samples'),
  ];
  const grid = axes.map(({ name, numbers }) => `${numbers.count} ${name}s`).join(' × ');
  told.push(
    `${file.traces} traces on ${t.positions} positions (${grid}): ` +
      (missing === 0 ? 'none missing' : `${missing} missing (${why.join(', ')})`),
  );
  if (t.multiplyHit > 0) told.push(`${t.multiplyHit} positions are hit by more than one trace: the nearest live one is used`);
  if (t.auxiliary > 0) told.push(`${t.auxiliary} auxiliary traces (by identification code) are left out`);
  if (t.outside > 0) told.push(`${t.outside} traces lie outside the axes and are left out`);
  if (t.interpolated > 0) told.push(`${t.interpolated} traces are interpolated, not measured, by their identification code`);
  return told;
}
