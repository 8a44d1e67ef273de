import { SlicewiseError } from '../../../../core/errors.js';
import { fullySampledCentre, type CentredRegion } from '../../../../core/sampling-mask.js';

/**
 * The largest fully sampled rectangle about the centre of k-space, its sides at most `atMost`.
 * A 1-D mask gives its autocalibration lines times `atMost`, a Poisson disc its dense middle.
 *
 * @param mask [ky, kx] or [slice, ky, kx], 0 where nothing was measured; what counts is measured in every slice
 * @param atMost largest side; default 24, as in the tools whose maps are compared with ours
 * @param atLeast smallest side; default 6, a kernel of ESPIRiT
 * @throws SlicewiseError GEOMETRY when there is none that large, with the one that was found; SHAPE for a mask of another size
 */
export function calibrationRegion(
  mask: Float32Array,
  [ny, nx]: readonly [number, number],
  { atMost = 24, atLeast = 6 }: { readonly atMost?: number; readonly atLeast?: number } = {},
): CentredRegion {
  const plane = ny * nx;
  if (mask.length === 0 || mask.length % plane !== 0) {
    throw new SlicewiseError('SHAPE', {
      message: 'sampling mask',
      expected: `${ny} × ${nx} values [ky, kx] for all slices or for each`,
      got: `${mask.length}`,
    });
  }
  const found = fullySampledCentre({ data: mask, shape: [mask.length / plane, ny, nx] }, atMost);
  if (found && Math.min(found.height, found.width) >= atLeast) return found;
  throw new SlicewiseError('GEOMETRY', {
    message: !found ? 'the centre of k-space was not measured' : 'the calibration region is too small',
    expected:
      `a fully sampled rectangle of at least ${atLeast} × ${atLeast} samples about the centre of k-space (ky ` +
      `${Math.floor(ny / 2)}, kx ${Math.floor(nx / 2)})`,
    got: !found ? 'none' : `${found.height} × ${found.width}`,
    hint:
      'give coil maps with the scan, allow a smaller calibration region (with smaller kernels), or measure more lines in the centre; ' +
      'if the centre of k-space is elsewhere, the axes or the centring of the file were read wrongly',
  });
}

/** Calibration data of a volume: the same rectangle of every slice and coil. */
export interface Calibration {
  /** Complex, interleaved, [slice, coil, height, width]. */
  readonly data: Float32Array;
  readonly slices: number;
  readonly coils: number;
  readonly region: CentredRegion;
  /** Size of the image the region belongs to, [y, x]. */
  readonly image: readonly [number, number];
}

/**
 * Cuts a region out of k-space.
 * @param kspace complex, interleaved, [slice, coil, ky, kx]
 * @throws SlicewiseError SHAPE for other sizes; NOT_FINITE; GEOMETRY when the region holds zeros alone
 */
export function cutCalibration(
  kspace: Float32Array,
  [slices, coils, ny, nx]: readonly [number, number, number, number],
  region: CentredRegion,
): Calibration {
  if (kspace.length !== 2 * slices * coils * ny * nx) {
    throw new SlicewiseError('SHAPE', {
      message: 'k-space',
      expected: `${slices} × ${coils} × ${ny} × ${nx} complex values [slice, coil, ky, kx]`,
      got: `${kspace.length / 2} complex values`,
    });
  }
  const { ky, kx, height, width } = region;
  if (ky < 0 || kx < 0 || ky + height > ny || kx + width > nx || height < 1 || width < 1) {
    throw new SlicewiseError('SHAPE', {
      message: 'calibration region',
      expected: `a rectangle inside ${ny} × ${nx}`,
      got: `${height} × ${width} at (${ky}, ${kx})`,
    });
  }
  const data = new Float32Array(2 * slices * coils * height * width);
  let to = 0;
  for (let plane = 0; plane < slices * coils; plane++) {
    for (let y = 0; y < height; y++, to += 2 * width) {
      const from = 2 * ((plane * ny + ky + y) * nx + kx);
      data.set(kspace.subarray(from, from + 2 * width), to);
    }
  }
  let signal = false;
  for (const value of data) {
    if (!Number.isFinite(value)) {
      throw new SlicewiseError('NOT_FINITE', { message: 'the calibration region holds NaN or infinity' });
    }
    if (value !== 0) signal = true;
  }
  if (!signal) {
    throw new SlicewiseError('GEOMETRY', {
      message: 'no signal in the calibration region',
      expected: 'measured samples in the centre of k-space',
      got: 'zeros in all coils and slices',
      hint: 'check the axes of the file, and that the mask belongs to these data',
    });
  }
  return { data, slices, coils, region, image: [ny, nx] };
}
