import * as z from 'zod';
import type { Axis } from '../../../../core/axis.js';
import { SlicewiseError } from '../../../../core/errors.js';
import { normals, philoxKey } from '../../../../core/philox.js';
import { surveyOf } from '../../../../volumes/formats/segy/survey.js';
import { PRESTACK, TRACES } from '../../../../volumes/kinds/traces/schema.js';
import type { Measurement } from '../../../../volumes/measurement.js';
import { makeVolume, volumeData, type Volume } from '../../../../volumes/volume.js';
import type { Simulation } from '../../simulation.js';
import { sectionsOf } from '../trace-grid.js';
import { PATTERNS, tracePattern } from './patterns.js';

const schema = z.strictObject({
  missing: z.number().gt(0).lt(1).default(0.5).describe('share of the traces that are missing'),
  pattern: z
    .enum(PATTERNS)
    .default('random')
    .describe('which: at random, one of every few (jittered), every k-th is left (regular), a gap in the middle, blocks'),
  gap: z.int().positive().optional().describe('traces of the gap (pattern gap), instead of the share'),
  snr: z.number().optional().describe('white noise to add, dB below the mean power of the traces; default none'),
  interval: z.number().positive().optional().describe('ms between samples (of a depth axis: m), where the file does not say'),
  seed: z.int().default(0).describe('of the draws'),
});

type Options = z.output<typeof schema>;

/** `simulate seismic`: traces are taken away from a complete survey. */
export const seismicSimulation: Simulation<never, typeof schema> = {
  summary: 'Takes traces away from a survey.',
  source: 'SEG-Y, SU, or an array [trace, sample], [line, trace, sample] or [line, trace, offset, sample] (NumPy, HDF5, MATLAB)',
  examples: [
    'simulate seismic cube.sgy -o gappy.sgy --missing 0.5 --seed 1        half of the traces, at random',
    'simulate seismic line.sgy -o gappy.sgy --pattern regular             every second',
    'simulate seismic line.npz -o gappy.h5 --pattern gap --gap 20 --object truth.npz',
  ],
  schema,
  words: { object: 'the complete survey', grid: 'also write the complete survey, on the grid of the scan (to compare with)' },
  check(source, { pattern, gap }) {
    surveyed(source);
    if (gap === undefined || pattern === 'gap') return;
    throw new SlicewiseError('ARGUMENT', { message: '--gap is for --pattern gap', got: `--pattern ${pattern}` });
  },
  run: (source, options) => Promise.resolve(gappy(source, options)),
  object: (source, options) => surveyed(source, options),
  describe: ({ arrays }) => {
    const { data } = arrays!.mask;
    return `, ${data.reduce((sum, m) => sum + m, 0)} of ${data.length} traces live`;
  },
};

function gappy(source: Volume, options: Options): Measurement {
  const { data: all, shape, axes, meta } = surveyed(source, options);
  const [lines, traces, samples] = sectionsOf(shape);
  const live = tracePattern(lines, traces, options);
  // what the file itself has not, no simulation gives
  const had = meta.live instanceof Uint8Array ? meta.live : undefined;
  if (had) for (let trace = 0; trace < live.length; trace++) live[trace] &= had[trace];
  const data = new Float32Array(all.length);
  const std = options.snr === undefined ? 0 : Math.sqrt(power(all)) * 10 ** (-options.snr / 20);
  const noise = std > 0 ? normals(all.length, philoxKey(options.seed), 0, 0, 1) : undefined;
  for (let trace = 0; trace < live.length; trace++) {
    if (!live[trace]) continue;
    for (let n = trace * samples; n < (trace + 1) * samples; n++) data[n] = noise ? all[n] + std * noise[n] : all[n]; // −0 stays −0
  }
  const survey = surveyOf(source);
  const { pattern, missing, gap, snr, seed } = options;
  return {
    kind: shape.length > 3 ? PRESTACK : TRACES,
    data,
    shape,
    dtype: 'float32',
    geometry: { survey: survey?.geometry.kind ?? (lines === 1 ? 'line' : 'grid') },
    noise: std > 0 ? { type: 'gaussian', std } : { type: 'none' },
    grid: { shape, axes, units: 'arbitrary', modality: 'seismic' },
    arrays: { mask: { data: Float32Array.from(live), shape: shape.slice(0, -1), dtype: 'float32' } },
    meta: {
      source: String(meta.source ?? ''),
      ...(survey ? { survey } : {}),
      simulation: { source: String(meta.source ?? ''), pattern, missing, gap, snr, seed, oversample: 1 },
    },
  };
}

const power = (data: Float32Array): number => data.reduce((sum, v) => sum + v * v, 0) / data.length;

/**
 * Arrays of two axes are a line; what does not say that it is seismic has its samples counted.
 * @throws SlicewiseError SHAPE, also for complex numbers
 */
function surveyed(source: Volume, { interval }: Pick<Options, 'interval'> = {}): Volume {
  const data = volumeData(source);
  const shape = source.shape.length === 2 ? [1, ...source.shape] : source.shape;
  if (shape.length < 3 || shape.length > 4) {
    throw new SlicewiseError('SHAPE', {
      message: 'traces on a line or a grid are wanted',
      expected: '[trace, sample], [line, trace, sample] or [line, trace, offset, sample]',
      got: `[${source.shape.join(', ')}]`,
    });
  }
  const own = source.modality === 'seismic' || source.axes.some(({ name }) => name === 'time' || name === 'depth');
  const line: Axis = { name: 'line', unit: '', first: 1, step: 1 };
  const counted = [line, ...['trace', 'offset'].map((name) => ({ ...line, name }))];
  const known: readonly Axis[] = own
    ? source.shape.length === 2
      ? [line, ...source.axes]
      : source.axes
    : [...counted.slice(0, shape.length - 1), { name: 'sample', unit: '', step: 1 }];
  const end = known[known.length - 1];
  const depth = end.name === 'depth';
  const vertical = depth ? { name: 'depth', unit: 'm' } : { name: 'time', unit: 'ms' };
  const last: Axis = interval === undefined ? end : { ...vertical, first: 0, step: interval };
  return makeVolume(data, shape, { axes: [...known.slice(0, -1), last], units: 'arbitrary', modality: 'seismic', meta: source.meta });
}
