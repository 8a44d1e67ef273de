import * as z from 'zod';

/** Options of a reconstruction of traces. */
export const seismicOptions = z.strictObject({
  sections: z
    .enum(['line', 'trace', 'both'])
    .default('line')
    .describe('sections that a 2-D prior works on: along a line (line), across the lines (trace), or the mean of both runs (both)'),
});

export type SeismicOptions = z.output<typeof seismicOptions>;
