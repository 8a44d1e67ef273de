import * as z from 'zod';

/** What images of a prior's training are like, so that others can be told from them (docs/reference/methods.md, the prior's world). */
export const worldSchema = z.strictObject({
  levels: z
    .array(
      z.strictObject({
        sigma: z.number().positive().describe('noise level, in the prior’s range'),
        surprise: z.number().describe('largest ln of the error of a denoising over what the prior believes it to be'),
      }),
    )
    .min(1)
    .describe('at noise levels'),
  quantiles: z
    .array(
      z.strictObject({
        share: z.number().positive().max(1).describe('share of the object’s values below'),
        least: z.number().describe('smallest over the volumes, in the prior’s range'),
        most: z.number().describe('largest over the volumes'),
      }),
    )
    .describe('values of the object'),
  spread: z
    .strictObject({ least: z.number().nonnegative().describe('smallest over the volumes') })
    .optional()
    .describe('ln of the ends of the narrowest range that holds half of the object’s values'),
  code: z
    .strictObject({
      steps: z.int().min(4).describe('steps of the encoding'),
      most: z.number().positive().describe('longest code of a slice, in σ√n'),
    })
    .optional()
    .describe('lengths of codes of the middle slices'),
  volumes: z.int().positive().describe('training volumes that were looked at'),
});

/** Of a card. */
export type World = z.output<typeof worldSchema>;
