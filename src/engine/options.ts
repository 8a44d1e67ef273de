import type { Backend } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { parseOptions, withoutUndefined } from '../../core/options.js';
import type { PhaseListener } from '../../core/phases.js';
import { kebab } from '../../core/text.js';
import type { Provider } from '../../models/network/provider.js';
import type { Prior } from '../../models/prior.js';
import type { ModelSources, ZooEntry } from '../../models/sources/zoo.js';
import type { Grid, Measurement } from '../../volumes/measurement.js';
import type { DirectMethodOptions, ModalityOptions } from '../modalities/option-types.js';
import { modalities, requireKind } from '../modalities/registry.js';
import type { AnySolver, SolverOptionsByName } from '../solvers/registry.js';
import type { OptionsOf } from '../solvers/solver.js';
import type { CheckpointStore } from './checkpoint.js';
import type { Unmeasured } from './support.js';
import type { DecomposeOptions } from './trust/decompose.js';

/** Options of every method, by name; of one of your own, see `SolverOptionsByName`. */
export interface MethodOptions extends DirectMethodOptions, SolverOptionsByName {}

/** A method by its name, or a solver itself. */
export type MethodChoice = string | AnySolver;

/** Options of a method that the compiler knows, by name or itself; of another, whatever its schema takes. */
export type OptionsOfMethod<M extends MethodChoice> = M extends AnySolver
  ? Readonly<Partial<OptionsOf<M>>>
  : M extends keyof MethodOptions
    ? Readonly<Partial<MethodOptions[M]>>
    : { readonly [name: string]: unknown };

/** What any run may be told. */
export interface RunOptions {
  /** A model of the zoo by name, several laid over each other (`or(a,b)`, `and(a,b)`), a card with its weights, or a prior of your own. */
  readonly prior?: string | ZooEntry | Prior;
  /** Show a guided prior nothing of the scan, where it was trained without a guide too. */
  readonly unguided?: boolean;
  readonly seed?: number;
  /** Keep real and imaginary part of a complex image; default: its magnitude. */
  readonly complex?: boolean;
  /** The image wanted; default: the measurement's own. */
  readonly grid?: Grid;
  /** Least and greatest value of the image in output units (HU, or the data's own), for methods with bounds. */
  readonly bounds?: { readonly low?: number; readonly high?: number };
  /** Independent samples whose mean (and std) is wanted; diffusion methods. */
  readonly samples?: number;
  /** Slices the network takes at once. Default 1 on the CPU, what the memory plan says on a GPU. */
  readonly batch?: number;
  /** Where ONNX Runtime runs the network of a CPU backend. Default cpu. */
  readonly provider?: Provider;
  /** Where the run computes: the CPU's (createBackend) or a GPU's (createGpuBackend). */
  readonly backend: Backend;
  /** Where a prior is looked for by name. */
  readonly zoo?: ModelSources;
  readonly checkpoint?: CheckpointStore;
  /** Least seconds between two checkpoints. Default 60; 0 writes one every step. */
  readonly checkpointSeconds?: number;
  readonly resume?: boolean;
  /**
   * Told once, when there is a state that checkpoints can hold: after the first step of a method that keeps it. From then on a run that
   * `signal` ends writes its state before it rejects.
   */
  readonly onState?: () => void;
  /**
   * Where data say nothing of the image (no coil sees it, no ray meets it): 'zero' holds it at 0 in the solver's range, air in CT, which is
   * the default; 'prior' leaves it to prior and regulariser, which make it up. The result says where that is (`support`).
   */
  readonly unmeasured?: Unmeasured;
  /** Heard between two steps, and between the parts of every phase before them; the run rejects with ABORTED. */
  readonly signal?: AbortSignal;
  /**
   * Judge the method by measurements that it does not see: a share of them (0.02), or `true` for what the data's modality takes. It is run
   * once more for each trial. `false` leaves it out where it is the default (seismic). With a prior that is shown images of other methods
   * these are tried too, and what predicts best is done: one of them, or a sum (docs/reference/judged.md).
   */
  readonly holdOut?: number | boolean;
  /**
   * Take the image apart into what the data say and what prior or regulariser added (`decomposition` of the result), of iterative methods.
   */
  readonly decompose?: boolean | DecomposeOptions;
  /**
   * Half of the interval around the mean of samples that holds 90 % of the truth (`halfWidth` of the result), where the prior's card has a
   * calibration for such a scan and run; else a warning says why there is none.
   */
  readonly uncertainty?: boolean;
  /**
   * Options of the method to be chosen by hidden measurements before the run on all data, and the seconds that it may take (default 600).
   */
  readonly tune?: { readonly options: readonly string[]; readonly budget?: number };
  /**
   * Told how far the phases before and between the steps are: 'plan', 'prior', 'coil maps', 'geometry', 'norm', 'brightness', 'support',
   * 'guide', the name of a direct method, 'decomposition', 'hidden measurements', 'tune', 'auto: …', 'windows'
   * (docs/reference/methods.md, phases).
   */
  readonly progress?: PhaseListener;
}

/** Options of `reconstruct`: of any run, of the method, and of the data's modality. */
export type ReconstructOptions<M extends MethodChoice = MethodChoice> = RunOptions &
  ModalityOptions & {
    /** A direct method of the data's modality or one of `solvers`, by name, or a solver itself; default what the modality does. */
    readonly method?: M;
    /** Options of the method; its schema names and checks them. */
    readonly methodOptions?: OptionsOfMethod<M>;
  };

/** Every key there is; the compiler sees that none is missing. */
const RUN_KEYS = Object.keys({
  method: 0,
  methodOptions: 0,
  prior: 0,
  unguided: 0,
  seed: 0,
  complex: 0,
  grid: 0,
  bounds: 0,
  samples: 0,
  batch: 0,
  provider: 0,
  backend: 0,
  zoo: 0,
  checkpoint: 0,
  checkpointSeconds: 0,
  resume: 0,
  onState: 0,
  unmeasured: 0,
  signal: 0,
  holdOut: 0,
  tune: 0,
  decompose: 0,
  uncertainty: 0,
  progress: 0,
} satisfies { [key in keyof RunOptions | 'method' | 'methodOptions']: 0 });

/**
 * Options of the data's modality, checked and completed.
 * @throws SlicewiseError ARGUMENT for an option of another modality, for one that nobody knows, and for wrong values
 */
export function modalityOptionsOf(scan: Pick<Measurement, 'kind'>, options: object): { readonly [name: string]: unknown } {
  const { modality } = requireKind(scan.kind);
  const given = Object.fromEntries(Object.entries(withoutUndefined(options)).filter(([name]) => !RUN_KEYS.includes(name)));
  const foreign = Object.keys(given).find((name) => !(name in modality.options.shape));
  if (foreign !== undefined) throw foreignOption(scan.kind, foreign);
  return parseOptions(`a reconstruction of ${modality.title} data`, modality.options, given);
}

function foreignOption(kind: string, name: string): SlicewiseError {
  const { modality } = requireKind(kind);
  const owner = modalities
    .entries()
    .map(([, m]) => m)
    .find((m) => name in m.options.shape);
  if (owner) {
    return new SlicewiseError('ARGUMENT', {
      message: `${kebab(name)} is not for these data: ${owner.elsewhere?.[name] ?? `it belongs to ${owner.title}`}`,
      got: kind,
      hint: `leave --${kebab(name)} out`,
    });
  }
  return new SlicewiseError('ARGUMENT', {
    message: `reconstruct has no option '${name}'`,
    expected: `one of ${[...RUN_KEYS, ...Object.keys(modality.options.shape)].join(', ')}`,
    got: `'${name}'`,
    hint: `options of a method go into methodOptions: { ${name}: … }`,
  });
}
