import * as z from 'zod';

/** The prior that comes with the package. */
export const PRIOR = 'spectral-maps';

/** Options that only reconstructions of spectral cubes have. */
export const spectralOptions = z.strictObject({
  components: z
    .int()
    .min(0)
    .max(64)
    .default(8)
    .describe('iterative methods: coefficient maps that they work on, of which the bands are mixtures; 0: on the bands'),
});

export type SpectralOptions = z.output<typeof spectralOptions>;
