import type { Backend, MemoryPlan } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { bytesOf } from '../../core/space.js';
import { calibrationRegion, cutCalibration, type Calibration } from '../../operators/coils/calibration.js';
import { coilCompression, compressCoils } from '../../operators/coils/compression.js';
import { espiritMaps } from '../../operators/coils/espirit.js';
import { lowResolutionMaps } from '../../operators/coils/low-resolution.js';
import { noiseCovariance, prewhiten, whitening } from '../../operators/noise/coil-noise.js';
import { noiseFromData } from '../../operators/coils/noise-level.js';
import { dataScale } from '../../operators/coils/scale.js';
import { parseCartesian } from '../../operators/fourier/schema.js';
import { imageSpace } from '../../operators/fourier/sensitivities.js';
import { operators } from '../../operators/registry.js';
import { scaled } from '../../operators/scaled.js';
import type { Grid, Measurement, NamedArray } from '../../volumes/measurement.js';
import { mrDefaults } from './mr-defaults.js';
import type { CompleteOptions, NormalisedProblem, Physics } from './physics.js';

type KspaceShape = readonly [number, number, number, number];

/** Virtual coils that are kept where there are more. */
const VIRTUAL_COILS = 6;

/** Complex images from k-space: coil maps, noise level and scale all come from the measured data. */
export const mr: Physics = {
  direct: ['zero-filled'],
  defaults: mrDefaults,
  domain: (grid) => imageSpace(grid.shape),
  units: () => 'arbitrary',
  complete,
  completedShape: ({ shape: [slices, coils, ...rest] }, { coils: wanted = VIRTUAL_COILS }) => [
    slices,
    wanted === 0 ? coils : Math.min(coils, wanted),
    ...rest,
  ],
  operatorMemory,
  normalise,
};

/**
 * A scan with what its file lacks: the noise level from the periphery of k-space, virtual coils in place of many, coil maps from the calibration region.
 * What was done is told in `meta.warnings`, since it decides about the result.
 * @throws SlicewiseError GEOMETRY without a calibration region
 */
async function complete(scan: Measurement, options: CompleteOptions): Promise<Measurement> {
  const told: string[] = [];
  const mask = requireMask(scan);
  let { data, noise } = scan;
  let shape = scan.shape as unknown as KspaceShape;
  let maps = scan.arrays?.maps;
  const noiseScan = scan.arrays?.noiseScan;
  if (noiseScan && noise.type === 'unknown') {
    const scale = (scan.meta.mri as { noiseVarianceScale?: number } | undefined)?.noiseVarianceScale;
    const white = whitening(noiseCovariance(noiseScan.data, noiseScan.shape[0], scale));
    data = prewhiten(data, shape, white);
    if (maps) maps = { ...maps, data: prewhiten(maps.data, maps.shape, white) };
    noise = { type: 'gaussian', std: 1 };
    told.push('whitened by the noise scan');
  }
  if (noise.type === 'unknown') {
    const { std } = noiseFromData(data, shape, mask.data);
    noise = { type: 'gaussian', std };
    told.push(`noise level estimated from the periphery of k-space: ${std.toPrecision(3)} in each part`);
  }
  const calibration = (): Calibration => {
    const plane = shape[2] * shape[3];
    const region = calibrationRegion(sharedPart(mask.data, plane), [shape[2], shape[3]]);
    return cutCalibration(data, shape, region);
  };
  const [slices, coils] = shape;
  const { coils: wanted = VIRTUAL_COILS } = options;
  if (wanted > 0 && coils > wanted) {
    const samples = maps ? data : calibration().data;
    const compression = coilCompression(samples, [slices, coils], { atMost: wanted });
    data = compressCoils(data, shape, compression);
    if (maps) maps = { ...maps, data: compressCoils(maps.data, shape, compression), shape: withCoils(maps.shape, compression.virtual) };
    shape = withCoils(shape, compression.virtual);
    told.push(`${coils} coils compressed to ${compression.virtual} virtual ones, which hold ${(100 * compression.energy).toFixed(2)} % of the energy`);
  } // prettier-ignore
  if (!maps && shape[1] > 1) {
    const std = noise.type === 'gaussian' ? noise.std : undefined;
    const found =
      options.coilMaps === 'low-resolution' ? lowResolutionMaps(calibration()) : espiritMaps(calibration(), { noise: std });
    maps = { data: found.maps, shape: [slices, shape[1], shape[2], shape[3]], dtype: 'complex64' };
  } // prettier-ignore
  return {
    ...scan,
    data,
    shape,
    noise,
    arrays: { ...scan.arrays, mask, ...(maps ? { maps } : {}) },
    meta: { ...scan.meta, warnings: [...(scan.meta.warnings ?? []), ...told] },
  };
}

const withCoils = <S extends readonly number[]>([slices, , ...rest]: S, coils: number): S =>
  [slices, coils, ...rest] as unknown as S;

function requireMask({ arrays, shape: [, , ny, nx] }: Measurement): NamedArray {
  return arrays?.mask ?? { data: new Float32Array(ny * nx).fill(1), shape: [1, ny, nx], dtype: 'float32' };
}

/** What every slice measured: a calibration region must be in all of them. */
function sharedPart(mask: Float32Array, plane: number): Float32Array {
  if (mask.length === plane) return mask;
  const shared = mask.slice(0, plane);
  for (let i = plane; i < mask.length; i++) if (!mask[i]) shared[i % plane] = 0;
  return shared;
}

/** Coil maps and the image of one coil; masks and twiddles are small beside them. */
async function operatorMemory({ geometry, shape }: Measurement, grid: Grid): Promise<MemoryPlan> {
  parseCartesian(geometry);
  const image = bytesOf(imageSpace(grid.shape));
  const coils = shape[1];
  return {
    items: [
      ...(coils > 1 ? [{ what: 'coil maps', bytes: coils * image }] : []),
      { what: 'image of one coil', bytes: image },
    ],
  };
}

/**
 * A′ = A/‖A‖₂ and y′ = y/(s‖A‖₂). The image is divided by s, the brightness of tissue in Aᴴy, which puts it into the range of the MR priors whatever the
 * scanner's gain; only measured data have a say. With maps of unit sum of squares ‖A‖₂ ≤ 1, and all but 1 as soon as the centre of k-space is measured.
 */
async function normalise(scan: Measurement, grid: Grid, backend: Backend): Promise<NormalisedProblem> {
  requireSameGrid(scan, grid);
  const measured = await operators.get(scan.kind)(scan, grid, backend);
  const norm = await measured.norm();
  const operator = scaled(measured, 1 / norm);
  const y = backend.field(operator.range);
  await backend.write(y, scan.data);
  const image = backend.field(operator.domain);
  measured.adjoint(y, image);
  backend.lincomb(image, [1 / norm ** 2, image]);
  const scale = dataScale(await backend.read(image));
  image.dispose();
  backend.lincomb(y, [1 / (scale * norm), y]);
  return {
    operator,
    y,
    norm,
    scale,
    noiseLevel: scan.noise.type === 'gaussian' ? scan.noise.std / (scale * norm) : undefined,
    map: { scale, offset: 0 },
    source: `bright tissue of the zero-filled image, ${scale.toPrecision(4)} ↔ 1`,
    units: 'arbitrary',
  };
}

function requireSameGrid(scan: Measurement, grid: Grid): void {
  const [slices, , rows, columns] = scan.shape;
  if ([slices, rows, columns].every((n, i) => n === grid.shape[i])) return;
  throw new SlicewiseError('GEOMETRY', {
    message: 'an MR image has the matrix of its k-space',
    expected: `[${slices}, ${rows}, ${columns}]`,
    got: `[${grid.shape.join(', ')}]`,
    hint: 'leave --size and --spacing out; resample the result instead',
  });
}
