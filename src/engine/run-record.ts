import { latticeOf } from '../../core/placement.js';
import type { Grid } from '../../volumes/measurement.js';
import { sha256 } from '../../core/sha256.js';
import type { AffineMap } from '../../core/units.js';
import type { GuideSpec } from '../../models/guide.js';
import type { Prior } from '../../models/prior.js';
import { buildManifest, type Manifest } from '../report/manifest.js';
import { VERSION } from '../version.js';
import type { RunIdentity } from './checkpoint.js';
import type { RunRequest } from './request.js';
import type { DecompositionRecord } from './trust/decompose.js';
import type { UncertaintyRecord } from './trust/uncertainty.js';
import type { WorldRecord } from './trust/world.js';
import { filledOf, type Support, type UnmeasuredRecord } from './support.js';

/** Everything that changes the numbers of a run: a checkpoint of another identity is refused. */
export async function runIdentity(
  { scan, grid, options, own, method }: RunRequest,
  settings: unknown,
  priorHash = 'none',
  support?: Support,
): Promise<RunIdentity> {
  const { seed = 0, backend, samples = 1 } = options;
  const unmeasured = support && filledOf(support);
  const { muWater } = scan.meta;
  const description = [scan.kind, scan.geometry, scan.noise, gridIdentity(grid), muWater ?? null];
  const parts = [new TextEncoder().encode(JSON.stringify(description)), bytesOf(scan.data)];
  if (scan.weights) parts.push(bytesOf(scan.weights));
  for (const { data } of Object.values(scan.arrays ?? {})) parts.push(bytesOf(data));
  const hashes: string[] = [];
  for (const part of parts) hashes.push(await sha256(part));
  return {
    method: method.name,
    seed,
    options: JSON.parse(JSON.stringify({ settings, samples, ...own, unmeasured })),
    scan: hashes.join(' '),
    prior: priorHash,
    build: backend.build,
  };
}

/** Keys in one order, so that the text is the same however the grid came about; of one with a place the text of older checkpoints. */
function gridIdentity(grid: Grid): object {
  const { shape, axes, units, modality } = grid;
  return { shape, ...(grid.placement ? latticeOf(grid) : { axes }), units, modality };
}

const bytesOf = (data: Float32Array): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** What the run found out, beyond its request. */
export interface RunOutcome {
  readonly settings: object;
  readonly norm?: number;
  readonly noiseLevel?: number;
  readonly prior?: Prior;
  /** Evaluations of it that the method took. */
  readonly evaluations?: number;
  /** Products with the derivative of it, where it was opened with one. */
  readonly products?: number;
  /** value = scale · x + offset for the solver's x, and where that comes from. */
  readonly map: AffineMap;
  readonly source: string;
  readonly seconds: number;
  /** Added up over the workers. */
  readonly networkSeconds?: number;
  /** What the prior was shown. */
  readonly guide?: GuideSpec;
  /** That making the guide of the prior took. */
  readonly guideSeconds?: number;
  readonly memory?: number;
  /** What of the image data say nothing of. */
  readonly unmeasured?: UnmeasuredRecord;
  readonly decomposition?: DecompositionRecord;
  /** Is this the world of the prior? */
  readonly world?: WorldRecord;
  readonly uncertainty?: UncertaintyRecord;
}

export function runManifest(
  { scan, grid, options, own, method, physics }: RunRequest,
  warnings: readonly string[],
  run: RunOutcome,
): Promise<Manifest> {
  const { seed = 0, samples = 1, backend } = options;
  const { norm, noiseLevel, prior, evaluations, products, networkSeconds = 0, guide, guideSeconds } = run;
  return buildManifest({
    version: VERSION,
    backend: { name: backend.name, build: backend.build },
    method: method.name,
    options: { ...run.settings, samples, ...own, workers: backend.workers },
    seed,
    measurement: { ...scan, grid },
    operator: { name: scan.kind, norm, noiseLevel },
    prior: prior ? { name: prior.name, ...prior.describe(), ...(guide && { guide }), evaluations, products } : null,
    dataRange: { unit: physics.units(scan, own), map: run.map, source: run.source },
    timings: { totalSeconds: run.seconds, networkSeconds, ...(guideSeconds !== undefined && { guideSeconds }) },
    ...(backend.name === 'cpu' ? { peakBytes: run.memory } : { gpuPeakBytes: run.memory }),
    unmeasured: run.unmeasured,
    decomposition: run.decomposition,
    world: run.world,
    uncertainty: run.uncertainty,
    warnings: [...(scan.meta.warnings ?? []), ...warnings],
  });
}
