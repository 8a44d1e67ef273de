import type { MeasurementFormat, NamedBytes, ReadOptions, VolumeFormat } from '../../format.js';
import { prestack, traces } from '../../kinds/traces/kind.js';
import { SEISMIC } from '../../kinds/traces/schema.js';
import type { Measurement } from '../../measurement.js';
import { makeVolume, type Volume } from '../../volume.js';
import { sniffSegy } from './open-segy.js';
import { decodeText, TEXT_BYTES, textEncoding } from './text-header.js';
import { readSurvey, surveyOf } from './survey.js';
import { writeGappySurvey, writeSurvey } from './write-survey.js';

const segy = {
  name: 'SEG-Y',
  extensions: ['.sgy', '.segy'],
  maxFiles: 1,
  sniff: ({ name, bytes }: NamedBytes) => sniffSegy(bytes.subarray(0, 3600)) && (/\.(sgy|segy|seg|sg2y)$/i.test(name) || hasCards(bytes)),
};

/** The text header begins with card C 1: without it, and without the name, printable bytes and a small number are too little to go by. */
function hasCards(bytes: Uint8Array): boolean {
  const text = bytes.subarray(0, TEXT_BYTES);
  return /^C *0?1\b/.test(decodeText(text, textEncoding(text)));
}

/** SU has no file header to tell it by: its name does. */
const su = { name: 'Seismic Unix', extensions: ['.su'], maxFiles: 1, sniff: ({ name }: NamedBytes) => /\.su$/i.test(name) };

/**
 * Traces as a volume [line, trace, sample], or [line, trace, offset, sample]; missing ones are zeros, which is told. Written as a copy of
 * the file they came of, with its headers, where there is one.
 */
const asVolume = {
  async read([file]: readonly NamedBytes[], options: ReadOptions) {
    const { data, shape, grid, live, interpolated, survey, warnings } = await readSurvey(file, options.survey);
    const meta = {
      source: file.name,
      format: survey.file.flavour,
      storedType: survey.file.format.label,
      survey,
      live,
      interpolated,
      warnings: [...warnings],
    };
    return makeVolume(data, shape, { axes: grid.axes, units: grid.units, modality: grid.modality, meta });
  },
  write: (name, volume) => {
    const { data, shape, axes, meta } = volume;
    const notes = typeof meta.method === 'string' ? [`METHOD: ${meta.method.toUpperCase()}`] : [];
    return writeSurvey(name, { data, shape, axes, survey: surveyOf(volume) }, notes);
  },
} satisfies Pick<VolumeFormat, 'read' | 'write'>;

/** Traces as a scan, whose missing ones are to be found. */
const asScan = {
  async read([file]: readonly NamedBytes[], options: ReadOptions): Promise<Measurement> {
    const { data, shape, grid, live, survey, warnings } = await readSurvey(file, options.survey);
    return {
      kind: shape.length > 3 ? prestack.name : traces.name,
      data,
      shape,
      dtype: 'float32',
      geometry: { survey: survey.geometry.kind },
      noise: { type: 'none' },
      grid,
      arrays: { mask: { data: Float32Array.from(live), shape: shape.slice(0, -1), dtype: 'float32' } },
      meta: { source: file.name, format: survey.file.flavour, survey, warnings: [...warnings] },
    };
  },
  write: (name, scan) => {
    const { data, shape, grid, arrays } = scan;
    const mask = arrays?.mask.data ?? new Float32Array(data.length / shape[shape.length - 1]).fill(1);
    return writeGappySurvey(name, { data, shape, axes: grid.axes, survey: surveyOf(scan) }, mask);
  },
} satisfies Pick<MeasurementFormat, 'read' | 'write'>;

/** Whole numbers of trace axes, and times or depths: a grid and a line. */
const examples = (): Volume[] => {
  const { data, shape, grid } = traces.example!(2);
  const line = { axes: [{ name: 'line', unit: '', first: 1, step: 1 }, ...grid.axes.slice(1)], modality: SEISMIC };
  const [, count, samples] = shape;
  // a trace of zeros would count as missing, which is as good, but told
  const loud = data.map((value, n) => value + 1 + (n % samples));
  return [makeVolume(loud, shape, grid), makeVolume(loud.slice(0, count * samples), [1, count, samples], line)];
};

const keeps = ['axes', 'modality'] as const;
const only = { kinds: [traces.name, prestack.name] };

export const segyVolume: VolumeFormat = { ...segy, ...asVolume, keeps, examples };
export const segyScan: MeasurementFormat = { ...segy, ...asScan, ...only };
export const suVolume: VolumeFormat = { ...su, ...asVolume, keeps, examples: () => examples().slice(0, 1) };
export const suScan: MeasurementFormat = { ...su, ...asScan, ...only };
