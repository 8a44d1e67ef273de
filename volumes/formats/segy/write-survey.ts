import type { ArrayData } from '../../../core/array.js';
import { coordinateAt, regularStep, type Axis } from '../../../core/axis.js';
import { SlicewiseError } from '../../../core/errors.js';
import { bytesSink } from '../../byte-source.js';
import { startSegyCopy } from './copy.js';
import { encodeSegy, encodeSu, type TraceArray } from './create.js';
import { AXIS_NAMES, setField, TRACE_FIELDS, type AxisName } from './header-fields.js';
import { decodeSamples, encodeSamples, newEncodeReport } from './sample-formats.js';
import { gridOf, isSu, type Survey } from './survey.js';
import { wholeWindow } from './window.js';

/** What is to be written: samples on a grid, and the file that they came of, if any. */
export interface SurveyContent extends Pick<ArrayData, 'data' | 'shape'> {
  readonly axes: readonly Axis[];
  readonly survey?: Survey;
}

/**
 * The bytes of a file with every trace of the grid. Of a survey that came from such a file it is a copy, byte for byte but for the missing
 * traces and what counts them (`startSegyCopy`); else a new file.
 * @param notes lines for the text header: what was done
 * @throws SlicewiseError SHAPE, NOT_FINITE, ARGUMENT for what the format cannot say
 */
export async function writeSurvey(name: string, content: SurveyContent, notes: readonly string[] = []): Promise<Uint8Array<ArrayBuffer>> {
  const { survey, data } = content;
  if (!survey || isSu(name) !== (survey.file.flavour === 'SU')) return newSurvey(name, content, undefined, notes);
  requireSameGrid(survey, content);
  const sink = bytesSink();
  const copy = await startSegyCopy(survey.file, survey.geometry, sink, { notes });
  await copy.writeWindow(wholeWindow(survey.geometry), data);
  copy.finish();
  return sink.bytes();
}

/**
 * The bytes of a file in which traces are missing: as the survey that it came of, with other samples where they differ, and those of `mask`
 * 0 dead (zeros, identification code 2).
 * @param mask [line, trace], or [line, trace, offset]
 */
export async function writeGappySurvey(name: string, content: SurveyContent, mask: ArrayLike<number>): Promise<Uint8Array<ArrayBuffer>> {
  const { survey, data, shape } = content;
  const live = Uint8Array.from(mask);
  if (!survey || isSu(name) !== (survey.file.flavour === 'SU')) return newSurvey(name, content, live);
  requireSameGrid(survey, content);
  const { file, geometry } = survey;
  const bytes = await file.source.read(0, file.source.size);
  const samples = shape[shape.length - 1];
  const old = new Float32Array(samples);
  const report = newEncodeReport();
  for (let position = 0; position < live.length; position++) {
    const traces = geometry.duplicates.get(position) ?? [geometry.traceOf[position]];
    for (const trace of traces) {
      if (trace < 0) continue;
      const at = file.start + trace * file.traceBytes;
      const from = at + file.headerBytes;
      if (!live[position]) {
        setField(new DataView(bytes.buffer, bytes.byteOffset + at, 240), TRACE_FIELDS.traceIdentification, 2, file.littleEndian);
        bytes.fill(0, from, from + samples * file.format.bytes);
      } else if (traces.length === 1) {
        const values = data.subarray(position * samples, (position + 1) * samples);
        decodeSamples(file.format, bytes, from, samples, file.littleEndian, old);
        if (!values.every((value, n) => Object.is(value, old[n])))
          bytes.set(encodeSamples(file.format, values, file.littleEndian, report), from);
      }
    }
  }
  return bytes;
}

/** @throws SlicewiseError SHAPE where the samples are not those of the survey's grid */
function requireSameGrid({ geometry }: Survey, { shape }: SurveyContent): void {
  const own = gridOf(geometry).shape;
  if (own.length === shape.length && own.every((n, a) => n === shape[a])) return;
  throw new SlicewiseError('SHAPE', {
    message: 'the traces are not those of the file that they are to be written into',
    expected: `[${own.join(', ')}]`,
    got: `[${shape.join(', ')}]`,
    hint: 'write another format, such as .npz',
  });
}

async function newSurvey(
  name: string,
  content: SurveyContent,
  live?: Uint8Array,
  notes: readonly string[] = [],
): Promise<Uint8Array<ArrayBuffer>> {
  const array = traceArray(content, live);
  const text = notes.length > 0 ? { text: ['WRITTEN BY SLICEWISE', ...notes] } : {};
  const sink = bytesSink();
  let at = 0;
  const pieces = isSu(name)
    ? encodeSu(array, { missing: 'dead' })
    : encodeSegy(array, { missing: 'dead', ...text, revision: wholeStep(array) ? 1 : 2 });
  for await (const piece of pieces) {
    await sink.write(at, piece);
    at += piece.length;
  }
  return sink.bytes();
}

const wholeStep = ({ vertical: { step, count } }: TraceArray): boolean => {
  const thousandths = step * 1000;
  return Math.abs(thousandths - Math.round(thousandths)) < 1e-6 && thousandths <= 32767 && count <= 65535;
};

/** The array as the format takes it: trace axes under names that it has, numbered by their coordinates where those are whole. */
function traceArray({ data, shape, axes }: SurveyContent, live?: Uint8Array): TraceArray {
  if (shape.length < 2 || shape.length > 4) {
    throw new SlicewiseError('SHAPE', {
      message: 'files of traces hold lines and grids of traces',
      expected: '[trace, sample], [line, trace, sample] or [line, trace, offset, sample]',
      got: `${shape.length} axes`,
    });
  }
  const vertical = axes[axes.length - 1];
  const single = shape.length === 3 && shape[0] === 1;
  const of = [...shape.keys()].slice(single ? 1 : 0, -1);
  const standard = (['inline', 'crossline', 'offset'] as const).slice(of.length === 1 ? 1 : 0).slice(0, of.length);
  const known = of.map((a) => axes[a].name).filter((name): name is AxisName => AXIS_NAMES.includes(name as AxisName));
  const names = new Set(known).size === of.length ? known : standard;
  const depth = vertical.name === 'depth';
  const step = Math.abs(regularStep(vertical) ?? 1) * (vertical.unit === 's' ? 1000 : 1);
  return {
    axes: of.map((a, n) => ({ name: names[n], ...numbers(axes[a], shape[a]), count: shape[a] })),
    vertical: {
      domain: depth ? 'depth' : 'time',
      first: coordinateAt(vertical, 0) * (vertical.unit === 's' ? 1000 : 1),
      step,
      count: shape[shape.length - 1],
    },
    samples: data,
    ...(live ? { live } : {}),
  };
}

/** Whole numbers of an axis, else 1, 2, 3 … */
function numbers(axis: Axis, count: number): { first: number; step: number } {
  const step = regularStep(axis);
  const first = coordinateAt(axis, 0);
  const whole = step !== undefined && step > 0 && [first, step, first + (count - 1) * step].every(Number.isInteger);
  return whole ? { first, step } : { first: 1, step: 1 };
}
