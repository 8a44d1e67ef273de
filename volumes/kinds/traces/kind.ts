import type { z } from 'zod';
import type { ArrayData } from '../../../core/array.js';
import type { Axis } from '../../../core/axis.js';
import { SlicewiseError } from '../../../core/errors.js';
import type { Grid, Measurement } from '../../measurement.js';
import { defineKind, type ScanKind } from '../kind.js';
import { prestackExample, traceExample } from './example.js';
import { PRESTACK, SEISMIC, TRACES, traceSchema } from './schema.js';

/**
 * Traces on a grid, some of which are missing: [line, trace, sample]. A 2-D line, and a single gather, are one line. `mask` is 1 where a
 * trace was measured; data are 0 elsewhere.
 */
export const traces: ScanKind<typeof traceSchema> = defineKind({
  name: TRACES,
  title: 'Traces of a survey',
  axes: ['line', 'trace', 'sample'],
  dtype: 'float32',
  geometry: traceSchema,
  arrays: { mask: { axes: ['line', 'trace'], dtype: 'float32', what: '1 where a trace was measured' } },
  grid: countedGrid,
  complete: withTraceMask,
  example: traceExample,
});

/** Traces along three axes (inline, crossline and offset …), some of which are missing: [line, trace, offset, sample]; as `traces` else. */
export const prestack: ScanKind<typeof traceSchema> = defineKind({
  name: PRESTACK,
  title: 'Traces along three axes',
  axes: ['line', 'trace', 'offset', 'sample'],
  dtype: 'float32',
  geometry: traceSchema,
  arrays: { mask: { axes: ['line', 'trace', 'offset'], dtype: 'float32', what: '1 where a trace was measured' } },
  grid: countedGrid,
  complete: withTraceMask,
  example: prestackExample,
});

function countedGrid(geometry: z.output<typeof traceSchema>, shape: readonly number[]): Grid {
  const { interval, domain = 'time' } = geometry;
  const vertical: Axis =
    interval === undefined
      ? { name: 'sample', unit: '', step: 1 }
      : { name: domain, unit: domain === 'time' ? 'ms' : 'm', first: 0, step: interval };
  const counted = (name: string): Axis => ({ name, unit: '', first: 1, step: 1 });
  const axes = [...['line', 'trace', 'offset'].slice(0, shape.length - 1).map(counted), vertical];
  return { shape, axes, units: 'arbitrary', modality: SEISMIC };
}

/**
 * The scan with its mask, and 0 where nothing was measured. Without a mask a trace is missing when all of its samples are 0, which is told.
 * @throws SlicewiseError SHAPE for a mask of another shape, ARGUMENT for values other than 0 and 1
 */
export function withTraceMask(scan: Measurement): Measurement {
  const samples = scan.shape[scan.shape.length - 1];
  const given = scan.arrays?.mask;
  const mask = given ? checked(given, scan.shape.slice(0, -1)) : zeroTraces(scan);
  const missing = mask.data.reduce((sum, m) => sum + (m === 0 ? 1 : 0), 0);
  const spoilt = mask.data.some((m, trace) => m === 0 && scan.data.subarray(trace * samples, (trace + 1) * samples).some((v) => v !== 0));
  const data = spoilt ? scan.data.map((value, n) => (mask.data[Math.floor(n / samples)] === 1 ? value : 0)) : scan.data;
  const told = given || missing === 0 ? [] : [`${missing} of ${mask.data.length} traces are zero throughout and count as missing`];
  return {
    ...scan,
    data,
    arrays: { ...scan.arrays, mask },
    ...(told.length > 0 ? { meta: { ...scan.meta, warnings: [...(scan.meta.warnings ?? []), ...told] } } : {}),
  };
}

function zeroTraces({ data, shape }: Measurement): ArrayData {
  const samples = shape[shape.length - 1];
  const mask = new Float32Array(data.length / samples);
  for (let trace = 0; trace < mask.length; trace++) {
    if (data.subarray(trace * samples, (trace + 1) * samples).some((v) => v !== 0)) mask[trace] = 1;
  }
  return { data: mask, shape: shape.slice(0, -1), dtype: 'float32' };
}

/** A mask of [trace] serves a single line. */
function checked(mask: ArrayData, positions: readonly number[]): ArrayData {
  const shape = mask.shape.length === 1 && positions.length === 2 ? [1, ...mask.shape] : mask.shape;
  if (shape.length !== positions.length || shape.some((n, a) => n !== positions[a])) {
    throw new SlicewiseError('SHAPE', {
      message: 'the mask of the traces',
      expected: `[${positions.map((n, a) => `${['line', 'trace', 'offset'][a]} ${n}`).join(', ')}]`,
      got: `[${mask.shape.join(', ')}]`,
    });
  }
  const other = mask.data.find((m) => m !== 0 && m !== 1);
  if (other === undefined) return { ...mask, shape };
  throw new SlicewiseError('ARGUMENT', { message: 'values of the trace mask', expected: '0 or 1', got: `${other}` });
}
