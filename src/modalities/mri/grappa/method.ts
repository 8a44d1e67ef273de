import * as z from 'zod';
import type { Backend } from '../../../../compute/backend.js';
import { SlicewiseError } from '../../../../core/errors.js';
import type { Watch } from '../../../../core/phases.js';
import { combinedCoils } from './combine.js';
import { grappaSlice } from './grappa.js';
import { grappaPlan, type GrappaOptions } from './grappa-plan.js';
import type { Measurement } from '../../../../volumes/measurement.js';
import { count, nonNegative } from '../../../../core/options.js';

export const grappaSchema = z.strictObject({
  lines: count.default(4).describe('measured lines that a missing one is made of'),
  points: count
    .refine((n) => n % 2 === 1, 'an odd number')
    .default(5)
    .describe('samples of each of these lines'),
  regularisation: nonNegative
    .default(0.05)
    .describe('weight of the kernel’s own size, relative to the mean of the normal matrix’s diagonal (own trials)'),
  combine: z
    .enum(['maps', 'rss'])
    .default('maps')
    .describe('how coil images are put together: by coil maps, or as the root of their sum of squares, which noise makes brighter'),
});

export type GrappaSettings = GrappaOptions & { readonly combine: 'maps' | 'rss' };

interface Work extends Watch {
  readonly backend: Backend;
}

/**
 * GRAPPA (Griswold et al. 2002; src/modalities/mri/grappa/grappa.ts): the missing lines of every coil are filled from measured ones, then
 * the coil images are put together by maps, Σ conj(s_c) F⁻¹y_c, or as their root sum of squares (real).
 *
 * @param scan `fourier.cartesian`, [slice, coil, ky, kx]; for 'maps' with maps of unit sum of squares
 * @returns the image, complex interleaved [slice, y, x], in the data's own units
 * @throws SlicewiseError GEOMETRY as grappaPlan, ABORTED
 */
export async function grappa(
  { data, shape, arrays }: Pick<Measurement, 'data' | 'shape' | 'arrays'>,
  options: GrappaSettings,
  { backend, signal, progress }: Work,
): Promise<Float32Array> {
  return combinedCoils(
    await withGrappa({ data, shape, arrays }, options, { signal, progress }),
    { shape, arrays },
    options.combine,
    backend,
  );
}

/** K-space whose missing lines are filled, [slice, coil, ky, kx]; what was measured stays. @throws SlicewiseError as `grappa` */
export async function withGrappa(
  { data, shape, arrays }: Pick<Measurement, 'data' | 'shape' | 'arrays'>,
  options: GrappaOptions,
  { signal, progress }: Watch,
): Promise<Float32Array> {
  const [slices, coils, ny, nx] = shape;
  const all = { data: new Float32Array(ny * nx).fill(1), shape: [1, ny, nx] };
  const plan = grappaPlan(arrays?.mask ?? all, [slices, coils, ny, nx], options);
  const filled = data.slice();
  const size = 2 * coils * ny * nx;
  progress?.('GRAPPA', 0, slices);
  for (let slice = 0; slice < slices; slice++) {
    // a turn of the event loop, in which an interruption is heard
    await new Promise((resolve) => setTimeout(resolve));
    if (signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'stopped while lines were filled' });
    grappaSlice(filled.subarray(slice * size, (slice + 1) * size), [coils, ny, nx], plan, slice);
    progress?.('GRAPPA', slice + 1, slices);
  }
  return filled;
}
