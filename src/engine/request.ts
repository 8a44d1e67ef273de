import { SlicewiseError } from '../../core/errors.js';
import { parseOptions } from '../../core/options.js';
import { requireAxes } from '../../core/placement.js';
import type { Grid, Measurement } from '../../volumes/measurement.js';
import type { Units } from '../../volumes/volume.js';
import type { DirectCall, DirectMethod, Modality, ModalityKind, Slicing } from '../modalities/modality.js';
import { directMethods, optionsFor, requireKind } from '../modalities/registry.js';
import { slicesAlong } from '../modalities/slicing.js';
import { solvers, type AnySolver } from '../solvers/registry.js';
import { AUTO, autoSchema, type AutoOptions } from './judge/auto.js';
import { modalityOptionsOf, type ReconstructOptions } from './options.js';

/** A run as it was asked for: what of the options follows without any work. */
export interface RunRequest {
  /** As the options say it is. */
  readonly scan: Measurement;
  readonly grid: Grid;
  readonly options: ReconstructOptions;
  readonly modality: Modality;
  readonly physics: ModalityKind;
  /** Options of the modality, completed. */
  readonly own: { readonly [name: string]: unknown };
  readonly method: Method;
  readonly slicing: Slicing;
  /** The solver's image is complex. */
  readonly complex: boolean;
}

/** A direct method with its options, a solver with the options given over what the data have for defaults, or `auto`, which chooses. */
export type Method =
  | { readonly name: typeof AUTO; readonly auto: AutoOptions; readonly settings: object }
  | { readonly name: string; readonly direct: DirectMethod; readonly settings: { readonly [name: string]: unknown } }
  | { readonly name: string; readonly solver: AnySolver; readonly settings: object };

/**
 * @throws SlicewiseError ARGUMENT for options that nobody knows or that mean nothing to these data, GEOMETRY for a kind that nobody knows,
 *   SHAPE for a grid whose shape and axes differ
 */
export function requestOf(given: Measurement, options: ReconstructOptions): RunRequest {
  const { modality, physics } = requireKind(given.kind);
  const own = modalityOptionsOf(given, options);
  const scan = physics.adjust?.(given, own) ?? given;
  const grid = options.grid ?? scan.grid;
  requireAxes(grid.shape, grid, 'the grid of the image');
  const method = methodOf(scan, physics, options);
  const slicing = physics.slicing?.(scan, grid, own) ?? slicesAlong(grid.shape, 0);
  const samples = options.samples ?? physics.samples?.[method.name];
  const complex = slicing.space.dtype === 'complex64';
  return {
    scan,
    grid,
    options: samples === undefined ? options : { ...options, samples },
    modality,
    physics,
    own,
    method,
    slicing,
    complex,
  };
}

function methodOf(scan: Measurement, physics: ModalityKind, options: ReconstructOptions): Method {
  const { method = physics.method, methodOptions = {} } = options;
  if (typeof method !== 'string') return iterative(scan, method, methodOptions);
  const name = method;
  if (name === AUTO && physics.candidates) {
    const auto = parseOptions(AUTO, autoSchema, methodOptions);
    return { name, auto, settings: auto };
  }
  const direct = physics.direct?.[name];
  if (direct) return { name, direct, settings: direct.complete?.(methodOptions) ?? parseOptions(name, direct.schema, methodOptions) };
  if (solvers.has(name)) return iterative(scan, solvers.get(name), methodOptions);
  const known = directMethods().has(name);
  throw new SlicewiseError('ARGUMENT', {
    message: known ? `${name} is not for this kind of data` : `unknown method '${name}'`,
    expected:
      `${[...Object.keys(physics.direct ?? {}), ...(physics.candidates ? [AUTO] : [])].join(', ')}, or an iterative method: ` +
      `${solvers.names().join(', ')}`,
    got: known ? scan.kind : `'${name}'`,
  });
}

const iterative = (scan: Measurement, solver: AnySolver, given: object): Method => ({
  name: solver.name,
  solver,
  settings: optionsFor(scan, solver.name, given),
});

/** Whether a run of the method takes the prior of its options. */
export const needsPrior = (method: Method): boolean =>
  ('solver' in method && method.solver.needsPrior === true) || ('direct' in method && method.direct.needsPrior === true);

/** Whether the run is guided through the derivative of its prior. */
export const needsDerivative = ({ method }: Pick<RunRequest, 'method'>): boolean =>
  'solver' in method && (method.solver.needsDerivative?.(method.solver.options(method.settings)) ?? false);

/** Whether checkpoints can hold the run; of `auto` what it takes decides. */
export const keepsState = ({ method, physics, own }: RunRequest): boolean =>
  'solver' in method ? !physics.passes?.(own) : 'direct' in method ? (method.direct.keepsState?.({ ...method.settings }) ?? false) : true;

/** What a direct method is called with. */
export function directCall({ options, own, method }: RunRequest): DirectCall<object> {
  const { backend, signal, progress, seed, complex = false } = options;
  return { options: own, methodOptions: { ...method.settings }, backend, signal, progress, seed, complex };
}

/** Units of the result, told before any work. */
export function resultUnits(scan: Measurement, options: Omit<ReconstructOptions, 'backend'>): Units {
  const { physics } = requireKind(scan.kind);
  const own = modalityOptionsOf(scan, options);
  return physics.units(physics.adjust?.(scan, own) ?? scan, own);
}

/** What is done with these data when no method is asked for. */
export const defaultMethod = ({ kind }: Pick<Measurement, 'kind'>): string => requireKind(kind).physics.method;

/** Are the images of these data complex, so that there are two parts to be kept? */
export function hasComplexImages(scan: Measurement, options: Omit<ReconstructOptions, 'backend'> = {}): boolean {
  const { physics } = requireKind(scan.kind);
  return physics.slicing?.(scan, scan.grid, modalityOptionsOf(scan, options)).space.dtype === 'complex64';
}
