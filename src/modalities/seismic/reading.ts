import * as z from 'zod';
import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes } from '../../../volumes/format.js';
import type { AxisName } from '../../../volumes/formats/segy/header-fields.js';
import { AXIS_NAMES } from '../../../volumes/formats/segy/header-fields.js';
import type { SurveyOptions } from '../../../volumes/formats/segy/survey.js';
import { withTraceMask } from '../../../volumes/kinds/traces/kind.js';
import { largeSurveys } from './large.js';
import { maskFromFile } from './mask-file.js';
import { fileOption, filesOf, type Reading } from '../reading.js';

const options: { readonly [name in keyof SeismicScanOptions]-?: z.ZodType } = {
  bytes: z
    .string()
    .describe('SEG-Y, SU: first bytes of the header words of the trace axes, e.g. inline=189,crossline=193 or shot=9,receiver=13'),
  numbers: z
    .string()
    .describe('SEG-Y, SU: first, last and step of the numbers of trace axes, where those found are not those meant: inline=100:300:2'),
  bins: z.string().describe('SEG-Y, SU: bin size along both axes, to place traces by their coordinates: 25x12.5'),
  azimuth: z.number().describe('direction in which the first axis of the bins rises, degrees clockwise from +y'),
  hits: z.enum(['nearest', 'stack']).describe('positions hit by several traces: the nearest one, or the mean of them'),
  dead: z
    .enum(['samples', 'codes'])
    .describe('missing traces: also those of zeros or without numbers (samples, default), or by their code alone'),
  sampleFormat: z.string().describe('SEG-Y: format of the samples, where the header is wrong: ibm, ieee, int16 …'),
  byteOrder: z.enum(['big', 'little']).describe('SEG-Y, SU: byte order, where it is not seen from the file'),
  interval: z.number().positive().describe('from one sample to the next, ms or m'),
  domain: z.enum(['time', 'depth']).describe('what runs along a trace'),
  truncated: z.enum(['error', 'whole-traces']).describe('a file that ends within a trace: an error, or the traces that are whole'),
  maskFile: fileOption('traces that were measured, 1 and 0: [line, trace] or [trace]'),
};

/** What may be said of a seismic scan's file. */
export interface SeismicScanOptions {
  readonly bytes?: string;
  readonly numbers?: string;
  readonly bins?: string;
  readonly azimuth?: number;
  readonly hits?: 'nearest' | 'stack';
  readonly dead?: 'samples' | 'codes';
  readonly sampleFormat?: string;
  readonly byteOrder?: 'big' | 'little';
  readonly interval?: number;
  readonly domain?: 'time' | 'depth';
  readonly truncated?: 'error' | 'whole-traces';
  readonly maskFile?: readonly NamedBytes[];
}

/** Files of traces: where the numbers of their axes stand; plain arrays: what lies along them. */
export const seismicReading: Reading = {
  options,

  readers(given) {
    const { bytes, numbers, bins, azimuth, hits, dead, sampleFormat, byteOrder, interval, domain, truncated } = given as SeismicScanOptions;
    const survey: SurveyOptions = {
      bytes,
      hits,
      dead,
      byteOrder,
      interval,
      domain,
      truncated,
      ...(sampleFormat === undefined ? {} : { format: sampleFormat as SurveyOptions['format'] }),
      ...(numbers === undefined ? {} : { axes: parseNumbers(numbers) }),
      ...(bins === undefined ? {} : { bins: { size: parseBins(bins), azimuth } }),
    };
    const said = Object.fromEntries(Object.entries(survey).filter(([, value]) => value !== undefined));
    const geometry = { ...(interval === undefined ? {} : { interval }), ...(domain === undefined ? {} : { domain }) };
    return {
      ...(Object.keys(said).length > 0 ? { survey: said } : {}),
      ...(given.kind !== undefined && Object.keys(geometry).length > 0 ? { geometry } : {}),
    };
  },

  large: largeSurveys((given) => seismicReading.readers!(given).survey),

  async attach(scan, given) {
    const files = filesOf(given, 'maskFile');
    return files ? withTraceMask({ ...scan, arrays: { ...scan.arrays, mask: await maskFromFile(files, scan.shape.length - 1) } }) : scan;
  },
};

/** @example parseNumbers('inline=100:300:2') // { inline: { first: 100, last: 300, step: 2 } } */
export function parseNumbers(text: string): NonNullable<SurveyOptions['axes']> {
  const axes: { [name in AxisName]?: { first?: number; last?: number; step?: number } } = {};
  for (const part of text.split(',')) {
    const [name, range = ''] = part.trim().split('=');
    const words = range.split(':');
    const numbers = words.map((word) => (word.trim() === '' ? undefined : Number(word)));
    const bad = numbers.some((n) => n !== undefined && !Number.isFinite(n)) || numbers.every((n) => n === undefined);
    if (!AXIS_NAMES.includes(name as AxisName) || bad || words.length > 3) {
      throw new SlicewiseError('ARGUMENT', {
        message: '--numbers',
        expected: `axis=first:last:step, each of which may be empty; axes ${AXIS_NAMES.join(', ')}`,
        got: `'${part}'`,
      });
    }
    const [first, last, step] = numbers;
    axes[name as AxisName] = { first, last, step };
  }
  return axes;
}

function parseBins(text: string): [number, number] {
  const sizes = text.split(/[x×,]/).map(Number);
  if (sizes.length === 1) sizes.push(sizes[0]);
  if (sizes.length === 2 && sizes.every((s) => s > 0 && Number.isFinite(s))) return [sizes[0], sizes[1]];
  throw new SlicewiseError('ARGUMENT', { message: '--bins', expected: 'one or two sizes: 25x12.5', got: `'${text}'` });
}
