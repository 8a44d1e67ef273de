import type { Field } from '../../compute/backend.js';
import type { AffineMap } from '../../core/units.js';
import { componentsOf } from '../../core/space.js';
import type { Volume } from '../../volumes/volume.js';
import { SlicewiseError } from '../../core/errors.js';
import { inPhase } from '../../core/phases.js';
import type { NormalisedProblem } from '../modalities/modality.js';
import type { AnySolver } from '../solvers/registry.js';
import type { PenaltyWeight, Problem, SolverState, StepEvent } from '../solvers/solver.js';
import type { StepRecord } from '../report/types.js';
import { readCheckpoint, writeCheckpoint, type Checkpoint, type RunIdentity } from './checkpoint.js';
import { completedScan } from './completed.js';
import { guideRecord, makeGuide, type MadeGuide, type PlannedGuide } from './guide.js';
import { imageMaker } from './images.js';
import type { ReconstructOptions } from './options.js';
import { openPrior, priorIdentity, type PriorSource } from './prior-source.js';
import type { ReconstructionResult, ReconstructionStep } from './reconstruct.js';
import { needsDerivative, type RunRequest } from './request.js';
import { residualWarning } from './residual-warning.js';
import { runIdentity, runManifest } from './run-record.js';
import { middleSlice, SampleStatistics } from './samples.js';
import { startingImage } from './start.js';
import { supportFor, supportVolume, unmeasuredRecord, type Support } from './support.js';
import { decompose } from './trust/decompose.js';
import { calibrationFor, intervalOf, uncertaintyText, type UncertaintyRecord } from './trust/uncertainty.js';
import { judgeWorld, worldOf, worldText } from './trust/world.js';
import { weightWarning } from './weight-warning.js';

/** What a run is given beside its request. */
export interface IterativeRun {
  readonly solver: AnySolver;
  readonly source?: PriorSource;
  /** What a guided prior is to be shown. */
  readonly guide?: PlannedGuide;
  /** Slices the network takes at once, as planned. */
  readonly batch?: number;
  /** Told in the result's manifest; the run adds to it. */
  readonly warnings: string[];
}

/** Completes the scan, normalises the problem, and runs the solver on it, once a sample. */
export async function* runIterative(
  request: RunRequest,
  { solver, source, guide: planned, batch, warnings }: IterativeRun,
): AsyncGenerator<ReconstructionStep, ReconstructionResult> {
  const started = performance.now();
  const { options, physics, own, grid, method } = request;
  const { backend, seed = 0, samples = 1, signal, progress, checkpoint, checkpointSeconds = 60 } = options;
  const network = { batch, provider: options.provider, derivative: needsDerivative(request) };
  const opened = source && (await inPhase(options, 'prior', () => openPrior(source, backend, network)));
  const prior = opened?.prior;
  const events: StepRecord[] = [];
  let guide: MadeGuide | undefined;
  let made: NormalisedProblem | undefined;
  let initial: Field | undefined;
  let support: Support | undefined;
  try {
    const scan = await completedScan(request, (text) => warnings.push(text));
    const normalised = await physics.normalise(scan, grid, backend, { options: own, range: prior?.range, signal, progress });
    made = normalised;
    const { map, units, operator, y, noiseLevel, norm, scale } = normalised;
    support = await inPhase(options, 'support', async () =>
      supportFor(await physics.support?.(scan, operator), operator.domain, backend, options),
    );
    if (support && request.slicing.seen) support = { ...support, mask: request.slicing.seen(support.mask) };
    const settings = solver.options({ ...method.settings, ...inSolverUnits(options.bounds, map) });
    const images = imageMaker(request, map, units);
    const identity = await runIdentity(request, settings, source && (await priorIdentity(source, options, planned)), support);
    const restored = await restore(options, identity, warnings);
    guide = planned && (await makeGuide(request, planned, scan, normalised));
    const start = startingImage(request, normalised, settings, guide?.planes[planned?.spec.start?.plane ?? 0], support?.field);
    let begun = await start.next();
    for (; !begun.done; begun = await start.next()) {
      const step = begun.value;
      const estimate = async () => images.image(await step.estimate());
      yield { ...record(step), phase: 'start', sample: 1, samples, estimate };
    }
    initial = begun.value;

    const statistics = new SampleStatistics(restored?.sums);
    let weight: PenaltyWeight | undefined;
    const tellWeight = (told: PenaltyWeight): void => {
      weight = told;
      const warning = weightWarning(told);
      if (warning) warnings.push(warning);
    };
    let last: Float32Array | undefined;
    const slices: Volume[] = [];
    for (let sample = restored?.sample ?? 0; sample < samples; sample++) {
      const resume: SolverState | undefined = sample === restored?.sample ? restored.solver : undefined;
      const problem: Problem = {
        ...{ backend, operator, y, prior, guide: guide?.planes, initial, support: support?.field, noiseLevel, units: { norm, scale } },
        ...{ seed: seed + sample, tellWeight, signal, resume },
      };
      let written = performance.now();
      for await (const step of solver.run(problem, settings as never)) {
        events.push(record(step));
        if (step.step === step.steps) last = await step.estimate();
        const keep = async (): Promise<void> => {
          await writeCheckpoint(checkpoint!, { identity, sample, solver: await step.state(), sums: statistics.sums() });
          written = performance.now();
        };
        const due = (performance.now() - written) / 1000 >= checkpointSeconds;
        const kept = checkpoint !== undefined && (due || signal?.aborted === true);
        if (kept) await keep();
        if (checkpoint && events.length === 1) options.onState?.();
        const estimate = async () => images.image(await step.estimate());
        yield { ...record(step), phase: 'main', sample: sample + 1, samples, estimate };
        // ended while the step was looked at: the solver has not gone on yet, and its state is still this one
        if (checkpoint && !kept && signal?.aborted) await keep();
      }
      if (!last) throw new SlicewiseError('BACKEND', { message: `${method.name} ended without a result` });
      if (samples > 1) {
        statistics.add(images.sampled(last));
        slices.push(middleSlice(images.image(last)));
      }
    }
    const mean = samples > 1 ? statistics.mean() : last!;
    const decomposition = options.decompose
      ? await inPhase(options, 'decomposition', () =>
          decompose({ request, operator, map, units, image: mean }, typeof options.decompose === 'object' ? options.decompose : undefined),
        )
      : undefined;
    const evaluations = prior?.evaluations;
    const products = prior?.vjp && prior.products;
    const profile = source && 'entry' in source ? source.entry.card.world : undefined;
    const world =
      prior && profile && !prior.guide
        ? judgeWorld(await inPhase(options, 'world of the prior', () => worldOf(prior, mean, operator.domain, backend)), profile)
        : undefined;
    if (world && !world.known) warnings.push(worldText(prior!.name, world));
    const card = source && 'entry' in source ? source.entry.card : undefined;
    const fitting = options.uncertainty
      ? request.slicing.mixes
        ? 'intervals are of images that are reconstructed as they are'
        : calibrationFor(card?.calibration ?? [], {
            ...{ scan, method: method.name, settings, given: options.methodOptions ?? {}, samples, noiseLevel },
            known: world?.known ?? true,
          })
      : undefined;
    const halves = typeof fitting === 'object' ? intervalOf(mean, statistics.std(), operator.domain, fitting) : fitting;
    let halfWidth: Volume | undefined;
    let uncertainty: UncertaintyRecord | undefined;
    if (typeof halves === 'string') {
      uncertainty = { refused: halves };
      warnings.push(uncertaintyText(uncertainty, units));
    } else if (halves && typeof fitting === 'object') {
      halfWidth = images.deviation(componentsOf(operator.domain) === 1 ? halves : interleaved(halves));
      const sum = (halfWidth.data as Float32Array).reduce((total, h) => total + h, 0);
      uncertainty = { level: fitting.level, meanHalfWidth: sum / halfWidth.data.length, calibrated: fitting };
    }
    const networkSeconds = await prior?.runtimeSeconds?.();
    const seconds = (performance.now() - started) / 1000;
    const volume = samples > 1 ? images.mean(mean) : images.image(mean);
    const unexplained = residualWarning(events.at(-1)?.residual, scan);
    if (unexplained) warnings.push(unexplained);
    warnings.push(...(physics.doubts?.(volume, request.scan) ?? []));
    return {
      volume,
      std: samples > 1 ? images.deviation(statistics.std()) : undefined,
      samples: samples > 1 ? slices : undefined,
      ...(halfWidth && { halfWidth }),
      support: support && supportVolume(request, support),
      ...(decomposition && { decomposition }),
      events,
      manifest: await runManifest(request, warnings, {
        settings: { ...(weight && { lambda: weight.lambda }), ...settings }, // a λ that was given as it was given
        ...{ norm, noiseLevel, prior, evaluations, products, map, source: normalised.source },
        ...{
          seconds,
          networkSeconds,
          guide: planned && guideRecord(planned),
          guideSeconds: guide?.seconds,
          memory: backend.memory().peak,
          unmeasured: support && unmeasuredRecord(support, operator.domain.shape[0]),
          decomposition: decomposition?.record,
          world,
          uncertainty,
        },
      }),
    };
  } finally {
    if (!guide?.planes.includes(initial!)) initial?.dispose();
    for (const plane of guide?.planes ?? []) plane.dispose();
    support?.field?.dispose();
    made?.y.dispose();
    made?.operator.dispose();
    await opened?.close().catch(() => undefined);
  }
}

/** The newest checkpoint of a run that is to go on. */
export async function restore(
  { resume, checkpoint }: ReconstructOptions,
  identity: RunIdentity,
  warnings: string[],
): Promise<Checkpoint | undefined> {
  if (!resume) return undefined;
  if (!checkpoint) throw new SlicewiseError('ARGUMENT', { message: 'resume needs the folder of the checkpoints' });
  const found = await readCheckpoint(checkpoint, identity);
  if (!found) warnings.push(`no checkpoint in ${checkpoint.location} yet: the run starts from the beginning`);
  return found;
}

/** Real numbers as complex ones. */
const interleaved = (values: Float32Array): Float32Array =>
  Float32Array.from({ length: 2 * values.length }, (_, i) => (i % 2 === 0 ? values[i / 2] : 0));

const record = ({ step, steps, sigma, residual, seconds }: StepEvent): StepRecord => ({
  step,
  steps,
  sigma,
  residual,
  seconds,
});

/** Bounds in output units as the solver's own numbers. */
function inSolverUnits(bounds: ReconstructOptions['bounds'], map: AffineMap): { low?: number; high?: number } {
  const inside = (value: number) => (value - map.offset) / map.scale;
  return {
    ...(bounds?.low === undefined ? {} : { low: inside(bounds.low) }),
    ...(bounds?.high === undefined ? {} : { high: inside(bounds.high) }),
  };
}
