import { z } from 'zod';

/** Options of a reconstruction of traces. */
export const seismicOptions = z.strictObject({
  sections: z
    .enum(['line', 'trace'])
    .default('line')
    .describe('sections that a 2-D prior works on: along a line (line), or across the lines (trace)'),
});

export type SeismicOptions = z.output<typeof seismicOptions>;
