import { Registry } from '../core/registry.js';
import { muToHu } from '../core/units.js';
import { operators } from '../operators/registry.js';
import { filteredBackprojection } from '../operators/radon/fbp.js';
import type { FilterOptions } from '../operators/radon/filters.js';
import type { Grid, Measurement } from '../volumes/measurement.js';
import type { Volume } from '../volumes/volume.js';
import { isPhysical } from './physics/range-map.js';
import type { ReconstructOptions } from './reconstruct.js';
import { zeroFilled } from './solvers/classical/zero-filled.js';

/** A direct (not iterative) reconstruction in output units. */
export interface DirectImage {
  readonly data: Float32Array;
  readonly units: Volume['units'];
  /** How its numbers follow from the operator's: value = scale · x + offset. */
  readonly map: { readonly scale: number; readonly offset: number };
}

export type DirectMethod = (scan: Measurement, grid: Grid, options: ReconstructOptions) => Promise<DirectImage>;

/** Filtered backprojection in HU where the data have a unit, else in the data's own. */
const fbp: DirectMethod = async (scan, grid, options) => {
  const filter = (options.methodOptions ?? {}) as FilterOptions;
  const data = await filteredBackprojection({ ...scan, grid }, options.backend, filter);
  if (!isPhysical(scan)) return { data, units: 'arbitrary', map: { scale: 1, offset: 0 } };
  const muWater = options.muWater ?? scan.meta.muWater;
  const offset = muToHu(0, muWater);
  const scale = muToHu(1, muWater) - offset;
  return { data: data.map((mu) => scale * mu + offset), units: 'HU', map: { scale, offset } };
};

/** Aᴴy of k-space in the data's own units. */
const zeroFilledMri: DirectMethod = async (scan, grid, { backend }) => {
  const operator = await operators.get(scan.kind)(scan, grid, backend);
  try {
    const data = await zeroFilled(operator, scan.data);
    return { data, units: 'arbitrary', map: { scale: 1, offset: 0 } };
  } finally {
    operator.dispose();
  }
};

/** FDK is filtered backprojection of cone-beam data; both names are in use. */
export const directMethods = new Registry<DirectMethod>('method')
  .add('fbp', fbp)
  .add('fdk', fbp)
  .add('zero-filled', zeroFilledMri);
