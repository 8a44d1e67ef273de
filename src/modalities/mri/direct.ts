import * as z from 'zod';
import { SlicewiseError } from '../../../core/errors.js';
import { densityOf } from '../../../operators/fourier/noncartesian/noncartesian-scan.js';
import { operators } from '../../../operators/registry.js';
import type { KspaceShape } from '../../../volumes/kinds/kspace/mask.js';
import { NONCARTESIAN } from '../../../volumes/kinds/trajectory/schema.js';
import type { Grid, Measurement } from '../../../volumes/measurement.js';
import type { DirectMethod } from '../modality.js';
import { grappaPlan } from './grappa/grappa-plan.js';
import { grappa, grappaSchema, type GrappaSettings } from './grappa/method.js';
import { combineSets } from './coils/sets.js';
import type { MriOptions } from './options.js';
import { maskOf } from './stages.js';
import { zeroFilled } from './zero-filled.js';

/** Aᴴy of k-space in the data's own units; along a trajectory Aᴴ W y, the gridded image (W: the area each sample stands for). */
export const zeroFilledMri: DirectMethod<MriOptions> = {
  schema: z.strictObject({}),
  async run(scan, grid, { backend }) {
    const operator = await operators.get(scan.kind)(scan, grid, backend);
    try {
      const samples = scan.kind === NONCARTESIAN ? compensated(scan, grid) : scan.data;
      const sets = scan.arrays?.secondMaps ? 2 : 1;
      return {
        data: combineSets(await zeroFilled(operator, samples), scan.shape[0], sets),
        units: 'arbitrary',
        map: { scale: 1, offset: 0 },
      };
    } finally {
      operator.dispose();
    }
  },
};

/** Missing lines filled from their neighbours, coils combined by maps or as their root sum of squares; in the data's own units. */
export const grappaMri: DirectMethod<MriOptions> = {
  schema: grappaSchema,
  check(scan, { complex, methodOptions }) {
    const options = methodOptions as unknown as GrappaSettings;
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
  async run(scan, _, call) {
    const data = await grappa(scan, call.methodOptions as unknown as GrappaSettings, call);
    return { data, units: 'arbitrary', map: { scale: 1, offset: 0 } };
  },
};

/** W y: samples times the area they stand for. */
function compensated(scan: Measurement, grid: Pick<Grid, 'shape'>): Float32Array {
  const density = densityOf(scan, grid);
  return scan.data.map((value, n) => value * density[(n >> 1) % density.length]);
}
