import * as z from 'zod';

export const coilMapMethods = ['espirit', 'espirit-periodic', 'low-resolution'] as const;
export type CoilMapMethod = (typeof coilMapMethods)[number];

/** How coil sensitivities are had and how many virtual coils are kept. */
export const mriOptions = z.strictObject({
  coilMaps: z
    .enum(coilMapMethods)
    .optional()
    .describe('how coil maps are estimated where none are given; default espirit, whose maps do not wrap round at the border of the image'),
  mapSets: z
    .int()
    .min(1)
    .max(2)
    .optional()
    .describe('sets of coil maps: 2 where the object is larger than the field of view and folds onto itself (soft SENSE); default 1'),
  coils: z.int().min(0).optional().describe('virtual coils to compress to where there are more; default 6, 0 keeps all'),
});

export type MriOptions = z.output<typeof mriOptions>;
