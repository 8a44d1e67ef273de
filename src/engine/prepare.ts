import { SlicewiseError } from '../../core/errors.js';
import type { Measurement } from '../../volumes/measurement.js';
import { selectViews } from '../../volumes/kinds/views.js';
import { modalityOf } from '../modalities/registry.js';
import { regrid } from '../modalities/regrid.js';
import { requireOwn } from './scan-options.js';

/** What may be changed in a scan before it is reconstructed. */
export interface PrepareOptions {
  /** 'auto' estimates the rotation axis from all views and sets the detector offset (CT, parallel beam over 180°). */
  readonly center?: 'auto';
  /** Views to keep: `start:stop:step` (stop excluded) or indices. */
  readonly views?: string | readonly number[];
  /**
   * Voxels of the image wanted along x and y, or (cone beam) along x, y and z. Without `spacing` the extent stays. k-space: only of scans
   * along trajectories, whose field of view stays.
   */
  readonly size?: readonly number[];
  /** mm between voxels along x and y, or (cone beam) along x, y and z. Without `size` the extent stays, rounded up to whole voxels. */
  readonly spacing?: readonly number[];
  /**
   * Standard deviation of the noise on the line integrals, or on the real and on the imaginary part of k-space, for scans that do not say
   * (or say wrongly): a number in the data's units, or a share of the data's root mean square such as '0.6%', in which misfit of the model
   * counts too. It is what gamma 'noise' goes by.
   */
  readonly noiseStd?: number | string;
}

/**
 * The scan as its modality knows it better, with fewer views, another noise level or another image grid. What was estimated is told in
 * `meta.warnings`.
 * @throws SlicewiseError ARGUMENT (views, sizes, noise, options that are not for these data), GEOMETRY (the axis cannot be estimated)
 */
export function prepareScan(scan: Measurement, options: PrepareOptions): Measurement {
  requireOwn(scan, options);
  const modality = modalityOf(scan.kind);
  const reading = modality?.reading;
  let out = reading?.adjust?.(scan, { ...options }) ?? scan;
  if (options.views !== undefined) out = selectViews(out, options.views);
  if (options.noiseStd !== undefined) {
    out = { ...out, noise: { type: 'gaussian', std: standardDeviation(options.noiseStd, out.data), said: true } };
  }
  if (!options.size && !options.spacing) return out;
  if (modality && !reading?.place) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'the image of these data lies where they were measured',
      got: options.size ? `size ${options.size.join('x')}` : `spacing ${options.spacing!.join('x')}`,
      hint: `leave --${options.size ? 'size' : 'spacing'} out; resample the result instead`,
    });
  }
  return reading?.place?.(out, { ...options }) ?? { ...out, grid: regrid(out.grid, options.size, options.spacing) };
}

function standardDeviation(given: number | string, data: Float32Array): number {
  const [, digits, percent] = /^\s*([\d.eE+-]+)\s*(%?)\s*$/.exec(String(given)) ?? [];
  const value = Number(digits);
  if (!(value > 0 && Number.isFinite(value))) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'noise level',
      expected: "a positive standard deviation of the data, or a share of the data such as '0.6%'",
      got: `'${given}'`,
    });
  }
  if (!percent) return value;
  const squares = data.reduce((sum, v) => sum + v * v, 0);
  return (value / 100) * Math.sqrt(squares / data.length);
}
