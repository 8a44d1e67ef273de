import type { Backend, MemoryPlan } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { bytesOf, space } from '../../core/space.js';
import { calibrationRegion, cutCalibration, type Calibration } from '../../operators/coils/calibration.js';
import { coilCompression, compressCoils } from '../../operators/coils/compression.js';
import { espiritMaps } from '../../operators/coils/espirit.js';
import { lowResolutionMaps } from '../../operators/coils/low-resolution.js';
import { noiseFromData } from '../../operators/coils/noise-level.js';
import { dataScale } from '../../operators/coils/scale.js';
import { imageSpace } from '../../operators/fourier/sensitivities.js';
import { operators } from '../../operators/registry.js';
import type { Grid, Measurement, NamedArray } from '../../volumes/measurement.js';
import type { CompleteOptions, NormalisedProblem, Physics } from './physics.js';

type KspaceShape = readonly [number, number, number, number];

/** Virtual coils that are kept where there are more. */
const VIRTUAL_COILS = 6;

/** Complex images from k-space: coil maps, noise level and scale all come from the measured data. */
export const mr: Physics = {
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
  let shape = scan.shape as KspaceShape;
  let maps = scan.arrays?.maps;
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

/** Coil maps, the image of one coil, masks and twiddles. */
function operatorMemory({ shape }: Measurement, grid: Grid): MemoryPlan {
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
 * A with coil maps of unit sum of squares has ‖A‖₂ ≤ 1, and 1 where some pixel's frequencies are all measured: it is used as it is. The image is divided by
 * the brightness of tissue in Aᴴy, which puts it into the range of the MR priors whatever the scanner's gain.
 */
async function normalise(scan: Measurement, grid: Grid, backend: Backend): Promise<NormalisedProblem> {
  requireSameGrid(scan, grid);
  const operator = await operators.get(scan.kind)(scan, grid, backend);
  const y = backend.field(space(operator.range.axes, operator.range.shape, 'complex64'));
  await backend.write(y, scan.data);
  const image = backend.field(operator.domain);
  operator.adjoint(y, image);
  const scale = dataScale(await backend.read(image));
  image.dispose();
  backend.lincomb(y, [1 / scale, y]);
  return {
    operator,
    y,
    norm: 1,
    noiseLevel: scan.noise.type === 'gaussian' ? scan.noise.std / scale : undefined,
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
