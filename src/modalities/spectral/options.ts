import { z } from 'zod';

/** Options that only reconstructions of spectral cubes have: none so far. */
export const spectralOptions = z.strictObject({});

export type SpectralOptions = object;
