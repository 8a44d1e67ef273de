import type { Backend, Field, MemoryPlan } from '../../compute/backend.js';
import type { Space } from '../../core/space.js';
import type { AffineMap } from '../../core/units.js';
import type { Prior } from '../../models/prior.js';
import type { LinearOperator } from '../../operators/operator.js';
import type { Grid, Measurement } from '../../volumes/measurement.js';
import type { Units } from '../../volumes/volume.js';

/** A measurement turned into what solvers take: ‖A‖₂ = 1, image in the prior's range, and the way back. */
export interface NormalisedProblem {
  readonly operator: LinearOperator;
  readonly y: Field;
  /** ‖A‖₂ of the unscaled (weighted) operator. */
  readonly norm: number;
  /** σ_y in the units of y, of each part of a complex value; undefined when the noise is unknown. */
  readonly noiseLevel?: number;
  /** What 1 of the solver's image is in the data's own units. */
  readonly scale: number;
  /** Numbers written out = scale · the solver's + offset. */
  readonly map: AffineMap;
  /** Where the map comes from, for the manifest. */
  readonly source: string;
  readonly units: Units;
}

export interface NormaliseOptions {
  readonly prior?: Prior;
  readonly muWater?: number;
  readonly weights: 'none' | 'counts';
}

/** What a family of measurements means to the engine: one file each, found by the kind of the measurement (index.ts). */
export interface Physics {
  /** What images of such data are called on the cards of priors. */
  readonly modality: 'CT' | 'MR';
  /** Direct methods that know these data; the first is what is done when no method is asked for. */
  readonly direct: readonly string[];
  /** Options of a method that are other for these data than its schema's defaults, by method; a user's own (`given`) and `compat` win. */
  defaults?(scan: Pick<Measurement, 'noise'>, given?: object): { readonly [method: string]: object };
  /** The solver's image. */
  domain(grid: Grid): Space;
  /** Units of the result. */
  units(scan: Measurement): Units;
  /** @throws SlicewiseError where the data cannot be reconstructed on this grid, before any work is done */
  check?(scan: Measurement, grid: Grid): void;
  /** Completes a scan before a problem is made of it (coil maps, whitening …), which may take a while and is done once a run. */
  complete?(scan: Measurement, options: CompleteOptions): Promise<Measurement>;
  /** What `complete` will make, for the memory plan. */
  completion?(scan: Measurement, options: CompleteOptions): Completion;
  /** What the operator will keep. Fails where no operator can be built, so that a wrong geometry fails before the run. */
  operatorMemory(scan: Measurement, grid: Grid, backend: Backend): Promise<MemoryPlan>;
  normalise(scan: Measurement, grid: Grid, backend: Backend, options: NormaliseOptions): Promise<NormalisedProblem>;
}

export interface Completion {
  /** Of the completed data. */
  readonly shape: readonly number[];
  /** What is kept beside the data that were read. */
  readonly memory: MemoryPlan;
}

export const coilMapMethods = ['espirit', 'espirit-periodic', 'low-resolution'] as const;
export type CoilMapMethod = (typeof coilMapMethods)[number];

/** How coil sensitivities are had and how many virtual coils are kept; MR only. */
export interface CompleteOptions {
  /** Default 'espirit': continued to the border of the field of view where the object reaches it, which 'espirit-periodic' does not. */
  readonly coilMaps?: CoilMapMethod;
  /** Virtual coils that are kept where there are more; 0 keeps all. */
  readonly coils?: number;
  /** Heard between two slices. */
  readonly signal?: AbortSignal;
  /** Work before the first step, such as coil maps: after every slice. */
  readonly progress?: (stage: string, done: number, total: number) => void;
}
