import { placed } from '../../../../core/placement.js';
import { Registry } from '../../../../core/registry.js';
import type { Grid } from '../../../../volumes/measurement.js';
import type { Phantom } from './phantom.js';
import { sheppLogan } from './shepp-logan.js';
import { thorax } from './thorax.js';

export interface PhantomEntry {
  readonly description: string;
  make(): Phantom;
}

/** The phantoms that `simulate ct phantom:NAME` knows. */
export const phantoms = new Registry<PhantomEntry>('phantom')
  .add('shepp-logan', {
    description: 'head of ellipsoids, modified (Toft) contrast: skull 0 HU, brain −800 HU',
    make: () => sheppLogan('modified', false),
  })
  .add('shepp-logan-original', {
    description: 'head of ellipsoids, original contrast: skull 1000 HU, brain 20 HU, features of 10 HU',
    make: () => sheppLogan('original', false),
  })
  .add('shepp-logan-2d', {
    description: 'the classical section in every slice, modified (Toft) contrast',
    make: () => sheppLogan('modified', true),
  })
  .add('shepp-logan-2d-original', {
    description: 'the classical section in every slice, original contrast',
    make: () => sheppLogan('original', true),
  })
  .add('thorax', { description: 'chest with ribs, lungs, nodules, heart and spine, in HU', make: thorax });

/**
 * A grid that shows the whole phantom, centred on the isocentre: square pixels in the slice, RAS+ axes, HU.
 * @param shape [slices, rows, columns]
 */
export function phantomGrid(phantom: Phantom, shape: readonly [number, number, number]): Grid {
  const [nk, nj, ni] = shape;
  const pixel = Math.max(phantom.size[0] / ni, phantom.size[1] / nj);
  const spacing = [pixel, pixel, phantom.size[2] / nk] as const;
  return {
    shape,
    ...placed({
      spacing,
      origin: [(-(ni - 1) / 2) * spacing[0], (-(nj - 1) / 2) * spacing[1], (-(nk - 1) / 2) * spacing[2]],
    }),
    units: 'HU',
    modality: 'CT',
  };
}
