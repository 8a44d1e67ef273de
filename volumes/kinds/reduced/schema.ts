import * as z from 'zod';

/** A spectral cube whose every band was measured with larger pixels: `geometry` says how much larger, and by which kernel. */
export const REDUCED = 'spectral.reduced';

/** Deviation of a Gaussian, in fine pixels, below which the samples between two middles would see nothing. */
export const LEAST_KERNEL = 0.2;

const kernelSchema = z.union([
  z.strictObject({ type: z.literal('bicubic') }),
  z.strictObject({ type: z.literal('gaussian'), std: z.number().min(LEAST_KERNEL).max(100).describe('standard deviation in fine pixels') }),
]);

export const reducedSchema = z.strictObject({
  factor: z.int().min(2).max(16).describe('side of a pixel of the data in pixels of the grid'),
  kernel: kernelSchema.describe('what a pixel of the data sees of the grid, along lines and samples'),
});

/** How pixels were made larger. */
export type Reduction = z.output<typeof reducedSchema>;
export type ReductionKernel = Reduction['kernel'];
