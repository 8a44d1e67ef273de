import { SlicewiseError } from '../../../core/errors.js';
import type { Axis } from '../../../core/axis.js';
import { bytesSource, type ByteSource } from '../../byte-source.js';
import type { NamedBytes } from '../../format.js';
import { SEISMIC } from '../../kinds/traces/schema.js';
import type { Grid } from '../../measurement.js';
import { openSu } from '../su/su.js';
import { findGeometry, type GeometryOptions, type SegyAxis, type SegyGeometry } from './geometry.js';
import { parseAxisBytes, TRACE_FIELDS, type AxisBytes } from './header-fields.js';
import { openSegy } from './open-segy.js';
import { INTERPOLATED, TraceState } from './scan.js';
import type { SegyFile, SegyOpenOptions } from './segy-file.js';
import { readWindow, wholeWindow, type WindowOptions } from './window.js';

/** What may be said of a file of traces, SEG-Y or SU, where it is silent or wrong. */
export interface SurveyOptions extends SegyOpenOptions, Omit<GeometryOptions, 'bytes' | 'onProgress' | 'signal'>, WindowOptions {
  /** Header words of the trace axes, as text `inline=189,crossline=193` or parsed. */
  readonly bytes?: string | AxisBytes;
}

/**
 * A file of traces and where they lie: what a faithful write-back of a result needs. It travels in `meta.survey`, in memory only: in JSON
 * (scan files, manifests) a line about it is left.
 */
export class Survey {
  constructor(
    readonly file: SegyFile,
    readonly geometry: SegyGeometry,
  ) {}

  toJSON(): object {
    const { file, geometry } = this;
    return { format: file.flavour, geometry: geometry.kind, traces: file.traces, headers: 'not kept' };
  }
}

/** The survey of a volume or scan that was read from a file of traces, or made of one. */
export const surveyOf = ({ meta }: { readonly meta: { readonly [key: string]: unknown } }): Survey | undefined =>
  meta.survey instanceof Survey ? meta.survey : undefined;

/** All traces of a survey on their grid: [line, trace, sample], of three trace axes four; a 2-D line is one line. */
export interface SurveyTraces {
  readonly survey: Survey;
  readonly data: Float32Array;
  /** As the grid's. */
  readonly shape: readonly number[];
  /** As the shape but for the samples: 1 where there is data. */
  readonly live: Uint8Array;
  /** As `live`: 1 where the trace is interpolated, by its identification code. */
  readonly interpolated: Uint8Array;
  readonly grid: Grid;
  /** What a user should hear of. */
  readonly warnings: readonly string[];
}

/** A file of traces whose samples are read later, window by window. */
export interface OpenSurvey {
  readonly survey: Survey;
  readonly grid: Grid;
  /** What a user should hear of. */
  readonly warnings: readonly string[];
}

/**
 * Opens a file of traces and finds where they lie.
 * @param work of the search, which reads the file once
 * @throws SlicewiseError as `openSegy`, `openSu` and `findGeometry`; GEOMETRY for four trace axes
 */
export async function openSurvey(
  name: string,
  source: ByteSource,
  options: SurveyOptions = {},
  work: Pick<GeometryOptions, 'onProgress' | 'signal'> = {},
): Promise<OpenSurvey> {
  const { bytes: words, ...rest } = options;
  const file = await openTraces(name, source, options);
  const parsed = typeof words === 'string' ? parseAxisBytes(words) : words;
  const geometry = await findGeometry(file, { ...rest, ...work, ...(parsed ? { bytes: parsed } : {}) });
  return { survey: new Survey(file, geometry), grid: gridOf(geometry), warnings: warningsOf(file, geometry) };
}

/**
 * Reads a file of traces whole.
 * @throws SlicewiseError as `openSurvey` and `readWindow`
 */
export async function readSurvey({ name, bytes }: NamedBytes, options: SurveyOptions = {}): Promise<SurveyTraces> {
  const { survey, grid, warnings } = await openSurvey(name, bytesSource(bytes), options);
  const { file, geometry } = survey;
  const { data, live } = await readWindow(file, geometry, wholeWindow(geometry), options);
  const { shape } = grid;
  const interpolated = interpolatedTraces(bytes, file, geometry);
  return { survey, data, shape, live, interpolated, grid, warnings };
}

/** Identification codes from 16384 on say so (SEG-Y rev 2.0). */
function interpolatedTraces(bytes: Uint8Array, file: SegyFile, { traceOf }: SegyGeometry): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint8Array.from(traceOf, (trace) => {
    if (trace < 0) return 0;
    const at = file.start + trace * file.traceBytes + TRACE_FIELDS.traceIdentification.byte - 1;
    return view.getInt16(at, file.littleEndian) >= INTERPOLATED ? 1 : 0;
  });
}

/** A SEG-Y or SU file, by its name. @throws SlicewiseError as `openSegy` and `openSu` */
export const openTraces = (name: string, source: ByteSource, options: SegyOpenOptions = {}): Promise<SegyFile> =>
  isSu(name) ? openSu(source, options) : openSegy(source, options);

export const isSu = (name: string): boolean => /\.su$/i.test(name);

/** The image of a survey: its own axes; a 2-D line has a first axis of one line. @throws SlicewiseError GEOMETRY for four trace axes */
export function gridOf({ axes, kind }: SegyGeometry): Grid {
  const own = axes.map(axisOf);
  const shape = axes.map(({ count }) => count);
  if (axes.length > 4) {
    const named = axes.slice(0, -1).map(({ name, count }) => `${count} ${name}s`);
    throw new SlicewiseError('GEOMETRY', {
      message: 'traces along four axes at once are not taken',
      expected: 'one, two or three trace axes',
      got: `${named.join(' × ')} (${kind})`,
      hint: 'sort out one offset (or another axis) into a file of its own, or name three axes with --bytes',
    });
  }
  if (axes.length === 2) {
    own.unshift({ name: 'line', unit: '', first: 1, step: 1 });
    shape.unshift(1);
  }
  return { shape, axes: own, units: 'arbitrary', modality: SEISMIC };
}

const axisOf = ({ name, unit, first, step }: SegyAxis): Axis => ({ name, unit, first, step });

function warningsOf(file: SegyFile, { counts, state }: SegyGeometry): string[] {
  const { positions, live, holes, dead, dummy, zero, notFinite, auxiliary, outside, multiplyHit } = counts;
  const told = [...file.warnings];
  const parts = [
    [holes, 'without a trace'],
    [dead, 'dead by their code'],
    [dummy, 'dummies'],
    [zero, 'zero throughout'],
    [notFinite, 'with samples that are no numbers'],
  ] as const;
  const missing = parts.filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}`);
  if (missing.length > 0) told.push(`${positions - live} of ${positions} positions count as missing: ${missing.join(', ')}`);
  if (auxiliary > 0) told.push(`${auxiliary} auxiliary traces are left out`);
  if (outside > 0) told.push(`${outside} traces lie outside the axes and are left out`);
  if (multiplyHit > 0)
    told.push(`${multiplyHit} positions are hit by several traces: the nearest counts, or their mean where stack is asked for`);
  if (state.every((s) => s !== TraceState.data)) told.push('no trace holds data');
  return told;
}
