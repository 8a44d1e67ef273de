import { inPhase } from '../../core/phases.js';
import { beginPrior, checkedPrior, type Prior } from '../../models/prior.js';
import type { DirectImage, DirectMethod, KeptState } from '../modalities/modality.js';
import { writeCheckpoint } from './checkpoint.js';
import { completedScan } from './completed.js';
import { toVolume } from './images.js';
import type { ReconstructionResult } from './reconstruct.js';
import { openPrior, priorIdentity, type PriorSource } from './prior-source.js';
import { directCall, type RunRequest } from './request.js';
import { restore } from './run-iterative.js';
import { runIdentity, runManifest } from './run-record.js';

/** What a run is given beside its request. */
export interface DirectRun {
  readonly direct: DirectMethod;
  readonly source?: PriorSource;
  /** Slices the network takes at once, as planned. */
  readonly batch?: number;
  /** Told in the result's manifest; the run adds to it. */
  readonly warnings: string[];
}

/** A method that is no iteration on the normalised problem. */
export async function runDirect(request: RunRequest, { direct, source, batch, warnings }: DirectRun): Promise<ReconstructionResult> {
  const started = performance.now();
  const { grid, method, options } = request;
  const scan = await completedScan(request, (text) => warnings.push(text));
  const network = { batch, provider: options.provider };
  const opened = source && (await inPhase(options, 'prior', () => openPrior(source, options.backend, network)));
  const prior = opened && checkedPrior(opened.prior);
  try {
    await beginPrior(prior);
    const kept = direct.keepsState?.({ ...method.settings }) ? await keptState(request, source, warnings) : undefined;
    const image = await inPhase(options, method.name, () => direct.run(scan, grid, { ...directCall(request), prior, kept }));
    return await recorded(request, image, { prior, warnings, started });
  } finally {
    await opened?.close().catch(() => undefined);
  }
}

/** Checkpoints in the store of the run; undefined where it has none. */
async function keptState(request: RunRequest, source: PriorSource | undefined, warnings: string[]): Promise<KeptState | undefined> {
  const { options, method } = request;
  const { checkpoint, checkpointSeconds = 60, signal } = options;
  if (!checkpoint) return undefined;
  const identity = await runIdentity(request, method.settings, source && (await priorIdentity(source, options)));
  const restored = await restore(options, identity, warnings);
  let written = performance.now();
  let told = false;
  return {
    from: restored?.solver,
    async after(state) {
      if (!told) options.onState?.();
      told = true;
      const due = (performance.now() - written) / 1000 >= checkpointSeconds;
      if (!due && signal?.aborted !== true) return;
      await writeCheckpoint(checkpoint, { identity, sample: 0, solver: await state(), sums: {} });
      written = performance.now();
    },
  };
}

async function recorded(
  request: RunRequest,
  image: DirectImage,
  { prior, warnings, started }: { readonly prior?: Prior; readonly warnings: string[]; readonly started: number },
): Promise<ReconstructionResult> {
  const { physics, method } = request;
  const volume = toVolume(request, image.data, image.units);
  warnings.push(...(physics.doubts?.(volume, request.scan) ?? []));
  warnings.push(...(image.warnings ?? []));
  const evaluations = image.evaluations ?? prior?.evaluations;
  const networkSeconds = await prior?.runtimeSeconds?.();
  const seconds = (performance.now() - started) / 1000;
  const run = {
    settings: { ...method.settings, ...image.found },
    map: image.map,
    source: 'direct',
    seconds,
    prior,
    evaluations,
    networkSeconds,
  };
  return { volume, events: [], manifest: await runManifest(request, warnings, run) };
}
