import { SlicewiseError } from '../../core/errors.js';
import { volumeData, type Units, type Volume, magnitudeOf } from '../../volumes/volume.js';
import { requireSameAxes } from '../../volumes/match.js';
import { errorSummary, psnr, type Clip, type ErrorSummary } from './errors.js';
import { imageCount, imageOf, planeNamed, planesOf, type VolumePlane } from './planes.js';
import { compareSpectra, type SpectralComparison } from './spectral.js';
import { SSIM_WINDOW, ssim2d } from './ssim.js';
import { isBandAxis } from '../../volumes/bands.js';

/** What `compareVolumes` returns: plain JSON; null where a number does not exist. */
export interface Comparison {
  units: Units;
  shape: number[];
  /** Whole volume, dB; null when the volumes are equal (infinite). */
  psnr: number | null;
  /**
   * 10 log₁₀ of Σ reference² / Σ (recon − reference)², dB, not clipped; null when the volumes are equal. The field's number for traces and
   * cubes.
   */
  snr: number | null;
  /** The same over parts of the volume that were asked for, by name. */
  snrOf?: { [part: string]: number | null };
  /** The peak used for PSNR, which is the data range of SSIM too. */
  peak: number;
  /** What both volumes were clipped to for PSNR and SSIM; null: not clipped. */
  clip: { low: number; high: number } | null;
  /** Where the peak comes from. */
  peakSource: 'HU window' | 'range of the reference' | 'given';
  /** Mean over the axial slices (without a place: over the images of the last two axes); null when they are smaller than 11×11. */
  ssim: number | null;
  /**
   * Mean over the images of each plane, by its name: axial, coronal and sagittal, or of volumes without a place those of the axes
   * (`planesOf`); null when a side of them is below 11 samples.
   */
  ssimByPlane: { [plane: string]: number | null };
  /** Errors recon − reference in `units`, not clipped. */
  error: ErrorSummary;
  /** Of cubes whose first axis is that of bands. */
  spectral?: SpectralComparison;
}

/** How two volumes are compared. */
export interface CompareOptions {
  /** Peak for PSNR and data range for SSIM; default 2000 for HU, the reference's range otherwise. */
  readonly peak?: number;
  /** Clip of both volumes for PSNR and SSIM; default [−1000, 1000] for HU; null: none. */
  readonly clip?: Clip | null;
  /** Planes whose SSIM is computed, all by default. The whole-volume SSIM is that of the first. */
  readonly planes?: readonly string[];
  /** Parts to give the SNR of: a value for each of the volume's, not 0 where it belongs to the part. */
  readonly parts?: { readonly [name: string]: ArrayLike<number> };
}

/**
 * Compares a reconstruction with its reference, voxel by voxel. Both must already be on one grid, in one unit.
 * Complex volumes are compared by their magnitudes. HU: peak 2000, both clipped to [−1000, 1000] for PSNR and SSIM. Other units: peak is
 * the reference's range, unclipped.
 * @throws SlicewiseError SHAPE (grids differ), GEOMETRY (axes differ), UNITS (units differ), NOT_FINITE (NaN or Inf)
 */
export function compareVolumes(recon: Volume, reference: Volume, options: CompareOptions = {}): Comparison {
  if (recon.dtype === 'complex64' || reference.dtype === 'complex64') {
    return compareVolumes(magnitudeOf(recon), magnitudeOf(reference), options);
  }
  requireMatched(recon, reference);
  const a = volumeData(recon);
  const b = volumeData(reference);
  const error = errorSummary(a, b);
  const isHu = reference.units === 'HU';
  const clip = options.clip === undefined ? (isHu ? { low: -1000, high: 1000 } : null) : options.clip;
  const peak = options.peak ?? (isHu ? 2000 : rangeOf(b));
  const peakSource = options.peak !== undefined ? 'given' : isHu ? 'HU window' : 'range of the reference';
  const decibel = psnr(a, b, { peak, clip: clip ?? undefined });

  const planes = planesOf(reference);
  const asked = options.planes?.map((name) => planeNamed(reference, name).name);
  const ssimByPlane: { [plane: string]: number | null } = {};
  for (const plane of planes) {
    const wanted = asked?.includes(plane.name) ?? true;
    ssimByPlane[plane.name] = wanted ? planeSsim(a, b, reference.shape, plane, peak, clip) : null;
  }
  return {
    units: reference.units,
    shape: [...reference.shape],
    psnr: Number.isFinite(decibel) ? decibel : null,
    snr: snr(a, b),
    ...(options.parts ? { snrOf: Object.fromEntries(Object.entries(options.parts).map(([name, part]) => [name, snr(a, b, part)])) } : {}),
    peak,
    clip: clip && { low: clip.low, high: clip.high },
    peakSource,
    ssim: ssimByPlane[planes[0].name],
    ssimByPlane,
    error,
    ...(reference.shape.length === 3 && isBandAxis(reference.axes[0]) ? { spectral: compareSpectra(recon, reference, options.peak) } : {}),
  };
}

/** Null where there is no error. */
function snr(a: Float32Array, b: Float32Array, part?: ArrayLike<number>): number | null {
  let [error, signal] = [0, 0];
  for (let n = 0; n < b.length; n++) {
    if (part && !part[n]) continue;
    error += (a[n] - b[n]) ** 2;
    signal += b[n] ** 2;
  }
  return error === 0 ? null : 10 * Math.log10(signal / error);
}

/** Mean SSIM over the images of one plane, or null when no 11×11 window fits. */
function planeSsim(
  a: Float32Array,
  b: Float32Array,
  shape: readonly number[],
  plane: VolumePlane,
  dataRange: number,
  clip: Clip | null,
): number | null {
  const [rows, columns] = [shape[plane.rows], shape[plane.columns]];
  const count = imageCount(shape, plane);
  if (rows < SSIM_WINDOW || columns < SSIM_WINDOW) return null;
  const sliceA = new Float32Array(rows * columns);
  const sliceB = new Float32Array(rows * columns);
  let sum = 0;
  for (let index = 0; index < count; index++) {
    imageOf(a, shape, plane, index, sliceA);
    imageOf(b, shape, plane, index, sliceB);
    if (clip) {
      clipInPlace(sliceA, clip);
      clipInPlace(sliceB, clip);
    }
    sum += ssim2d(sliceA, sliceB, rows, columns, { dataRange });
  }
  return sum / count;
}

function clipInPlace(values: Float32Array, clip: Clip): void {
  for (let i = 0; i < values.length; i++) values[i] = Math.min(Math.max(values[i], clip.low), clip.high);
}

function rangeOf(values: Float32Array): number {
  let low = Infinity;
  let high = -Infinity;
  for (const v of values) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  if (high > low) return high - low;
  throw new SlicewiseError('ARGUMENT', {
    message: 'the reference is constant, so its range is no peak for PSNR and SSIM',
    expected: 'a reference that varies',
    got: `${low} everywhere`,
    hint: 'give the peak',
  });
}

function requireMatched(recon: Volume, reference: Volume): void {
  const [got, expected] = [recon.shape, reference.shape];
  if (got.length !== expected.length || got.some((n, i) => n !== expected[i])) {
    throw new SlicewiseError('SHAPE', {
      message: 'the volumes are on different grids',
      expected: `[${expected.join(', ')}]`,
      got: `[${got.join(', ')}]`,
      hint: 'match the reference to the reconstruction by its affine first',
    });
  }
  // what has a place was matched by it; two volumes without one must say the same of themselves
  if (!recon.placement || !reference.placement) requireSameAxes(recon, reference);
  if (recon.units !== reference.units) {
    throw new SlicewiseError('UNITS', {
      message: 'the volumes are in different units',
      expected: reference.units,
      got: recon.units,
      hint: 'convert one of them first',
    });
  }
}
