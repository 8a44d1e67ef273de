import * as z from 'zod';
import { SlicewiseError } from '../../../../core/errors.js';
import { normals, philoxKey } from '../../../../core/philox.js';
import { drawEvenly, uniforms } from '../../../../operators/patterns/draws.js';
import { bandsFirst, cubeMeasurement } from '../../../../volumes/kinds/spectral/from-volume.js';
import { reductionOf } from '../../../../operators/sampling/reduction/of-scan.js';
import { reduced } from '../../../../operators/sampling/reduction/separable.js';
import { LEAST_KERNEL, REDUCED, type Reduction } from '../../../../volumes/kinds/reduced/schema.js';
import { KINDS_AXES, parseCubeAxes } from './axes.js';
import type { Measurement } from '../../../../volumes/measurement.js';
import { permuteVolume } from '../../../../volumes/permute.js';
import { shapeOf } from '../../../../core/placement.js';
import { makeVolume, type Volume } from '../../../../volumes/volume.js';

const share = z.number().min(0).lt(1);

/** Options of `simulateSpectral`; also the command line's. */
export const simulateSpectralSchema = z.strictObject({
  missing: share.default(0).describe('share of the entries that are missing, each by itself: 0.9'),
  missingPixels: share.default(0).describe('share of the pixels that are missing in all bands'),
  lines: z.int().nonnegative().default(0).describe('lines that are missing in all bands'),
  bands: z.int().nonnegative().default(0).describe('bands that are missing'),
  noiseStd: z.number().nonnegative().default(0).describe('standard deviation of the noise, as a share of the range of values: 0.1'),
  scale: z.enum(['band', 'cube']).default('band').describe('whose range: of each band, or of the cube'),
  sr: z
    .int()
    .min(2)
    .max(16)
    .optional()
    .describe('pixels so many times as long and as wide, for super-resolution: 2; with noise, without gaps'),
  kernel: z.enum(['bicubic', 'gaussian']).default('bicubic').describe('of --sr: what a large pixel sees of the small ones'),
  kernelStd: z
    .number()
    .min(LEAST_KERNEL)
    .max(100)
    .optional()
    .describe('of --kernel gaussian: standard deviation in small pixels; default so that half its height is as wide as a large pixel'),
  seed: z.int().default(0).describe('of noise and gaps'),
  axes: z.string().optional().describe(`axes of an array that does not tell, in its order (${KINDS_AXES}); of MATLAB the last comes first`),
});

/** Options of `simulateSpectral`, as given: all have defaults. */
export type SimulateSpectralOptions = z.input<typeof simulateSpectralSchema>;
type Options = z.output<typeof simulateSpectralSchema>;

/** Streams of random numbers, so that one seed serves all; noise has the band's number as slice. */
const STREAM = 0x68736920;
const [ENTRY, PIXEL, LINE, BAND] = [0, 1 << 24, (1 << 24) + 1, (1 << 24) + 2];

/**
 * The cube that is scanned: [band, line, sample].
 * @throws SlicewiseError ARGUMENT where its axes are not known
 */
export function scannedCube(volume: Volume, { axes }: Pick<Options, 'axes'>): Volume {
  const cube = axes === undefined ? bandsFirst(volume) : named(volume, axes);
  shapeOf(cube);
  return cube;
}

function named(volume: Volume, text: string): Volume {
  const { order, axes } = parseCubeAxes(text, volume);
  return permuteVolume(makeVolume(volume.data, volume.shape, { ...volume, axes, placement: undefined, modality: 'hyperspectral' }), order);
}

/**
 * Gaussian noise, then gaps: bands, lines, pixels, and entries of what is left, each drawn without replacement, so that shares are
 * exact to one. Entries of the cube that are no measurement stay so. The scan never holds the truth.
 * With `sr` pixels are made larger first, and nothing is taken away.
 * @throws SlicewiseError ARGUMENT where nothing would be left, or more lines or bands are taken than there are; for large pixels with gaps
 */
export function simulateSpectral(volume: Volume, given: SimulateSpectralOptions = {}): Measurement {
  const options = simulateSpectralSchema.parse(given);
  const scan = cubeMeasurement(scannedCube(volume, options));
  if (options.sr === undefined && (options.kernel !== 'bicubic' || options.kernelStd !== undefined)) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'a kernel belongs to large pixels',
      expected: 'sr beside it',
      got: 'kernel without sr',
    });
  }
  if (options.sr !== undefined) return largePixels(scan, options, String(volume.meta.source ?? 'volume'));
  const [bands, lines, samples] = scan.shape;
  const pixels = lines * samples;
  const data = scan.data.slice();
  const mask = scan.arrays!.mask.data.slice();
  const noise = addNoise(data, mask, bands, options);
  const { seed } = options;
  const drop = (n: number): void => void ((mask[n] = 0), (data[n] = 0));
  for (const b of drawn(bands, options.bands, 'bands', seed, BAND)) for (let p = 0; p < pixels; p++) drop(b * pixels + p);
  for (const line of drawn(lines, options.lines, 'lines', seed, LINE)) {
    for (let b = 0; b < bands; b++) for (let s = 0; s < samples; s++) drop(b * pixels + line * samples + s);
  }
  for (const p of drawn(pixels, Math.round(options.missingPixels * pixels), 'pixels', seed, PIXEL)) {
    for (let b = 0; b < bands; b++) drop(b * pixels + p);
  }
  if (options.missing > 0) dropEntries(mask, data, bands, options);
  const { axes: _, kernel: _kernel, ...told } = options;
  const made: Measurement = {
    ...scan,
    data,
    noise: options.noiseStd > 0 ? { type: 'gaussian', std: rms(noise) } : { type: 'none' },
    arrays: {
      mask: { data: mask, shape: scan.shape, dtype: 'float32' },
      ...(options.noiseStd > 0 ? { noise: { data: noise, shape: [bands], dtype: 'float32' } } : {}),
    },
    meta: { ...scan.meta, simulation: { source: String(volume.meta.source ?? 'volume'), oversample: 1, ...told } },
  };
  return mask.includes(1) ? made : nothingLeft();
}

/** The cube as a sensor of larger pixels has it, with noise. */
function largePixels(scan: Measurement, options: Options, source: string): Measurement {
  const { missing, missingPixels, lines, bands: without, sr, kernel, kernelStd } = options;
  if (missing > 0 || missingPixels > 0 || lines > 0 || without > 0 || scan.arrays!.mask.data.includes(0)) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'large pixels have no gaps',
      expected: 'sr with noise alone, and a cube without entries that say no data or bands that are called bad',
      got: scan.arrays!.mask.data.includes(0) ? 'a cube with such entries' : 'sr with entries, pixels, lines or bands that are missing',
    });
  }
  if (kernelStd !== undefined && kernel !== 'gaussian') {
    throw new SlicewiseError('ARGUMENT', { message: 'kernelStd belongs to a Gaussian', expected: 'kernel gaussian', got: kernel });
  }
  const factor = sr!;
  const geometry: Reduction = {
    factor,
    kernel: kernel === 'bicubic' ? { type: kernel } : { type: kernel, std: kernelStd ?? factor / (2 * Math.sqrt(2 * Math.LN2)) },
  };
  const separable = reductionOf(geometry, scan.grid.shape);
  const data = reduced(scan.data, separable);
  const shape = [scan.shape[0], separable.rows.rows, separable.columns.rows];
  const noise = addNoise(data, new Float32Array(data.length).fill(1), shape[0], options);
  const { axes: _, missing: _m, missingPixels: _p, lines: _l, bands: _b, ...told } = options;
  return {
    ...scan,
    ...{ kind: REDUCED, data, shape, geometry },
    noise: options.noiseStd > 0 ? { type: 'gaussian', std: rms(noise) } : { type: 'none' },
    arrays: options.noiseStd > 0 ? { noise: { data: noise, shape: [shape[0]], dtype: 'float32' } } : {},
    meta: { ...scan.meta, simulation: { source, oversample: 1, ...told } },
  };
}

export const rms = (values: Float32Array): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);

function nothingLeft(): never {
  throw new SlicewiseError('ARGUMENT', { message: 'nothing of the cube would be measured', hint: 'take less away' });
}

/** Adds the noise of every band to its entries. @returns its standard deviation, band by band */
function addNoise(data: Float32Array, mask: Float32Array, bands: number, { noiseStd, scale, seed }: Options): Float32Array {
  const pixels = data.length / bands;
  const ranges = Array.from({ length: bands }, (_, b) => rangeOf(data, mask, b * pixels, (b + 1) * pixels));
  const low = Math.min(...ranges.map(([least]) => least));
  const high = Math.max(...ranges.map(([, most]) => most));
  const noise = new Float32Array(bands);
  const key = philoxKey(seed);
  for (let b = 0; b < bands; b++) {
    const [least, most] = scale === 'band' ? ranges[b] : [low, high];
    noise[b] = most > least ? noiseStd * (most - least) : 0;
    if (noise[b] === 0) continue;
    const values = normals(pixels, key, b, 0, STREAM);
    for (let p = 0; p < pixels; p++) if (mask[b * pixels + p] === 1) data[b * pixels + p] += noise[b] * values[p];
  }
  return noise;
}

function rangeOf(data: Float32Array, mask: Float32Array, from: number, to: number): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let n = from; n < to; n++) {
    if (mask[n] === 0) continue;
    low = Math.min(low, data[n]);
    high = Math.max(high, data[n]);
  }
  return [low, high];
}

function drawn(there: number, count: number, what: string, seed: number, slice: number): number[] {
  if (count === 0) return [];
  if (count < there) return drawEvenly([...Array(there).keys()], count, seed, slice);
  throw new SlicewiseError('ARGUMENT', {
    message: `${what} that are missing`,
    expected: `fewer than the ${there} there are`,
    got: `${count}`,
  });
}

/** Of each band the share of its entries, drawn one by one without replacement. */
function dropEntries(mask: Float32Array, data: Float32Array, bands: number, { missing, seed }: Options): void {
  const pixels = data.length / bands;
  for (let b = 0; b < bands; b++) {
    const there = Array.from({ length: pixels }, (_, p) => b * pixels + p).filter((n) => mask[n] === 1);
    const scores = uniforms(there.length, seed, ENTRY + b);
    const order = Array.from(there.keys()).sort((i, j) => scores[i] - scores[j]);
    for (const i of order.slice(0, Math.round(missing * there.length))) {
      mask[there[i]] = 0;
      data[there[i]] = 0;
    }
  }
}
