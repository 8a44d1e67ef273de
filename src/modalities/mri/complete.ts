import { isSlicewiseError, SlicewiseError } from '../../../core/errors.js';
import type { SamplingMask } from '../../../core/sampling-mask.js';
import { calibrationRegion, cutCalibration, type Calibration } from './coils/calibration.js';
import { continueToBorder, reachesBorder, type Along } from './coils/border.js';
import { coilCompression, compressCoils } from './coils/compression.js';
import { espiritKernels, espiritSlice } from './coils/espirit.js';
import { coilEnergy, lowResolutionImages, lowResolutionMaps } from './coils/low-resolution.js';
import { noiseFromData } from './noise/noise-level.js';
import { referenceCoil } from './coils/phase.js';
import { noiseCovariance, prewhiten, whitening } from './noise/coil-noise.js';
import type { ArrayData } from '../../../core/array.js';
import type { Measurement, NoiseModel } from '../../../volumes/measurement.js';
import type { CompleteOptions } from '../modality.js';

export type KspaceShape = readonly [slices: number, coils: number, ky: number, kx: number];

/** Samples along either side of the calibration region from which on maps are good. */
const ENOUGH_LINES = 12;

/** Virtual coils that are kept where there are more. */
export const VIRTUAL_COILS = 6;

/**
 * A scan with what its file lacks: white noise of known level, virtual coils in place of many, coil maps from the calibration region. In this order, since
 * each needs the one before. What was done is told in `meta.warnings`: it decides about the result.
 *
 * Maps are made slice after slice on the calling thread, about 0.3 s each with 6 coils and 256² pixels; `progress` is told and `signal` heard between
 * two. Slices with the same object behind them do not share maps, not even with readout 'slice' or one mask for all: sensitivities vary along the slices.
 * A slice without signal above the noise has maps of 0, and its image is 0.
 *
 * @throws SlicewiseError GEOMETRY without a calibration region, or without signal in it; ABORTED
 */
export async function completeScan(scan: Measurement, options: CompleteOptions): Promise<Measurement> {
  const told: string[] = [];
  const mask = maskOf(scan);
  let shape = scan.shape as unknown as KspaceShape;
  let { data, maps, noise } = whitened(scan, shape, told);
  if (noise.type === 'unknown') noise = estimatedNoise(() => fromPeriphery(data, shape, mask), told);

  let calibration = needsMaps(scan, shape) ? calibrationOf(data, shape, mask) : undefined;
  const { coils: wanted = VIRTUAL_COILS } = options;
  if (wanted > 0 && shape[1] > wanted) {
    const compression = coilCompression(calibration?.data ?? data, shape.slice(0, 2) as [number, number], { atMost: wanted });
    const { virtual, energy } = compression;
    data = compressCoils(data, shape, compression);
    if (maps) {
      const compressed = compressCoils(maps.data, maps.shape as unknown as KspaceShape, compression);
      maps = { ...maps, data: compressed, shape: withCoils(shape, virtual) };
    }
    if (calibration) {
      const { slices, coils, region } = calibration;
      const compressed = compressCoils(calibration.data, [slices, coils, region.height, region.width], compression);
      calibration = { ...calibration, data: compressed, coils: virtual };
    }
    told.push(`${shape[1]} coils compressed to ${virtual} virtual ones, which hold ${(100 * energy).toFixed(2)} % of the energy`);
    shape = withCoils(shape, virtual);
  } // prettier-ignore
  if (calibration && shape[1] > 1) maps = await coilMaps(calibration, shape, noise, options, told);
  const { maps: _, ...arrays } = scan.arrays ?? {};
  return {
    ...scan,
    data,
    shape,
    noise,
    arrays: { ...arrays, mask, ...(maps ? { maps } : {}) },
    meta: { ...scan.meta, warnings: [...(scan.meta.warnings ?? []), ...told] },
  };
}

/** Coils without maps need them estimated; one coil stands for the image as it is. */
export const needsMaps = ({ arrays }: Measurement, [, coils]: readonly number[]): boolean => coils > 1 && !arrays?.maps;

/** Where there is none, everything was measured. */
export function maskOf({ arrays, shape: [, , ny, nx] }: Pick<Measurement, 'arrays' | 'shape'>): ArrayData {
  return arrays?.mask ?? { data: new Float32Array(ny * nx).fill(1), shape: [1, ny, nx], dtype: 'float32' };
}

const withCoils = ([slices, , ny, nx]: KspaceShape, coils: number): KspaceShape => [slices, coils, ny, nx];

/** By the noise scan, unless the noise is known already (the user's word, or whitened data). @param shape coils second */
export function whitened(
  { data, noise, arrays, meta }: Measurement,
  shape: readonly number[],
  told: string[],
): { data: Float32Array; noise: NoiseModel; maps?: ArrayData } {
  const { maps, noiseScan } = arrays ?? {};
  if (!noiseScan || noise.type !== 'unknown') return { data, noise, maps };
  const scale = (meta.mri as { noiseVarianceScale?: number } | undefined)?.noiseVarianceScale;
  const white = whitening(noiseCovariance(noiseScan.data, noiseScan.shape[0], scale));
  told.push('coils whitened by the noise scan');
  return {
    data: prewhiten(data, shape, white),
    noise: { type: 'gaussian', std: 1 },
    maps: maps && { ...maps, data: prewhiten(maps.data, maps.shape, white) },
  };
}

/** A noise level found in the data, and where: 'the periphery of k-space'. */
export interface FoundNoise {
  readonly std: number;
  readonly from: string;
  /** Possibly up to twice too high. */
  readonly doubtful: boolean;
}

/** Methods that need a noise level say so themselves: data too few or without noise leave it unknown. */
export function estimatedNoise(find: () => FoundNoise, told: string[]): NoiseModel {
  try {
    const { std, from, doubtful } = find();
    const bound = doubtful ? ', possibly up to twice too high with so few coils (--noise-std tells it)' : '';
    told.push(`noise level estimated from ${from}: ${std.toPrecision(3)} in each part${bound}`);
    return { type: 'gaussian', std };
  } catch (error) {
    if (!isSlicewiseError(error) || error.code !== 'GEOMETRY') throw error;
    told.push('the noise level is not known, and the periphery of k-space does not tell it (--noise-std)');
    return { type: 'unknown' };
  }
}

/** Below this the periphery of k-space has no direction without signal (noise-level.ts). */
export const FEW_COILS = 3;

function fromPeriphery(data: Float32Array, shape: KspaceShape, mask: SamplingMask): FoundNoise {
  const { std } = noiseFromData(data, shape, mask.data);
  return { std, from: 'the periphery of k-space', doubtful: shape[1] < FEW_COILS };
}

function calibrationOf(data: Float32Array, shape: KspaceShape, mask: SamplingMask): Calibration {
  return cutCalibration(data, shape, calibrationRegion(mask.data, [shape[2], shape[3]]));
}

async function coilMaps(
  calibration: Calibration,
  shape: KspaceShape,
  noise: NoiseModel,
  { coilMaps: how = 'espirit', signal, progress }: CompleteOptions,
  told: string[],
): Promise<ArrayData> {
  const [slices, coils, ny, nx] = shape;
  const [size, pixels] = [2 * coils * ny * nx, ny * nx];
  const data = new Float32Array(slices * size);
  const reference = referenceCoil(calibration);
  const options = noise.type === 'gaussian' ? { noise: noise.std } : {};
  const eigenvalues = new Float32Array(pixels);
  const { height, width } = calibration.region;
  if (Math.min(height, width) < ENOUGH_LINES) {
    told.push(
      `coil maps come from ${height} × ${width} samples only: expect aliasing that better maps (--maps) would remove`,
    );
  }
  const border = how === 'espirit' ? objectAtBorder(calibration, told) : undefined;
  // a crop that is one share of bright tissue for all slices needs them all at once
  if (how === 'low-resolution') data.set(lowResolutionMaps(calibration).maps);
  for (let slice = 0; how !== 'low-resolution' && slice < slices; slice++) {
    // a turn of the event loop, in which an interruption is heard
    await new Promise((resolve) => setTimeout(resolve));
    if (signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'stopped while coil maps were made' });
    const maps = data.subarray(slice * size, (slice + 1) * size);
    espiritSlice(espiritKernels(calibration, slice, options), [ny, nx], reference, {}, { maps, eigenvalues });
    if (border)
      continueToBorder(maps, border.energy.subarray(slice * pixels, (slice + 1) * pixels), [ny, nx], border.along);
    progress?.('coil maps', slice + 1, slices);
  }
  const empty = Array.from({ length: slices }, (_, k) => k)
    .filter((k) => data.subarray(k * size, (k + 1) * size).every((value) => value === 0)); // prettier-ignore
  if (empty.length === slices) {
    throw new SlicewiseError('GEOMETRY', {
      message: 'no coil maps: the calibration region of every slice is noise',
      expected: 'signal above the noise level in the centre of k-space',
      got: noise.type === 'gaussian' ? `a noise level of ${noise.std.toPrecision(3)}` : 'none',
      hint: 'check --noise-std and the axes of the file, or give coil maps (--maps)',
    });
  }
  if (empty.length > 0) told.push(`slices without signal have no coil maps and stay 0: ${spans(empty)} of ${slices}`);
  return { data, shape, dtype: 'complex64' };
}

/** Where maps that are periodic would be wrong; undefined where the object keeps its distance from the border. */
function objectAtBorder(calibration: Calibration, told: string[]): { energy: Float32Array; along: Along } | undefined {
  const { slices, coils, image } = calibration;
  const energy = coilEnergy(lowResolutionImages(calibration), slices, coils);
  const along = reachesBorder(energy, image);
  if (!along.y && !along.x) return undefined;
  const axes = [along.y && 'y', along.x && 'x'].filter(Boolean).join(' and ');
  told.push(`the object reaches the border of the field of view along ${axes}: coil maps are continued smoothly to it`);
  return { energy, along };
}

/** @example spans([0, 1, 2, 7]) // '0–2, 7' */
function spans(list: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const n of list) {
    if (runs.length > 0 && runs[runs.length - 1][1] === n - 1) runs[runs.length - 1][1] = n;
    else runs.push([n, n]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}
