import * as z from 'zod';

/** Kind of scans that are traces on a grid. */
export const TRACES = 'seismic.traces';

/** Kind of scans that are traces on a grid of three trace axes: pre-stack volumes. */
export const PRESTACK = 'seismic.prestack';

/** What their images are, `Volume.modality`. */
export const SEISMIC = 'seismic';

/** What a trace grid's numbers lie on, where an array does not say: it is counted, in steps of 1. */
export const traceSchema = z.object({
  survey: z
    .enum(['inline-crossline', 'shot-receiver', 'cmp-offset', 'line', 'bins', 'grid'])
    .optional()
    .describe('what the trace axes are'),
  interval: z.number().positive().optional().describe('from one sample to the next, in ms (time) or m (depth)'),
  domain: z.enum(['time', 'depth']).optional().describe('what runs along a trace'),
});
