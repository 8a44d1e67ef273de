import { SlicewiseError } from '../../core/errors.js';
import { solvers } from '../solvers/registry.js';
import type { ReconstructOptions } from './options.js';
import { directCall, keepsState, needsPrior, type RunRequest } from './request.js';

/**
 * What cannot be, before any work is done.
 * @throws SlicewiseError ARGUMENT; GEOMETRY, SHAPE, UNITS as the modality and the method say; CHECKPOINT for a folder that is in use
 */
export async function requirePossible(request: RunRequest): Promise<void> {
  const { scan, grid, options, own, method, physics } = request;
  const iterative = 'solver' in method;
  const judged = 'auto' in method || options.tune !== undefined || (options.holdOut !== undefined && options.holdOut !== false);
  if (judged && !physics.holdOut) throw notJudged(scan.kind);
  requireImages(request);
  requireSupport(request);
  requireProvider(options);
  requireOneRun(request);
  requireState(request);
  requireDecomposable(request);
  physics.check?.(scan, { grid, options: own, iterative, method: method.name });
  const { checkpoint, resume, samples = 1 } = options;
  if (checkpoint && !resume && (await checkpoint.latest())) {
    throw new SlicewiseError('CHECKPOINT', {
      message: `${checkpoint.location} holds the checkpoints of an earlier run`,
      hint: 'go on with --resume, remove that folder, or name another with --checkpoint',
    });
  }
  if (!Number.isInteger(samples) || samples < 1) {
    throw new SlicewiseError('ARGUMENT', { message: 'samples', expected: 'a positive integer', got: `${samples}` });
  }
  if (!iterative) {
    if ('direct' in method) method.direct.check?.(scan, directCall(request));
    requirePrior(request);
    if (samples > 1) throw deterministic(method.name);
    return;
  }
  const { solver, settings, name } = method;
  solver.options(settings);
  if (options.bounds && !('low' in solver.schema.shape)) {
    const others = solvers.entries().flatMap(([other, { schema }]) => ('low' in schema.shape ? [other] : []));
    throw new SlicewiseError('ARGUMENT', { message: `${name} takes no bounds`, hint: `use ${others.join(' or ')}` });
  }
  if (!solver.needsPrior && samples > 1) throw deterministic(name);
  requirePrior(request);
}

function requirePrior({ method, options, physics }: RunRequest): void {
  if (!needsPrior(method) || options.prior !== undefined) return;
  throw new SlicewiseError('ARGUMENT', {
    message: `${method.name} needs a prior`,
    hint: `name one with --prior (\`slicewise models\` lists them), or use admm-tv, sirt, cgls or ${physics.method}`,
  });
}

/** Real images have one part, complex numbers no order. */
function requireImages({ options, method, modality, complex, scan }: RunRequest): void {
  const settings = (options.methodOptions ?? {}) as { readonly low?: unknown; readonly high?: unknown };
  const bounded = options.bounds !== undefined || settings.low !== undefined || settings.high !== undefined;
  const wrong = complex
    ? bounded && ['bounds', `${modality.title} images are complex, and complex numbers have no smallest and largest value`]
    : options.complex === true && ['complex', `${modality.title} images are real`];
  if (!wrong) return;
  throw new SlicewiseError('ARGUMENT', {
    message: `${wrong[0]} is not for these data: ${wrong[1]}`,
    got: `${scan.kind}, ${method.name}`,
    hint: `leave --${wrong[0]}${wrong[0] === 'bounds' ? ' (or --non-negative)' : ''} out`,
  });
}

/** A mean of several runs has no checkpoints to go on from, and no deviation of samples. */
function requireOneRun({ physics, own, options: { resume, samples = 1 }, method }: RunRequest): void {
  if (!('solver' in method) || !physics.passes?.(own) || (!resume && samples === 1)) return;
  throw new SlicewiseError('ARGUMENT', {
    message: resume
      ? 'these options make several runs, which keep no checkpoints'
      : 'these options make several runs, whose mean is the result',
    expected: resume ? 'a run anew' : 'samples = 1',
    got: resume ? 'resume' : `${samples} samples`,
    hint: resume ? 'leave --resume out' : 'leave --samples out',
  });
}

/** What is done in one go has nothing to go on from. */
function requireState(request: RunRequest): void {
  if (!request.options.resume || keepsState(request)) return;
  throw new SlicewiseError('ARGUMENT', {
    message: `${request.method.name} keeps no state that a run could go on from`,
    expected: 'a run anew',
    got: 'resume',
    hint: 'leave --resume out',
  });
}

/** Of one image of a method that iterates on the normalised problem. */
function requireDecomposable({ options: { decompose, samples = 1 }, physics, own, method, slicing }: RunRequest): void {
  if (decompose === undefined || decompose === false) return;
  const wrong = (message: string, hint: string): SlicewiseError => new SlicewiseError('ARGUMENT', { message, got: method.name, hint });
  if (!('solver' in method)) {
    throw wrong(
      `${method.name} is not taken apart: iterative methods alone say what they added to the data`,
      'name an iterative method (admm-tv, dds), or leave --decompose out',
    );
  }
  if (physics.passes?.(own)) throw wrong('these options make several runs, whose mean is not taken apart', 'leave --decompose out');
  if (slicing.mixes && samples > 1) {
    throw wrong('the mean of several samples of these data is not taken apart', 'leave --samples or --decompose out');
  }
  if (typeof decompose !== 'object') return;
  const { tolerance = 1, iterations = 1, probes = 1 } = decompose;
  if (tolerance > 0 && [iterations, probes].every((n) => Number.isInteger(n) && n > 0)) return;
  throw new SlicewiseError('ARGUMENT', {
    message: 'decompose',
    expected: 'a positive tolerance, and whole numbers of iterations and probes, at least 1',
    got: JSON.stringify(decompose),
  });
}

/** What is not measured at all is told of by modalities that know it, and held by methods that iterate. */
function requireSupport({ options: { unmeasured }, physics, method, scan }: RunRequest): void {
  if (unmeasured === undefined || (physics.support && 'solver' in method)) return;
  throw new SlicewiseError('ARGUMENT', {
    message: physics.support
      ? `${method.name} fills nothing in: iterative methods alone are told what to do where nothing was measured`
      : 'what was not measured of these data is what is to be filled in',
    got: `${scan.kind}, ${method.name}`,
    hint: 'leave --support and --unmeasured out',
  });
}

/** Providers are ONNX Runtime's on the CPU backend; a GPU backend runs networks on its own device. */
function requireProvider({ provider, backend }: Pick<ReconstructOptions, 'provider' | 'backend'>): void {
  if (provider === undefined || backend.name === 'cpu') return;
  throw new SlicewiseError('ARGUMENT', {
    message: `a provider is for the CPU backend; on '${backend.name}' the network runs on the device of the backend`,
    got: `'${provider}'`,
    hint: 'leave --provider out, or take --backend cpu',
  });
}

const notJudged = (kind: string): SlicewiseError =>
  new SlicewiseError('ARGUMENT', {
    message: 'measurements of this kind cannot be hidden, and so no method be judged by them',
    got: kind,
    hint: 'leave --hold-out and --tune out',
  });

function deterministic(method: string): SlicewiseError {
  const others = solvers.entries().flatMap(([name, { needsPrior }]) => (needsPrior ? [name] : []));
  return new SlicewiseError('ARGUMENT', {
    message: `${method} gives the same image for every seed`,
    expected: 'samples = 1',
    hint: `use ${others.join(' or ')} for several samples`,
  });
}
