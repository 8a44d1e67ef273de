import { z } from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { Registry } from '../../core/registry.js';
import { muToHu } from '../../core/units.js';
import { grappaPlan } from '../modalities/mri/grappa/grappa-plan.js';
import { operators } from '../../operators/registry.js';
import { filteredBackprojection } from '../../operators/radon/fbp/fbp.js';
import { filterNames, type FilterOptions } from '../../operators/radon/fbp/filters.js';
import type { Grid, Measurement } from '../../volumes/measurement.js';
import type { Volume } from '../../volumes/volume.js';
import { maskOf, type KspaceShape } from '../modalities/mri/complete.js';
import { compensated } from '../modalities/mri/noncartesian.js';
import { isPhysical } from '../modalities/ct/range-map.js';
import type { ReconstructOptions } from './reconstruct.js';
import { grappa, grappaOptions, grappaSchema } from '../solvers/classical/grappa.js';
import { zeroFilled } from '../solvers/classical/zero-filled.js';

/** A direct (not iterative) reconstruction in output units. */
export interface DirectImage {
  readonly data: Float32Array;
  readonly units: Volume['units'];
  /** How its numbers follow from the operator's: value = scale · x + offset. */
  readonly map: { readonly scale: number; readonly offset: number };
}

export interface DirectMethod {
  /** Options of the method; the command line's flags follow from it. */
  readonly schema: z.ZodObject;
  /** @throws SlicewiseError where the method cannot serve these data or options, before any work is done */
  check?(scan: Measurement, options: ReconstructOptions): void;
  run(scan: Measurement, grid: Grid, options: ReconstructOptions): Promise<DirectImage>;
}

const filters = z.strictObject({
  filter: z.enum(filterNames as [string, ...string[]]).default('ramp').describe('window over the ramp'),
  cutoff: z.number().positive().max(1).default(1).describe('frequencies above this part of Nyquist are dropped'),
}); // prettier-ignore

/** Filtered backprojection in HU where the data have a unit, else in the data's own. */
const fbp: DirectMethod = {
  schema: filters,
  async run(scan, grid, options) {
    const filter = (options.methodOptions ?? {}) as FilterOptions;
    const data = await filteredBackprojection({ ...scan, grid }, options.backend, filter);
    if (!isPhysical(scan)) return { data, units: 'arbitrary', map: { scale: 1, offset: 0 } };
    const muWater = options.muWater ?? scan.meta.muWater;
    const offset = muToHu(0, muWater);
    const scale = muToHu(1, muWater) - offset;
    return { data: data.map((mu) => scale * mu + offset), units: 'HU', map: { scale, offset } };
  },
};

/** Aᴴy of k-space in the data's own units; along a trajectory Aᴴ W y, the gridded image (W: the area each sample stands for). */
const zeroFilledMri: DirectMethod = {
  schema: z.strictObject({}),
  async run(scan, grid, { backend }) {
    const operator = await operators.get(scan.kind)(scan, grid, backend);
    try {
      const samples = scan.kind === 'fourier.noncartesian' ? compensated(scan, grid) : scan.data;
      const data = await zeroFilled(operator, samples);
      return { data, units: 'arbitrary', map: { scale: 1, offset: 0 } };
    } finally {
      operator.dispose();
    }
  },
};

/** Missing lines filled from their neighbours, coils combined by maps or as their root sum of squares; in the data's own units. */
const grappaMri: DirectMethod = {
  schema: grappaSchema,
  check(scan, { complex, methodOptions }) {
    const options = grappaOptions(methodOptions ?? {});
    if (scan.shape[1] < 2) {
      throw new SlicewiseError('ARGUMENT', {
        message: 'GRAPPA makes missing samples of those of other coils',
        expected: 'two coils or more',
        got: '1 coil',
        hint: 'use zero-filled, cs-wavelet or dds',
      });
    }
    if (complex && options.combine === 'rss') {
      throw new SlicewiseError('ARGUMENT', {
        message: 'a root sum of squares has no phase',
        expected: '--combine maps for a complex image',
        got: '--combine rss',
      });
    }
    grappaPlan(maskOf(scan), scan.shape as unknown as KspaceShape, options);
  },
  async run(scan, grid, options) {
    const data = await grappa(scan, grid, grappaOptions(options.methodOptions ?? {}), options);
    return { data, units: 'arbitrary', map: { scale: 1, offset: 0 } };
  },
};

/** FDK is filtered backprojection of cone-beam data; both names are in use. */
export const directMethods = new Registry<DirectMethod>('method')
  .add('fbp', fbp)
  .add('fdk', fbp)
  .add('zero-filled', zeroFilledMri)
  .add('grappa', grappaMri);
