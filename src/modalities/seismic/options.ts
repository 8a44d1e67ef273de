import { z } from 'zod';

/** Options of a reconstruction of traces. */
export const seismicOptions = z.strictObject({
  along: z
    .enum(['line', 'trace'])
    .default('line')
    .describe('axis along which the sections for a 2-D prior follow one another: line (inline sections) or trace (crossline sections)'),
}); // prettier-ignore

export type SeismicOptions = z.output<typeof seismicOptions>;
