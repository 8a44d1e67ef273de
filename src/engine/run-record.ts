import { sha256 } from '../../core/sha256.js';
import type { AffineMap } from '../../core/units.js';
import type { NetworkPrior } from '../../models/network/network-prior.js';
import type { Grid, Measurement } from '../../volumes/measurement.js';
import { latticeOf } from '../../core/placement.js';
import type { RunIdentity } from './checkpoint.js';
import { physicsOf } from '../modalities/index.js';
import type { ReconstructOptions } from './reconstruct.js';
import { buildManifest, type Manifest } from '../report/manifest.js';
import { VERSION } from '../version.js';

/** What a run is made of, for its checkpoints and its manifest. */
export interface RunRecord {
  readonly scan: Measurement;
  readonly grid: Grid;
  readonly options: ReconstructOptions;
  readonly warnings: readonly string[];
}

/** Everything that changes the numbers of a run: a checkpoint of another identity is refused. */
export async function runIdentity(
  { scan, grid, options }: RunRecord,
  settings: unknown,
  priorHash = 'none',
): Promise<RunIdentity> {
  const { method, seed = 0, backend, samples = 1, weights = 'none', muWater = scan.meta.muWater } = options;
  const { coilMaps, coils } = options;
  const description = [scan.kind, scan.geometry, scan.noise, gridIdentity(grid), muWater ?? null];
  const parts = [new TextEncoder().encode(JSON.stringify(description)), bytesOf(scan.data)];
  if (weights === 'counts' && scan.weights) parts.push(bytesOf(scan.weights));
  for (const { data } of Object.values(scan.arrays ?? {})) parts.push(bytesOf(data));
  const hashes: string[] = [];
  for (const part of parts) hashes.push(await sha256(part));
  return {
    method,
    seed,
    options: JSON.parse(JSON.stringify({ settings, samples, weights, coilMaps, coils })),
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

/** What the run found out, beyond its record. */
export interface RunOutcome {
  readonly settings: object;
  readonly norm?: number;
  readonly noiseLevel?: number;
  readonly prior?: NetworkPrior;
  /** value = scale · x + offset for the solver's x, and where that comes from. */
  readonly map: AffineMap;
  readonly source: string;
  readonly seconds: number;
  /** Added up over the workers. */
  readonly networkSeconds?: number;
  readonly memory?: number;
}

export function runManifest({ scan, grid, options, warnings }: RunRecord, run: RunOutcome): Promise<Manifest> {
  const { method, seed = 0, samples = 1, backend, weights = 'none' } = options;
  const { norm, noiseLevel, prior, networkSeconds = 0 } = run;
  return buildManifest({
    version: VERSION,
    backend: { name: backend.name, build: backend.build },
    method,
    options: { ...run.settings, samples, weights, workers: backend.workers },
    seed,
    measurement: { ...scan, grid },
    operator: { name: scan.kind, norm, noiseLevel },
    prior: prior ? { name: prior.name, ...prior.describe(), evaluations: prior.evaluations } : null,
    dataRange: { unit: physicsOf(scan.kind).units(scan), map: run.map, source: run.source },
    timings: { totalSeconds: run.seconds, networkSeconds },
    ...(backend.name === 'cpu' ? { peakBytes: run.memory } : { gpuPeakBytes: run.memory }),
    warnings: [...(scan.meta.warnings ?? []), ...warnings],
  });
}
