import type { z } from 'zod';
import type { Backend, Field, MemoryPlan } from '../../compute/backend.js';
import type { Watch } from '../../core/phases.js';
import type { Space } from '../../core/space.js';
import type { AffineMap } from '../../core/units.js';
import type { Prior } from '../../models/prior.js';
import type { LinearOperator } from '../../operators/operator.js';
import type { Measured } from '../../operators/registry.js';
import type { ScanKind } from '../../volumes/kinds/kind.js';
import type { Grid, Measurement } from '../../volumes/measurement.js';
import type { Units, Volume, VolumeMeta } from '../../volumes/volume.js';
import type { Figure } from '../report/types.js';
import type { SolverState } from '../solvers/solver.js';
import type { Alternatives } from './alternatives.js';
import type { Candidate, HoldOut } from './held-out.js';
import type { GuideMethod } from './guides.js';
import type { Reading } from './reading.js';
import type { Sample } from './sample.js';
import type { Simulation } from './simulation.js';
import type { UncertainNoise } from './uncertain.js';

/**
 * What a family of scans means: the one room that knows its physics. `info`, `recon` and `simulate`, the engine and the report know no
 * modality by name and ask this.
 *
 * One folder here and one line in registry.ts, or `registerModality` from outside.
 */
export interface Modality<S extends z.ZodObject = z.ZodObject> {
  /** Lower case, as its folder: `simulate NAME`. */
  readonly name: string;
  /** For people: 'CT'. */
  readonly title: string;
  /** What its images are called, on cards of priors too; the usual name first. */
  readonly images: readonly [string, ...string[]];
  /** No prior knows its images: those of other modalities are taken, on images that are scaled to their range. */
  readonly borrowsPriors?: boolean;
  /** A prior that comes with the package and fits, for the way out. */
  readonly prior?: string;
  /** Options of a reconstruction that only these data have; recon's flags, help and docs follow. Strict. */
  readonly options: S;
  /** Why an option means nothing to data of another modality; default that it belongs to this one. */
  readonly elsewhere?: { readonly [option: string]: string };
  readonly kinds: readonly ModalityKind<z.output<S>>[];
  /** What may be said of a scan's file, and what is made of it. */
  readonly reading?: Reading;
  /** How such scans are simulated. */
  readonly simulation?: Simulation;
  /** A small scan to try things on, for those who have no file at hand. */
  readonly sample?: Sample;
  /** Pictures of images beside the images themselves: their spectra. For reports, and `compare --report`. */
  spectra?(images: readonly NamedImage[]): readonly Figure[];
}

/** An image with a name for people, or the difference of one from its reference. All of a report are on one grid. */
export interface NamedImage {
  readonly name: string;
  readonly volume: Volume;
  readonly difference?: boolean;
}

/** A kind of scan, its data as volumes/kinds defines them, joined with its operator and physics. `O`: the modality's options. */
export interface ModalityKind<O = object> {
  readonly kind: ScanKind;
  /** A, as the modality's options say; default the one registered under the kind. */
  operator?(scan: Measured, grid: Grid, backend: Backend, options: O): LinearOperator | Promise<LinearOperator>;
  /**
   * What is done when no method is asked for: one of `direct`, an iterative method without a prior, or `auto` where there are candidates.
   */
  readonly method: string;
  /** Methods that are no iterations and know these data, by name. */
  readonly direct?: { readonly [method: string]: DirectMethod<O> };
  /** Options of a method that are other for these data than its schema's defaults, by method; a user's own (`given`) and `compat` win. */
  defaults?(
    scan: Pick<Measurement, 'noise' | 'arrays'> & Partial<Pick<Measurement, 'shape'>>,
    given: object,
  ): { readonly [method: string]: object };
  /** The iterative method whose image `start: 'classical'` is, without a prior; default 30 iterations of ADMM-TV. */
  readonly start?: { readonly method: string; readonly options: object };
  /** Independent samples whose mean is taken where none are asked for, by method; default 1. */
  readonly samples?: { readonly [method: string]: number };
  /** How the image lies in the solver's hands; default as the grid: slices first. */
  slicing?(scan: Measurement, grid: Grid, options: O): Slicing;
  /** Units of the result. */
  units(scan: Measurement, options: O): Units;
  /** The scan as the options say it is (an attenuation of water), before anything else. */
  adjust?(scan: Measurement, options: O): Measurement;
  /** @throws SlicewiseError where the data cannot be reconstructed so, before any work is done */
  check?(scan: Measurement, request: ScanRequest<O>): void;
  /** Completes a scan before a problem is made of it (noise level, coil maps …), stage by stage; done once a run, and may take a while. */
  readonly complete?: readonly Stage<O>[];
  /** What `complete` will make, for the memory plan. */
  completion?(scan: Measurement, options: O): Completion;
  /**
   * What the operator will keep; default what it says itself. Fails where no operator can be built, so that a wrong geometry fails before
   * the run. A scan that `complete` changes has the shape of the completed data here, and not yet its arrays.
   */
  operatorMemory?(scan: Measurement, grid: Grid, backend: Backend, options: O): Promise<MemoryPlan>;
  /** The problem that solvers are given. @throws SlicewiseError GEOMETRY, UNITS, SHAPE */
  normalise(scan: Measurement, grid: Grid, backend: Backend, given: NormaliseOptions<O>): Promise<NormalisedProblem>;
  /**
   * 1 where A sees something of the image, 0 where it sees nothing: values of `Slicing.space`. There methods hold the image at 0, and
   * results say so. Absent: A sees everything, or what it does not see is what is wanted (missing traces, missing entries).
   * @param scan completed
   * @param operator that of `normalise`
   */
  support?(scan: Measurement, operator: LinearOperator): Float32Array | undefined | Promise<Float32Array | undefined>;
  /**
   * Options of the runs whose mean an iterative method's image is, where the options ask for several: sections along each axis in turn.
   * Options of a single run give none.
   */
  passes?(options: O): readonly object[] | undefined;
  /** The image as it is written out: what was measured exactly stays as it was. */
  finish?(image: Float32Array, scan: Measurement): Float32Array;
  /** A noise level that is uncertain, so that hidden measurements choose it for methods with a prior; undefined where it is known. */
  uncertainNoise?(scan: Measurement): UncertainNoise | undefined;
  /** How measurements are hidden to judge methods by; without it they cannot be judged. */
  readonly holdOut?: HoldOut;
  /**
   * What an image that was written out says of the data, in their units; default Ax. Needed where the solver's image is not the grid's
   * (`Slicing.unpack`).
   */
  predict?(volume: Volume, scan: Measurement): Float32Array | Promise<Float32Array>;
  /** What `auto` chooses from, the cheapest first. */
  candidates?(scan: Measurement): readonly Candidate[];
  /** What guided priors may be shown of a scan (guides.ts), by the name that their cards say; beside 'cgls', which every operator gives. */
  readonly guides?: { readonly [kind: string]: GuideMethod<O> };
  /** What there is to tell of a scan, for `info` and reports. */
  facts?(scan: Measurement): ScanFacts;
  /**
   * What can hardly be true of the data as they were read (angles in radians, counts in place of line integrals, a centre in the corners),
   * each specific and with the way out. Told by `info`, before every run, in reports and manifests; silent on every plausible scan.
   */
  plausible?(scan: Measurement): readonly string[];
  /** How the scan may have been meant, other than as it was read, for `slicewise check scan`; needs `holdOut`. */
  alternatives?(scan: Measurement): Alternatives;
  /** What the user should know before the run, told from data and grid alone: an object that is cut off. */
  warnings?(scan: Measurement, grid: Grid): readonly string[];
  /** What a result shows that can hardly be: told with it. */
  doubts?(volume: Volume, scan: Measurement): readonly string[];
  /** What a report shows beside the facts: mask, trajectory, scanner; of the result, where there is one, what panels do not show. */
  figures?(scan: Measurement, result?: Volume): readonly Figure[];
  /** The scanner to scale, an SVG file, for `slicewise geometry`. */
  drawing?(scan: Measurement): string;
  /** What of the scan's `meta` a faithful write-back of the result needs: headers of its file. */
  keep?(scan: Measurement): VolumeMeta;
}

/** What is asked of a scan. */
export interface ScanRequest<O> {
  readonly grid: Grid;
  readonly options: O;
  /** An iterative method; its names are in `solvers`, those of direct ones in `direct`. */
  readonly iterative: boolean;
  readonly method: string;
}

/**
 * How an image lies in the hands of solver and prior: [slice, row, column], slices independent of one another for a 2-D prior. Not always
 * the grid's own order, nor its values: slices along another axis, coefficients instead of bands.
 */
export interface Slicing {
  readonly space: Space;
  /** The solver's image (C order of `space`, complex interleaved) as values of the grid, C order; default as it is. Linear. */
  unpack?(image: Float32Array): Float32Array;
  /** Which values of the grid are seen, of a support of the solver's values; default as it is. */
  seen?(support: Float32Array): Float32Array;
  /** A value of the grid is made of several of the solver's: deviations of samples are then taken of what is unpacked. */
  readonly mixes?: boolean;
  /** The grid's axes along rows and columns of a slice, for what a prior is told; default the last two. */
  readonly slice?: readonly [row: number, column: number];
}

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

/** What normalising goes by, and who follows it: the phases 'geometry', 'norm', and others that a modality has. */
export interface NormaliseOptions<O> extends Watch {
  readonly options: O;
  /** What 0 and 1 mean to the prior; absent for methods without one. */
  readonly range?: ValueRange;
}

/** What 0 and 1 of the solver's range mean. */
export interface ValueRange {
  readonly unit: string;
  readonly low: number;
  readonly high: number;
}

/** One stage of completing a scan: scan → scan. What it did that decides about the result it tells in `meta.warnings`. */
export type Stage<O> = { stage(scan: Measurement, work: Work<O>): Measurement | Promise<Measurement> }['stage'];

/** What a stage or a direct method is given beside the scan. Its signal is heard, and its progress told, after every slice or so. */
export interface Work<O> extends Watch {
  readonly options: O;
}

/** What completing a scan makes, told before it is done. */
export interface Completion {
  /** Of the completed data. */
  readonly shape: readonly number[];
  /** What is kept beside the data that were read. */
  readonly memory: MemoryPlan;
}

/** A method that is no iteration. `O`: the modality's options. */
export interface DirectMethod<O = object> {
  /** Options of the method, strict; the command line's flags follow from it. */
  readonly schema: z.ZodObject;
  /** Whether it is called with a prior; runs that name none are refused. */
  readonly needsPrior?: boolean;
  /** Whether with these options it goes on from checkpoints (`DirectCall.kept`). Without it there are none. */
  keepsState?(methodOptions: { readonly [name: string]: unknown }): boolean;
  /** Checks and completes options where the schema alone does not. @throws SlicewiseError ARGUMENT naming the option */
  complete?(given: object): { readonly [name: string]: unknown };
  /** @throws SlicewiseError where the method cannot serve these data or options, before any work is done */
  check?(scan: Measurement, call: DirectCall<O>): void;
  /**
   * Reconstructs.
   * @param scan completed
   * @throws SlicewiseError ABORTED, GEOMETRY and what the method needs
   */
  run(scan: Measurement, grid: Grid, call: DirectCall<O>): Promise<DirectImage>;
}

/** A call of a direct method. */
export interface DirectCall<O> extends Work<O> {
  readonly backend: Backend;
  /** Of a run of a method that needs one; not there when options are checked. Its owner closes it. */
  readonly prior?: Prior;
  /** Of a run with checkpoints, for methods that keep their state. */
  readonly kept?: KeptState;
  /** Of the method, checked by its schema. */
  readonly methodOptions: { readonly [name: string]: unknown };
  /** Of methods that draw; default 0. */
  readonly seed?: number;
  /** Both parts of a complex image are wanted. */
  readonly complex: boolean;
}

/** The checkpoints of a long direct method. */
export interface KeptState {
  /** Where the interrupted run stood that is gone on with. */
  readonly from?: SolverState;
  /** After every step: writes the state where it is time for a checkpoint, or the run is being stopped. */
  after(step: () => Promise<SolverState>): Promise<void>;
}

/** A direct reconstruction in output units. */
export interface DirectImage {
  /** Values of the grid, C order, complex interleaved where `Slicing.space` is complex. */
  readonly data: Float32Array;
  readonly units: Units;
  /** How its numbers follow from the operator's: value = scale · x + offset. */
  readonly map: AffineMap;
  /** What the data decided where an option was left open (a rank), for the manifest. */
  readonly found?: { readonly [option: string]: unknown };
  /** Evaluations of the prior in whole images, where it was asked of parts of one (of single maps); else the prior's own count. */
  readonly evaluations?: number;
  /** What its user should know of the result. */
  readonly warnings?: readonly string[];
}

/** Lines of a table, and the same for programs. */
export interface ScanFacts {
  readonly rows: readonly (readonly [name: string, text: string])[];
  readonly json?: { readonly [name: string]: unknown };
  /** What the numbers of the data are: 'line integrals'. */
  readonly values?: string;
  /** Fields of the geometry that `rows` tell better. */
  readonly told?: readonly string[];
  /** Lines of the file's own header, for `info` alone. */
  readonly header?: readonly string[];
}

/** The scan with something told to its user. */
export const telling = (scan: Measurement, ...told: readonly string[]): Measurement =>
  told.length === 0 ? scan : { ...scan, meta: { ...scan.meta, warnings: [...(scan.meta.warnings ?? []), ...told] } };

/** A modality, with the types of its options where they are used. */
export const defineModality = <S extends z.ZodObject>(modality: Modality<S>): Modality<S> => modality;
