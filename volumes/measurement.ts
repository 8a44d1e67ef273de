import type { ArrayData } from '../core/array.js';
import type { Placed } from '../core/placement.js';
import type { CARTESIAN } from './kinds/kspace/schema.js';
import type { RadonKind } from './kinds/radon/schema.js';
import type { NONCARTESIAN } from './kinds/trajectory/schema.js';
import type { Modality, Units } from './volume.js';

/** What was measured; the operator registered under the same name builds A from `geometry` and `grid`. */
export type MeasurementKind = RadonKind | typeof CARTESIAN | typeof NONCARTESIAN | (string & {});

/** Plain JSON, mm and degrees. The operator registered under the kind checks it against its schema. */
export type Geometry = { readonly [key: string]: unknown };

/**
 * The image that is wanted: its shape and axes in array order, of any number, slices first, and its place as in Volume; of CT and MR
 * `[slice, row, column]`.
 */
export interface Grid extends Placed {
  readonly shape: readonly number[];
  readonly units: Units;
  readonly modality: Modality;
}

/**
 * What is known of the noise. Units of the data (line integrals for CT). For complex data `std` is that of the real and of the imaginary
 * part each, of data whitened across coils.
 */
export type NoiseModel =
  | { readonly type: 'none' }
  /** `said`: of this run, by its user or by hidden measurements, so that methods with a prior go by it. */
  | { readonly type: 'gaussian'; readonly std: number; readonly said?: true }
  | { readonly type: 'poisson'; readonly photons: number }
  | { readonly type: 'unknown' };

/**
 * A measurement: all that `recon` needs, and never the truth.
 *
 * Axes of `data` are fixed by kind, C order: `radon.parallel|fan` [slice, view, detector]; `radon.cone` [view, row, column];
 * `fourier.cartesian` [slice, coil, ky, kx] and `fourier.noncartesian` [slice, coil, sample] complex interleaved; `seismic.traces` [line,
 * trace, sample]. CT data are line integrals ∫μ dl (dimensionless when μ is in 1/mm).
 */
export interface Measurement extends ArrayData {
  readonly kind: MeasurementKind;
  readonly geometry: Geometry;
  readonly noise: NoiseModel;
  readonly grid: Grid;
  /** Photon counts or other statistical weights W, same shape as data, when known. */
  readonly weights?: Float32Array;
  /**
   * What belongs to the measurement beside its data, by name. `fourier.cartesian`: `mask` float32 0/1 [1 or slice, ky, kx]; `maps`
   * complex64 [slice, coil, y, x], coil sensitivities; `noiseScan` complex64 [coil, sample], samples without signal.
   * `fourier.noncartesian`: `trajectory` float32 [sample, 2], (ky, kx) in cycles per field of view; `density` float32 [sample], the area
   * each sample stands for; `maps`, `noiseScan`.
   */
  readonly arrays?: { readonly [name: string]: ArrayData };
  readonly meta: MeasurementMeta;
}

/** Where a scan comes from, what its reader noticed, how it was simulated. Plain JSON. */
export interface MeasurementMeta {
  source?: string;
  format?: string;
  /** Which of several images of its file this is, as `select` said it: `contrast=0`. */
  image?: string;
  /** mm⁻¹ of water that relates the line integrals to HU; absent for data without a physical unit. */
  muWater?: number;
  /** How a simulated scan was made (phantom or volume, oversampling, seed), for the inverse-crime warning. */
  simulation?: { [key: string]: unknown };
  warnings?: string[];
  [key: string]: unknown;
}
