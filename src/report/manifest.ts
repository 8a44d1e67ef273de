import { sha256 } from '../../core/sha256.js';
import type { AffineMap } from '../../core/units.js';
import { kindOf } from '../../volumes/kinds/registry.js';
import type { Grid, Measurement, NoiseModel } from '../../volumes/measurement.js';
import { latticeOf, type Lattice } from '../../core/placement.js';
import type { Comparison } from '../metrics/compare.js';
import type { HeldOutRecord } from '../engine/judge/record.js';
import type { UnmeasuredRecord } from '../engine/support.js';
import type { DecompositionRecord } from '../engine/trust/decompose.js';
import type { UncertaintyRecord } from '../engine/trust/uncertainty.js';
import type { WorldRecord } from '../engine/trust/world.js';

/** How a result was made: plain JSON, enough to make it again. */
export interface Manifest {
  /** Version of this layout. */
  manifest: 1;
  slicewise: string;
  /** ISO 8601, UTC. */
  created: string;
  runtime: {
    name: 'node' | 'browser';
    version: string;
    /** 'cpu' or 'webgpu'. */
    backend: string;
    /** Its kernels: 'simd', 'simd-relaxed', or 'wgsl' and the name of the adapter. */
    build: string;
  };
  method: { name: string; options: JsonObject };
  seed: number;
  measurement: MeasurementSummary;
  /** Name of A, ‖A‖₂ before scaling and whatever else it tells. */
  operator: JsonObject;
  /** With its evaluations of whole volumes, and products with its derivative where it was opened with one. */
  prior: (JsonObject & { name: string; sha256?: string; evaluations?: number; products?: number }) | null;
  /** What the solver's numbers were: data = scale · solver + offset, and where the map comes from. */
  dataRange: { unit: string; scale: number; offset: number; source: string } | null;
  inputs: InputRecord[];
  timings: { totalSeconds: number; [stage: string]: number };
  /** Of the process and its threads. */
  peakBytes: number | null;
  /** On the GPU: its buffers, without those of the network. */
  gpuPeakBytes: number | null;
  metrics: Comparison | null;
  /** How well the method predicted measurements that it did not see; null where that was not asked. */
  heldOut: HeldOutRecord | null;
  /** What of the image data say nothing of, and what was done there; null where all of it is seen, or nobody can tell. */
  unmeasured: UnmeasuredRecord | null;
  /** How the image was taken apart, and how much of it was added; null where that was not asked. */
  decomposition: DecompositionRecord | null;
  /** Whether the image is like those the prior was trained on; null without a prior, or where its card does not say. */
  world: WorldRecord | null;
  /** The calibrated interval around the mean, or why there is none; null where that was not asked. */
  uncertainty: UncertaintyRecord | null;
  warnings: string[];
}

export type JsonObject = { [key: string]: unknown };

export interface InputRecord {
  name: string;
  bytes: number;
  sha256: string;
}

export interface MeasurementSummary {
  kind: string;
  shape: number[];
  /** The geometry with its angles, and what else there is of every view, summed up: there may be thousands. */
  geometry: JsonObject;
  noise: NoiseModel;
  grid: GridSummary;
  weighted: boolean;
  /** Which of several images of the file, as `--select` said it; null where nothing was said. */
  image: string | null;
  simulation: JsonObject | null;
}

/** Of a grid with a place, also spacing, origin and direction in (i, j, k) order, mm. */
export type GridSummary = Pick<Grid, 'shape' | 'axes' | 'units' | 'modality'> & Partial<Lattice>;

export interface ManifestInput {
  /** Of the package. */
  readonly version: string;
  readonly backend: { readonly name: string; readonly build: string };
  readonly method: string;
  readonly options: object;
  readonly seed: number;
  readonly measurement: Omit<Measurement, 'data'>;
  readonly operator: object;
  readonly prior?: { readonly name: string; readonly sha256?: string; readonly [key: string]: unknown } | null;
  readonly dataRange?: { readonly unit: string; readonly map: AffineMap; readonly source: string } | null;
  /** Files that went in: their bytes are hashed, or give a hash made while reading. */
  readonly inputs?: readonly ({ readonly name: string } & (
    { readonly data: Uint8Array } | { readonly bytes: number; readonly sha256: string }
  ))[];
  readonly timings: { readonly totalSeconds: number; readonly [stage: string]: number };
  readonly peakBytes?: number;
  readonly gpuPeakBytes?: number;
  readonly metrics?: Comparison;
  readonly unmeasured?: UnmeasuredRecord;
  readonly decomposition?: DecompositionRecord;
  readonly world?: WorldRecord;
  readonly uncertainty?: UncertaintyRecord;
  readonly warnings?: readonly string[];
  /** Default now. */
  readonly created?: Date;
}

/** Collects everything into plain JSON; hashes the inputs. What JSON cannot hold (functions, undefined) is left out. */
export async function buildManifest(input: ManifestInput): Promise<Manifest> {
  const inputs: InputRecord[] = [];
  for (const file of input.inputs ?? []) {
    inputs.push(
      'data' in file
        ? { name: file.name, bytes: file.data.byteLength, sha256: await sha256(file.data) }
        : { name: file.name, bytes: file.bytes, sha256: file.sha256 },
    );
  }
  const { dataRange } = input;
  const manifest: Manifest = {
    manifest: 1,
    slicewise: input.version,
    created: (input.created ?? new Date()).toISOString(),
    runtime: { ...runtime(), backend: input.backend.name, build: input.backend.build },
    method: { name: input.method, options: { ...input.options } },
    seed: input.seed,
    measurement: summariseMeasurement(input.measurement),
    operator: { ...input.operator },
    prior: input.prior ?? null,
    dataRange: dataRange
      ? { unit: dataRange.unit, scale: dataRange.map.scale, offset: dataRange.map.offset, source: dataRange.source }
      : null,
    inputs,
    timings: input.timings,
    peakBytes: input.peakBytes ?? null,
    gpuPeakBytes: input.gpuPeakBytes ?? null,
    metrics: input.metrics ?? null,
    heldOut: null,
    unmeasured: input.unmeasured ?? null,
    decomposition: input.decomposition ?? null,
    world: input.world ?? null,
    uncertainty: input.uncertainty ?? null,
    warnings: [...(input.warnings ?? [])],
  };
  return JSON.parse(JSON.stringify(manifest)) as Manifest;
}

/** What was measured, without the data. */
export function summariseMeasurement(measurement: Omit<Measurement, 'data'>): MeasurementSummary {
  const perView = kindOf(measurement.kind)?.views?.fields ?? { angles: '°' };
  const geometry = Object.fromEntries(
    Object.entries(measurement.geometry).map(([name, value]) => [
      name,
      name in perView && Array.isArray(value) ? summariseAngles(value as number[]) : value,
    ]),
  );
  return {
    kind: measurement.kind,
    shape: [...measurement.shape],
    geometry,
    noise: measurement.noise,
    grid: summariseGrid(measurement.grid),
    weighted: measurement.weights !== undefined,
    image: measurement.meta.image ?? null,
    simulation: measurement.meta.simulation ?? null,
  };
}

function summariseGrid(grid: Grid): GridSummary {
  const { shape, axes, units, modality } = grid;
  return { shape, ...(grid.placement ? latticeOf(grid) : {}), axes, units, modality };
}

/** { count, first, last, step } where the step is even to 1e-6 of a degree; otherwise the list itself, as lists of numbers are. */
export function summariseAngles(angles: readonly number[]): JsonObject | readonly number[] {
  const n = angles.length;
  if (n < 3 || typeof angles[0] !== 'number') return angles;
  const step = (angles[n - 1] - angles[0]) / (n - 1);
  if (angles.some((a, i) => Math.abs(a - angles[0] - i * step) > 1e-6)) return angles;
  return { count: n, first: angles[0], last: angles[n - 1], step: Number(step.toPrecision(12)) };
}

function runtime(): { name: 'node' | 'browser'; version: string } {
  const version = (globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node;
  return version ? { name: 'node', version } : { name: 'browser', version: globalThis.navigator?.userAgent ?? 'unknown' };
}
