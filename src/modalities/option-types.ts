import type { FilterOptions } from '../../operators/radon/fbp/filters.js';
import type { CtOptions } from './ct/options.js';
import type { CtScanOptions } from './ct/reading.js';
import type { GrappaSettings } from './mri/grappa/method.js';
import type { MriOptions } from './mri/options.js';
import type { PartialFourierSettings } from './mri/partial-fourier/method.js';
import type { MriScanOptions } from './mri/reading.js';
import type { AutoOptions } from '../engine/judge/auto.js';
import type { SeismicOptions } from './seismic/options.js';
import type { SeismicScanOptions } from './seismic/reading.js';
import type { Dds2mOptions } from './spectral/dds2m/method.js';
import type { LowRankOptions } from './spectral/lowrank/method.js';
import type { VampOptions } from './spectral/vamp/method.js';
import type { SpectralOptions } from './spectral/options.js';
import type { SpectralScanOptions } from './spectral/reading.js';

/*
 * Options of the modalities that come with the package, for the compiler. The run-time check goes by the schemas. A modality of your own
 * adds its options:
 *
 *   declare module 'slicewise' {
 *     interface ModalityOptions { alongCrosslines?: boolean }
 *   }
 */

/** Options of `reconstruct` that only some data have. */
export interface ModalityOptions extends Partial<CtOptions>, Partial<MriOptions>, Partial<SeismicOptions>, Partial<SpectralOptions> {}

/** Options of `readScan` that only some scans have. */
export interface ModalityScanOptions extends CtScanOptions, MriScanOptions, SeismicScanOptions, SpectralScanOptions {}

/** Options of direct methods, by method. */
export interface DirectMethodOptions {
  fbp: FilterOptions;
  fdk: FilterOptions;
  'zero-filled': object;
  grappa: Partial<GrappaSettings>;
  'partial-fourier': Partial<PartialFourierSettings>;
  auto: Partial<AutoOptions>;
  lowrank: LowRankOptions;
  vamp: Partial<VampOptions>;
  dds2m: Partial<Dds2mOptions>;
}
