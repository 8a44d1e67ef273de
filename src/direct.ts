import { Registry } from '../core/registry.js';
import type { Grid, Measurement } from '../volumes/measurement.js';
import type { Volume } from '../volumes/volume.js';
import type { ReconstructOptions } from './reconstruct.js';

/** A direct (not iterative) reconstruction in output units. */
export interface DirectImage {
  readonly data: Float32Array;
  readonly units: Volume['units'];
  readonly how: string;
}

export type DirectMethod = (scan: Measurement, grid: Grid, options: ReconstructOptions) => Promise<DirectImage>;

export const directMethods = new Registry<DirectMethod>('method');
