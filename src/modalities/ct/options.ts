import * as z from 'zod';

export const ctOptions = z.strictObject({
  weights: z
    .enum(['none', 'counts'])
    .default('none')
    .describe('statistical weights of the data: none, or the photon counts (iterative methods)'),
  muWater: z.number().positive().optional().describe('attenuation of water in 1/mm, for a result in HU; default what the scan says'),
});

export type CtOptions = z.output<typeof ctOptions>;
