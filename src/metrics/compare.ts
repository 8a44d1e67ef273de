import { SlicewiseError } from '../../core/errors.js';
import { shapeOf, volumeData, type Units, type Volume } from '../../volumes/volume.js';
import { errorSummary, psnr, type Clip, type ErrorSummary } from './errors.js';
import { PLANES, sliceAcross, sliceLayout, stackAxis, type Plane } from './planes.js';
import { SSIM_WINDOW, ssim2d } from './ssim.js';

/** What `compareVolumes` returns: plain JSON; null where a number does not exist. */
export interface Comparison {
  units: Units;
  shape: [number, number, number];
  /** Whole volume, dB; null when the volumes are equal (infinite). */
  psnr: number | null;
  /** The peak used for PSNR, which is the data range of SSIM too. */
  peak: number;
  /** What both volumes were clipped to for PSNR and SSIM; null: not clipped. */
  clip: { low: number; high: number } | null;
  /** Where the peak comes from. */
  peakSource: 'HU window' | 'range of the reference' | 'given';
  /** Mean over the axial slices; null when they are smaller than 11×11. */
  ssim: number | null;
  /** Mean over the slices of each plane; null when a side of them is below 11 voxels. */
  ssimByPlane: Record<Plane, number | null>;
  /** Errors recon − reference in `units`, not clipped. */
  error: ErrorSummary;
}

export interface CompareOptions {
  /** Peak for PSNR and data range for SSIM; default 2000 for HU, the reference's range otherwise. */
  readonly peak?: number;
  /** Clip of both volumes for PSNR and SSIM; default [−1000, 1000] for HU; null: none. */
  readonly clip?: Clip | null;
  /** Planes whose SSIM is computed, all by default. The whole-volume SSIM is the axial one. */
  readonly planes?: readonly Plane[];
}

/**
 * Compares a reconstruction with its reference, voxel by voxel. Both must already be on one grid, in one unit.
 * HU: peak 2000, both clipped to [−1000, 1000] for PSNR and SSIM. Other units: peak is the reference's range, unclipped.
 * @throws SlicewiseError SHAPE (grids differ), UNITS (units differ), NOT_FINITE (NaN or Inf)
 */
export function compareVolumes(recon: Volume, reference: Volume, options: CompareOptions = {}): Comparison {
  requireMatched(recon, reference);
  const a = volumeData(recon);
  const b = volumeData(reference);
  const error = errorSummary(a, b);
  const isHu = reference.units === 'HU';
  const clip = options.clip === undefined ? (isHu ? { low: -1000, high: 1000 } : null) : options.clip;
  const peak = options.peak ?? (isHu ? 2000 : rangeOf(b));
  const peakSource = options.peak !== undefined ? 'given' : isHu ? 'HU window' : 'range of the reference';
  const decibel = psnr(a, b, { peak, clip: clip ?? undefined });

  const ssimByPlane: Record<Plane, number | null> = { axial: null, coronal: null, sagittal: null };
  for (const plane of options.planes ?? PLANES) {
    ssimByPlane[plane] = planeSsim(a, b, reference, plane, peak, clip);
  }
  return {
    units: reference.units,
    shape: shapeOf(reference),
    psnr: Number.isFinite(decibel) ? decibel : null,
    peak,
    clip: clip && { low: clip.low, high: clip.high },
    peakSource,
    ssim: ssimByPlane.axial,
    ssimByPlane,
    error,
  };
}

/** Mean SSIM over the slices of one plane, or null when no 11×11 window fits. */
function planeSsim(
  a: Float32Array,
  b: Float32Array,
  volume: Volume,
  plane: Plane,
  dataRange: number,
  clip: Clip | null,
): number | null {
  const axis = stackAxis(volume, plane);
  const { rows, columns, count } = sliceLayout(volume, axis);
  if (rows < SSIM_WINDOW || columns < SSIM_WINDOW) return null;
  const sliceA = new Float32Array(rows * columns);
  const sliceB = new Float32Array(rows * columns);
  let sum = 0;
  for (let index = 0; index < count; index++) {
    sliceAcross(a, shapeOf(volume), axis, index, sliceA);
    sliceAcross(b, shapeOf(volume), axis, index, sliceB);
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
  const got = shapeOf(recon);
  const expected = shapeOf(reference);
  if (got.some((n, i) => n !== expected[i])) {
    throw new SlicewiseError('SHAPE', {
      message: 'the volumes are on different grids',
      expected: `[${expected.join(', ')}]`,
      got: `[${got.join(', ')}]`,
      hint: 'match the reference to the reconstruction by its affine first',
    });
  }
  if (recon.units !== reference.units) {
    throw new SlicewiseError('UNITS', {
      message: 'the volumes are in different units',
      expected: reference.units,
      got: recon.units,
      hint: 'convert one of them first',
    });
  }
}
