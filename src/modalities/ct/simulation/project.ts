import { spacingOf, withSpacing, shapeOf } from '../../../../core/placement.js';
import type { Backend } from '../../../../compute/backend.js';
import { SlicewiseError } from '../../../../core/errors.js';
import { operators } from '../../../../operators/registry.js';
import type { Geometry, Grid, MeasurementKind } from '../../../../volumes/measurement.js';
import { CONE, FAN, isVectors, isVolumetric } from '../../../../volumes/kinds/radon/schema.js';
import { volumeData, type Volume } from '../../../../volumes/volume.js';
import { projectCone, projectFan, projectParallel, projectVectors, type Phantom } from '../phantoms/index.js';
import { finerVolume, integrateBins } from './resample.js';
import { finerDetector } from './scanner.js';

/** Line integrals and their shape, axes as the kind fixes them. */
export interface Projected {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Slices projected at once for slice-parallel kinds: bounds memory, and depends on nothing else. */
const CHUNK = 16;

/**
 * Projects a volume of attenuation in mm⁻¹ (negative values count as 0). With `oversample` > 1 the image is interpolated onto a grid
 * that much finer (in the slice; for cone also along z) and each detector bin is the mean of that many smaller ones.
 */
export async function projectVolume(
  volume: Volume,
  kind: MeasurementKind,
  geometry: Geometry,
  oversample: number,
  backend: Backend,
  signal?: AbortSignal,
): Promise<Projected> {
  const cone = isVolumetric(kind);
  const [nk, nj, ni] = shapeOf(volume);
  const image = volumeData(volume);
  const fine = finerDetector(kind, geometry, oversample);
  const factors = [cone ? oversample : 1, oversample, oversample] as const;
  const chunk = cone ? nk : Math.min(nk, CHUNK);
  const parts: Float32Array[] = [];
  let shape: readonly number[] = [];
  for (let first = 0; first < nk; first += chunk) {
    if (signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'the simulation was stopped' });
    const count = Math.min(chunk, nk - first);
    const slices = image.slice(first * nj * ni, (first + count) * nj * ni).map((mu) => Math.max(0, mu));
    const x = finerVolume(slices, [count, nj, ni], factors);
    const grid = finerGrid(volume, [count * factors[0], nj * factors[1], ni * factors[2]], factors);
    const sinogram = await applyOnce(kind, fine, grid, x, backend);
    shape = sinogram.shape;
    parts.push(integrateBins(sinogram.data, shape, cone ? oversample : 1, oversample));
  }
  const data = new Float32Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return {
    data,
    shape: cone ? [shape[0], shape[1] / oversample, shape[2] / oversample] : [nk, shape[1], shape[2] / oversample],
  };
}

async function applyOnce(kind: MeasurementKind, geometry: Geometry, grid: Grid, image: Float32Array, backend: Backend): Promise<Projected> {
  const operator = await operators.get(kind)({ geometry }, grid, backend);
  const x = backend.field(operator.domain);
  const y = backend.field(operator.range);
  try {
    await backend.write(x, image);
    operator.apply(x, y);
    return { data: await backend.read(y), shape: operator.range.shape };
  } finally {
    x.dispose();
    y.dispose();
    operator.dispose();
  }
}

function finerGrid(volume: Volume, shape: readonly [number, number, number], factors: readonly [number, number, number]): Grid {
  const { placement, modality } = volume;
  const [dx, dy, dz] = spacingOf(volume);
  return {
    shape,
    axes: withSpacing(volume.axes, [dx / factors[2], dy / factors[1], dz / factors[0]]),
    placement,
    units: '1/mm',
    modality,
  };
}

/** Exact projections of a phantom; each bin (and slice) is the mean of `oversample` rays (and planes) across it. */
export function projectPhantom(phantom: Phantom, kind: MeasurementKind, geometry: Geometry, grid: Grid, oversample: number): Projected {
  const options = { subRays: oversample, subSlices: oversample };
  if (isVectors(kind)) return projectVectors(phantom, kind, geometry, grid, options);
  if (kind === CONE) return projectCone(phantom, geometry, options);
  return (kind === FAN ? projectFan : projectParallel)(phantom, geometry, grid, options);
}
