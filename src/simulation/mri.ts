import { z } from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { philoxKey } from '../../core/philox.js';
import { summariseMask, type SamplingMask } from '../../core/sampling-mask.js';
import { checkMask } from '../../operators/fourier/mask.js';
import { CALIBRATION, maskPatterns, samplingMask } from '../../operators/mask/index.js';
import type { Grid, Measurement, NamedArray, NoiseModel } from '../../volumes/measurement.js';
import { shapeOf, volumeData, type Volume } from '../../volumes/volume.js';
import { parseOptions } from '../solvers/options.js';
import { coilArray, coilMaps, type CoilLoop } from './mri-coils.js';
import { complexPlane, transformTo, type Plane as Image } from './mri-encode.js';
import { addComplexNoise } from './mri-noise.js';
import {
  foregroundMean,
  foregroundThreshold,
  longestSide,
  objectExtent,
  pixelPlane,
  scannedPart,
} from './mri-object.js';
import type { MrObject } from './mri-object.js';
import { phaseOf, smoothPhase, type PhaseWave } from './mri-phase.js';
import { mriWarnings } from './mri-warnings.js';

const patterns = maskPatterns.names() as [string, ...string[]];

/** Options of `simulateMri`; also the command line's. */
export const simulateMriSchema = z.strictObject({
  coils: z.int().min(1).max(128).default(8).describe('receive coils around the object'),
  mask: z.enum(patterns).optional().describe('samples of k-space, equispaced, random and gaussian lines, or points; default: all'),
  accel: z.number().min(1).optional().describe('acceleration: all points ÷ sampled points, calibration region included; default 4'),
  acs: z.int().nonnegative().default(CALIBRATION).describe('fully sampled calibration region: lines, or points along each axis'),
  corners: z.boolean().default(true).describe('sample the corners of k-space (masks of points)'),
  perSlice: z.boolean().default(false).describe('a mask of its own for every slice (2-D acquisitions)'),
  readout: z.enum(['kx', 'slice']).optional()
    .describe('fully sampled direction: kx, each slice encoded alone, or slice, 3-D encoding; default kx for lines, slice for points'),
  plane: z.enum(['axial', 'coronal', 'sagittal']).default('axial').describe('plane of the slices'),
  slices: z.tuple([z.int().nonnegative(), z.int().nonnegative()]).optional()
    .describe('first and last slice, both included, counted from the feet, back or left'),
  snr: z.number().positive().optional()
    .describe('mean foreground magnitude ÷ standard deviation of the complex noise in the fully sampled, coil-combined image; default: no noise'),
  phase: z.enum(['smooth', 'none']).default('smooth').describe('phase of the object'),
  oversample: z.int().min(1).max(4).default(2).describe('coils and phase act on an image grid finer by this factor; 1 is an inverse crime'),
  withMaps: z.boolean().default(false).describe('write the true coil sensitivities into the scan (an inverse crime)'),
  seed: z.int().default(0).describe('of mask, noise, coils and phase'),
}); // prettier-ignore

export type SimulateMriOptions = z.input<typeof simulateMriSchema>;

export interface SimulateMriExtras {
  /** The user's own mask instead of one of the patterns: [1 or slice, ky, kx]. */
  readonly mask?: SamplingMask;
  readonly signal?: AbortSignal;
  /** After every slice. */
  readonly progress?: (done: number, slices: number) => void;
}

/** Acceleration of a mask that is asked for without one. */
const ACCELERATION = 4;

/**
 * Simulates a multi-coil Cartesian MRI scan of an MR image.
 *
 * The volume is turned to slices in `plane`, cropped, and taken as the magnitude m of the object, band-limited in the slice. For coil c
 *
 *     y_c = M (F (S_c e^{iφ} m) + n_c)
 *
 * with F the centred orthonormal 2-D transform, M the mask, φ a smooth phase in three dimensions, S_c the sensitivity of a circular loop by the law of Biot and
 * Savart with Σ|S_c|² = 1, and n_c white. S and φ multiply m on a grid `oversample` times finer, of which the lowest frequencies are kept: the data
 * come from no product on the grid of the reconstruction. With readout 'slice' (two phase directions) the transform along the slices, which are all measured,
 * has been taken: slices decouple, and since that transform is orthonormal the noise stays white with the same standard deviation.
 *
 * Noise: σ = (mean of m over the foreground)/snr, where σ = √E|n|² of complex n: real and imaginary parts have σ/√2 each (`noise.std`). Since Σ|S_c|² = 1,
 * the combination Σ S̄_c Fᴴy_c of a fully sampled scan has noise of this σ at every pixel. Foreground is what exceeds a tenth of the 99th percentile of the
 * positive values. The same seed gives the same bits, and a slice and point the same noise under every mask.
 *
 * @returns kind fourier.cartesian [slice, coil, ky, kx], zero where not sampled, `arrays.mask`, and the true `arrays.maps` only with `withMaps`;
 *   `meta.simulation` records everything, `meta.warnings` what no scanner does
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
  requireSense(o, own);
  const { object, warnings } = scannedPart(source, o.plane, o.slices);
  const { magnitude } = object;
  const shape = shapeOf(magnitude);
  const mask = own ?? drawMask(shape, o);
  checkMask(mask, shape);
  const sampling = summariseMask(mask);
  const readout = o.readout ?? (sampling.dimensions === 1 ? 'kx' : 'slice');
  if (readout === 'slice' && mask.shape[0] > 1) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'a 3-D scan (readout along the slices) measures the same points for all slices',
      expected: 'one mask',
      got: `${mask.shape[0]} masks`,
      hint: 'leave per-slice masks out, or take the readout kx',
    });
  }

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
  const { kspace, maps, noisePower } = await measure(scene, mask, sigma, o, signal, progress);
  const samples = sampling.points * shape[0] * o.coils;
  const measuredSnr = sigma === 0 ? undefined : signalMean / Math.sqrt(noisePower / samples);

  const noise: NoiseModel = sigma === 0 ? { type: 'none' } : { type: 'gaussian', std: sigma / Math.SQRT2 };
  const maskArray: NamedArray = { data: mask.data, shape: mask.shape, dtype: 'float32' };
  const dataShape = [shape[0], o.coils, shape[1], shape[2]];
  const name = magnitude.meta.source ?? 'volume';
  const [grid, asked] = [gridOf(magnitude), own ? undefined : o.mask && (o.accel ?? ACCELERATION)];
  const notes = [...warnings, ...mriWarnings({ sampling, readout, coils: o.coils, withMaps: o.withMaps })];
  return {
    kind: 'fourier.cartesian',
    data: kspace,
    shape: dataShape,
    dtype: 'complex64',
    geometry: { readout },
    noise,
    grid,
    arrays: {
      mask: maskArray,
      ...(maps ? { maps: { data: maps, shape: dataShape, dtype: 'complex64' as const } } : {}),
    },
    meta: {
      source: name,
      simulation: {
        method: 'voxels',
        source: name,
        plane: o.plane,
        ...(o.slices ? { slices: o.slices } : {}),
        oversample: o.oversample,
        grid: { shape: grid.shape, spacing: grid.spacing },
        coils: {
          count: o.coils,
          model: 'circular loops on a cylinder (Biot-Savart)',
          maps: o.withMaps ? 'in the scan' : 'not given',
        },
        phase: object.phase ? `given, ${o.phase} added` : o.phase,
        mask: {
          pattern: own ? 'own' : (o.mask ?? 'full'),
          ...(asked === undefined ? {} : { acceleration: asked, calibration: o.acs, corners: o.corners }),
          measuredAcceleration: sampling.acceleration,
          points: sampling.points,
          ...(sampling.lines === undefined ? {} : { lines: sampling.lines }),
        },
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

type Options = z.output<typeof simulateMriSchema>;

interface Scene {
  readonly object: MrObject;
  readonly loops: readonly CoilLoop[];
  readonly waves: readonly PhaseWave[];
  readonly oversample: number;
}

/** Slice after slice, so that no more than one slice of coil images is kept beside the data. */
async function measure(
  scene: Scene,
  mask: SamplingMask,
  sigma: number,
  { coils, seed, withMaps }: Options,
  signal: AbortSignal | undefined,
  progress: SimulateMriExtras['progress'],
): Promise<{ kspace: Float32Array; maps?: Float32Array; noisePower: number }> {
  const { magnitude } = scene.object;
  const [nk, ny, nx] = shapeOf(magnitude);
  const pixels = ny * nx;
  const kspace = new Float32Array(2 * nk * coils * pixels);
  const maps = withMaps ? new Float32Array(kspace.length) : undefined;
  const key = philoxKey(seed);
  let noisePower = 0;
  for (let k = 0; k < nk; k++) {
    // a turn of the event loop, in which an interruption is heard
    await new Promise((resolve) => setTimeout(resolve));
    if (signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'the simulation was stopped' });
    const sampled = mask.data.subarray(mask.shape[0] > 1 ? k * pixels : 0).subarray(0, pixels);
    coilSpectra(scene, k).forEach((spectrum, coil) => {
      const samples = kspace.subarray(2 * (k * coils + coil) * pixels, 2 * (k * coils + coil + 1) * pixels);
      for (let n = 0; n < 2 * pixels; n++) samples[n] = sampled[n >> 1] === 0 ? 0 : spectrum[n];
      if (sigma > 0) noisePower += addComplexNoise(samples, sampled, sigma / Math.SQRT2, key, k, coil);
    });
    maps?.set(coilMaps(scene.loops, pixelPlane(magnitude, k, 1)), 2 * k * coils * pixels);
    progress?.(k + 1, nk);
  }
  return { kspace, maps, noisePower };
}

/** F (S_c e^{iφ} m) of one slice for every coil, on the grid of the measurement. */
function coilSpectra({ object, loops, waves, oversample }: Scene, k: number): Float64Array[] {
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
  return loops.map((_, coil) => {
    multiply(fine.data, maps.subarray(coil * fine.data.length, (coil + 1) * fine.data.length), product.data);
    return transformTo(product, [ny, nx], 'forward').data;
  });
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

function drawMask([nk, ny, nx]: readonly [number, number, number], o: Options): SamplingMask {
  if (o.mask === undefined) return { data: new Float32Array(ny * nx).fill(1), shape: [1, ny, nx] };
  const { acs: calibration, seed, corners, accel: acceleration = ACCELERATION } = o;
  const slices = o.perSlice ? { slices: nk } : {};
  return samplingMask({ pattern: o.mask, shape: [ny, nx], acceleration, calibration, seed, corners, ...slices });
}

/** What the schema cannot say. */
function requireSense(o: Options, own: SamplingMask | undefined): void {
  const wrong = (message: string, hint: string): SlicewiseError => new SlicewiseError('ARGUMENT', { message, hint });
  if (own && o.mask !== undefined) throw wrong('two masks: a pattern and one of your own', 'give one of them');
  const without = own ? 'a mask of your own has its own samples' : 'every point is measured without a mask';
  const hint = own ? 'leave the option out' : `give mask, one of ${patterns.join(', ')}`;
  for (const [option, given] of [
    ['accel', o.accel !== undefined],
    ['perSlice', o.perSlice],
    ['corners', !o.corners],
  ] as const) {
    // prettier-ignore
    if (given && o.mask === undefined) throw wrong(`${option}: ${without}`, hint);
  }
}

const gridOf = (volume: Volume): Grid => ({
  shape: shapeOf(volume),
  spacing: volume.spacing,
  origin: volume.origin,
  direction: [...volume.direction],
  units: 'arbitrary',
  modality: 'MR',
});
