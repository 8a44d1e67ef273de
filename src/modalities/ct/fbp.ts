import * as z from 'zod';
import { muToHu } from '../../../core/units.js';
import { filteredBackprojection } from '../../../operators/radon/fbp/fbp.js';
import { filterNames, type FilterOptions } from '../../../operators/radon/fbp/filters.js';
import type { DirectMethod } from '../modality.js';
import type { CtOptions } from './options.js';
import { isPhysical } from './range-map.js';

/** Filtered backprojection in HU where the data have a unit, else in the data's own. */
export const fbp: DirectMethod<CtOptions> = {
  schema: z.strictObject({
    filter: z
      .enum(filterNames as [string, ...string[]])
      .default('ramp')
      .describe('window over the ramp'),
    cutoff: z.number().positive().max(1).default(1).describe('frequencies above this part of Nyquist are dropped'),
  }),
  async run(scan, grid, { backend, methodOptions }) {
    const data = await filteredBackprojection({ ...scan, grid }, backend, methodOptions as FilterOptions);
    if (!isPhysical(scan)) return { data, units: 'arbitrary', map: { scale: 1, offset: 0 } };
    const { muWater } = scan.meta;
    const offset = muToHu(0, muWater);
    const scale = muToHu(1, muWater) - offset;
    return { data: data.map((mu) => scale * mu + offset), units: 'HU', map: { scale, offset } };
  },
};
