import { SlicewiseError } from '../../core/errors.js';

/** A rectangle of k-space about its centre (⌊ny/2⌋, ⌊nx/2⌋): an even side has one sample more before the centre than after it. */
export interface CalibrationRegion {
  /** First row and column. */
  readonly ky: number;
  readonly kx: number;
  readonly height: number;
  readonly width: number;
}

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
): CalibrationRegion {
  const plane = ny * nx;
  if (mask.length === 0 || mask.length % plane !== 0) {
    throw new SlicewiseError('SHAPE', {
      message: 'sampling mask',
      expected: `${ny} × ${nx} values [ky, kx] for all slices or for each`,
      got: `${mask.length}`,
    });
  }
  const [cy, cx] = [Math.floor(ny / 2), Math.floor(nx / 2)];
  const reach = { before: Infinity, after: Infinity };
  let best = { height: 0, width: 0 };
  // rows join from the centre outwards: c, c − 1, c + 1, c − 2, … which keeps every height centred
  for (let height = 1; height <= Math.min(atMost, ny); height++) {
    const row = height % 2 === 0 ? cy - height / 2 : cy + (height - 1) / 2;
    for (let from = row * nx; from < mask.length; from += plane) {
      const run = runAbout(mask.subarray(from, from + nx), cx);
      reach.before = Math.min(reach.before, run.before);
      reach.after = Math.min(reach.after, run.after);
    }
    if (reach.before < 0) break;
    const odd = 2 * Math.min(reach.before, reach.after) + 1;
    const even = 2 * Math.min(reach.before, reach.after + 1);
    const width = Math.min(atMost, Math.max(odd, even));
    const area = height * width - best.height * best.width;
    if (area > 0 || (area === 0 && Math.min(height, width) > Math.min(best.height, best.width))) {
      best = { height, width };
    }
  }
  const { height, width } = best;
  if (Math.min(height, width) < atLeast) {
    throw new SlicewiseError('GEOMETRY', {
      message: height === 0 ? 'the centre of k-space was not measured' : 'the calibration region is too small',
      expected: `a fully sampled rectangle of at least ${atLeast} × ${atLeast} samples about the centre of k-space (ky ${cy}, kx ${cx})`,
      got: height === 0 ? 'none' : `${height} × ${width}`,
      hint: 'give coil maps with the scan, allow a smaller calibration region (with smaller kernels), or measure more lines in the centre; if the centre of k-space is elsewhere, the axes or the centring of the file were read wrongly',
    });
  }
  return { ky: cy - Math.floor(height / 2), kx: cx - Math.floor(width / 2), height, width };
}

/** Samples measured in a row on either side of the centre; −1 when the centre was not. */
function runAbout(row: Float32Array, centre: number): { before: number; after: number } {
  if (!row[centre]) return { before: -1, after: -1 };
  let [before, after] = [0, 0];
  while (centre - before > 0 && row[centre - before - 1]) before++;
  while (centre + after < row.length - 1 && row[centre + after + 1]) after++;
  return { before, after };
}

/** Calibration data of a volume: the same rectangle of every slice and coil. */
export interface Calibration {
  /** Complex, interleaved, [slice, coil, height, width]. */
  readonly data: Float32Array;
  readonly slices: number;
  readonly coils: number;
  readonly region: CalibrationRegion;
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
  region: CalibrationRegion,
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
