import { SlicewiseError } from '../../../../core/errors.js';
import { seriesRecord } from '../../series.js';
import { philoxKey } from '../../../../core/philox.js';
import type { SamplingMask } from '../../../../core/sampling-mask.js';
import type { Grid, Measurement, NoiseModel } from '../../../../volumes/measurement.js';
import { volumeData, type Volume } from '../../../../volumes/volume.js';
import { parseOptions } from '../../../../core/options.js';
import { coilArray, coilMaps, type CoilLoop } from './coils.js';
import { complexPlane, transformTo, type Plane as Image } from './encode.js';
import { addComplexNoise } from './noise.js';
import { foregroundMean, foregroundThreshold, longestSide, objectExtent, pixelPlane, scannedPart } from './object.js';
import type { MrObject } from './object.js';
import { phaseOf, smoothPhase, type PhaseWave } from './phase.js';
import { requireAgreement, simulateMriSchema, type MriOptions, type SimulateMriOptions } from './options.js';
import { spacingOf, shapeOf } from '../../../../core/placement.js';
import { cartesianSampling, trajectorySampling, type Sampling } from './sampling.js';

export { simulateMriSchema, type SimulateMriOptions };

/** What is no option of the scan itself. */
export interface SimulateMriExtras {
  /** The user's own mask instead of one of the patterns: [1 or slice, ky, kx]. */
  readonly mask?: SamplingMask;
  readonly signal?: AbortSignal;
  /** After every slice. */
  readonly progress?: (done: number, slices: number) => void;
}

/**
 * Simulates a multi-coil MRI scan of an MR image, Cartesian or along a trajectory.
 *
 * The volume is turned to slices in `plane`, cropped, and taken as the magnitude m of the object, band-limited in the slice. For coil c
 *
 *     y_c = M (F (S_c e^{iφ} m) + n_c)
 *
 * with F the centred orthonormal 2-D transform, M the mask, φ a smooth phase in three dimensions, S_c the sensitivity of a circular loop by
 * the law of Biot and Savart with Σ|S_c|² = 1, and n_c white. S and φ multiply m on a grid `oversample` times finer, of which the lowest
 * frequencies are kept: the data come from no product on the grid of the reconstruction. With readout 'slice' (two phase directions) the
 * transform along the slices, which are all measured, has been taken: slices decouple, and since that transform is orthonormal the noise
 * stays white with the same standard deviation.
 *
 * With `trajectory` F and M are the spectrum of that finer product at the samples of spokes or spirals (mri-trajectory.ts) in cycles per
 * field of view, in the same scale: at integer k it is the Cartesian sample. Every slice is measured along the same trajectory, and no
 * transform of the reconstruction's grid is involved.
 *
 * Noise: σ = (mean of m over the foreground)/snr, where σ = √E|n|² of complex n: real and imaginary parts have σ/√2 each (`noise.std`).
 * Since Σ|S_c|² = 1, the combination Σ S̄_c Fᴴy_c of a fully sampled scan has noise of this σ at every pixel. Foreground is what exceeds a
 * tenth of the 99th percentile of the positive values. Samples of a trajectory have the same σ each, however densely they lie. The same
 * seed gives the same bits, and a slice and point the same noise under every mask.
 *
 * @returns kind fourier.cartesian [slice, coil, ky, kx], zero where not sampled, with `arrays.mask`, or fourier.noncartesian [slice, coil,
 *   sample] with `arrays.trajectory` [sample, 2]; the true `arrays.maps` only with `withMaps`; `meta.simulation` records everything,
 *   `meta.warnings` what no scanner does
 * @throws SlicewiseError ARGUMENT (options, mask), UNITS (CT volumes), SHAPE (mask), NOT_FINITE, ABORTED
 *
 * @example
 * const scan = await simulateMri(t1, { coils: 8, mask: 'poisson', accel: 8, snr: 30, seed: 1 });
 */
export async function simulateMri(
  source: Volume | MrObject,
  options: SimulateMriOptions,
  { mask: own, signal, progress }: SimulateMriExtras = {},
): Promise<Measurement> {
  const o = parseOptions('simulate mri', simulateMriSchema, options);
  requireAgreement(o, own);
  const { object, warnings } = scannedPart(source, o.plane, o.slices);
  const { magnitude } = object;
  const shape = shapeOf(magnitude);
  const sampling = o.trajectory ? trajectorySampling(shape, o) : cartesianSampling(shape, o, own);

  const data = volumeData(magnitude);
  const threshold = foregroundThreshold(data);
  const signalMean = foregroundMean(data, threshold);
  const sigma = o.snr === undefined ? 0 : signalMean / o.snr;
  const scene: Scene = {
    object,
    loops: coilArray(o.coils, objectExtent(magnitude, threshold), o.seed),
    waves: o.phase === 'none' ? [] : smoothPhase(longestSide(magnitude), o.seed),
    oversample: o.oversample,
  };
  const { kspace, maps, noisePower } = await measure(scene, sampling, sigma, o, signal, progress);
  const measuredSnr = sigma === 0 ? undefined : signalMean / Math.sqrt(noisePower / (sampling.points * shape[0] * o.coils));

  const noise: NoiseModel = sigma === 0 ? { type: 'none' } : { type: 'gaussian', std: sigma / Math.SQRT2 };
  const name = magnitude.meta.source ?? 'volume';
  const grid = gridOf(magnitude);
  const notes = [...warnings, ...sampling.warnings];
  const mapsShape = [shape[0], o.coils, shape[1], shape[2]];
  return {
    kind: sampling.kind,
    data: kspace,
    shape: [shape[0], o.coils, ...sampling.shape],
    dtype: 'complex64',
    geometry: sampling.geometry,
    noise,
    grid,
    arrays: {
      ...sampling.arrays,
      ...(maps ? { maps: { data: maps, shape: mapsShape, dtype: 'complex64' as const } } : {}),
    },
    meta: {
      source: name,
      simulation: {
        method: 'voxels',
        source: name,
        ...seriesRecord(magnitude.meta),
        plane: o.plane,
        ...(o.slices ? { slices: o.slices } : {}),
        oversample: o.oversample,
        grid: { shape: grid.shape, spacing: spacingOf(grid, 'mm') },
        coils: {
          count: o.coils,
          model: 'circular loops on a cylinder (Biot-Savart)',
          maps: o.withMaps ? 'in the scan' : 'not given',
        },
        phase: object.phase ? `given, ${o.phase} added` : o.phase,
        ...sampling.record,
        noise,
        ...(sigma === 0 ? {} : { snr: o.snr, measuredSnr, foregroundMean: signalMean, foregroundThreshold: threshold }),
        seed: o.seed,
      },
      ...(notes.length > 0 ? { warnings: notes } : {}),
    },
  };
}

/**
 * The magnitude that `simulateMri` scans, on the grid of the measurement: what a reconstruction may be compared with.
 */
export function scannedMagnitude(source: Volume | MrObject, options: SimulateMriOptions): Volume {
  const o = parseOptions('simulate mri', simulateMriSchema, options);
  return scannedPart(source, o.plane, o.slices).object.magnitude;
}

interface Scene {
  readonly object: MrObject;
  readonly loops: readonly CoilLoop[];
  readonly waves: readonly PhaseWave[];
  readonly oversample: number;
}

/** Slice after slice, so that no more than one slice of coil images is kept beside the data. */
async function measure(
  scene: Scene,
  sampling: Sampling,
  sigma: number,
  { coils, seed, withMaps }: MriOptions,
  signal: AbortSignal | undefined,
  progress: SimulateMriExtras['progress'],
): Promise<{ kspace: Float32Array; maps?: Float32Array; noisePower: number }> {
  const { magnitude } = scene.object;
  const [nk, ny, nx] = shapeOf(magnitude);
  const count = sampling.shape.reduce((a, n) => a * n, 1);
  const kspace = new Float32Array(2 * nk * coils * count);
  const maps = withMaps ? new Float32Array(2 * nk * coils * ny * nx) : undefined;
  const key = philoxKey(seed);
  let noisePower = 0;
  for (let k = 0; k < nk; k++) {
    // a turn of the event loop, in which an interruption is heard
    await new Promise((resolve) => setTimeout(resolve));
    if (signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'the simulation was stopped' });
    const measured = sampling.measured(k);
    let coil = 0;
    for (const image of coilImages(scene, k)) {
      const spectrum = sampling.samplesOf(image);
      const samples = kspace.subarray(2 * (k * coils + coil) * count, 2 * (k * coils + coil + 1) * count);
      for (let n = 0; n < 2 * count; n++) samples[n] = measured[n >> 1] === 0 ? 0 : spectrum[n];
      if (sigma > 0) noisePower += addComplexNoise(samples, measured, sigma / Math.SQRT2, key, k, coil);
      coil++;
    }
    maps?.set(coilMaps(scene.loops, pixelPlane(magnitude, k, 1)), 2 * k * coils * ny * nx);
    progress?.(k + 1, nk);
  }
  return { kspace, maps, noisePower };
}

/** S_c e^{iφ} m of one slice on the finer grid, coil after coil in the same memory. */
function* coilImages({ object, loops, waves, oversample }: Scene, k: number): Generator<Image> {
  const { magnitude, phase } = object;
  const [, ny, nx] = shapeOf(magnitude);
  const plane = pixelPlane(magnitude, k, oversample);
  const slice = (volume: Volume): Float32Array => volumeData(volume).subarray(k * ny * nx, (k + 1) * ny * nx);
  const image = complexPlane(slice(magnitude), [ny, nx]);
  if (phase) turn(image.data, slice(phase));
  // interpolated by its own frequencies; both transforms are orthonormal on the finer grid, so the spectrum keeps its scale
  const fine = oversample === 1 ? image : transformTo(transformTo(image, [ny, nx], 'forward'), plane.shape, 'inverse');
  if (waves.length > 0) turn(fine.data, phaseOf(waves, plane));
  const maps = coilMaps(loops, plane);
  const product: Image = { data: new Float64Array(fine.data.length), shape: plane.shape };
  for (let coil = 0; coil < loops.length; coil++) {
    multiply(fine.data, maps.subarray(coil * fine.data.length, (coil + 1) * fine.data.length), product.data);
    yield product;
  }
}

/** x ← x e^{iφ} */
function turn(x: Float64Array, phase: ArrayLike<number>): void {
  for (let n = 0; n < phase.length; n++) {
    const [re, im, c, s] = [x[2 * n], x[2 * n + 1], Math.cos(phase[n]), Math.sin(phase[n])];
    x[2 * n] = re * c - im * s;
    x[2 * n + 1] = re * s + im * c;
  }
}

function multiply(a: Float64Array, b: Float64Array, out: Float64Array): void {
  for (let n = 0; n < out.length; n += 2) {
    out[n] = a[n] * b[n] - a[n + 1] * b[n + 1];
    out[n + 1] = a[n] * b[n + 1] + a[n + 1] * b[n];
  }
}

const gridOf = (volume: Volume): Grid => ({
  shape: shapeOf(volume),
  axes: volume.axes,
  placement: volume.placement,
  units: 'arbitrary',
  modality: 'MR',
});
