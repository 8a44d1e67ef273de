import { SlicewiseError } from '../../../../core/errors.js';
import { fullySampledCentre, type CentredRegion, type SamplingMask } from '../../../../core/sampling-mask.js';
import { checkMask, undersampled } from '../../../../operators/fourier/cartesian/mask.js';

/** Size of the kernels and weight of their regularisation. */
export interface GrappaOptions {
  /** Measured lines that a missing one is made of, half on either side where there are as many. */
  readonly lines: number;
  /** Samples of each of them, odd, along the line. */
  readonly points: number;
  /** Weight of ‖w‖² relative to the mean of the diagonal of the normal matrix. */
  readonly regularisation: number;
}

/** Missing lines that have their sources at the same distances, and so the same kernel. */
export interface GrappaPattern {
  /** Distances from the missing line to its sources, ascending. */
  readonly offsets: readonly number[];
  /** Numbers of the missing lines. */
  readonly targets: readonly number[];
}

export interface GrappaPlan {
  /** Lines are counted along this axis and run along the other one. */
  readonly axis: 'ky' | 'kx';
  /** Calibration lines [first, after the last) and samples along them. */
  readonly lines: readonly [number, number];
  readonly samples: readonly [number, number];
  /** For one slice (of a mask that all share) or each. */
  readonly slices: readonly (readonly GrappaPattern[])[];
  readonly options: GrappaOptions;
}

/** Samples along calibration lines that are used at most, the middle ones: farther out there is mostly noise. */
const CALIBRATION_SAMPLES = 96;
/** Calibration lines that are used at most. */
const CALIBRATION_LINES = 32;

/**
 * Which lines GRAPPA fills from which. Sources are the nearest measured lines; where their kernel does not fit into the calibration region,
 * or would have more weights than equations, the farthest are left out. Lines beyond the outermost measured ones that none reaches stay 0.
 *
 * @param mask [1 or slice, ky, kx], whole lines along kx or along ky
 * @param shape [slice, coil, ky, kx] of the k-space
 * @throws SlicewiseError GEOMETRY for points (two directions undersampled), without calibration lines, or where a gap is too wide for them;
 *   SHAPE
 */
export function grappaPlan(
  mask: SamplingMask,
  [slices, coils, ny, nx]: readonly [number, number, number, number],
  options: GrappaOptions,
): GrappaPlan {
  checkMask(mask, [slices, ny, nx]);
  const varies = undersampled(mask);
  if (varies === 'yx') {
    throw new SlicewiseError('GEOMETRY', {
      message: 'GRAPPA fills whole lines, and this mask leaves out samples along both directions',
      expected: 'complete lines along ky or kx',
      got: 'points',
      hint: 'use sense, cs-wavelet or dds',
    });
  }
  const axis = varies === 'x' ? 'kx' : 'ky';
  const [count, length] = axis === 'ky' ? [ny, nx] : [nx, ny];
  const region = calibration(mask, axis, options.points);
  const rows = region.lines[1] - region.lines[0];
  const columns = region.samples[1] - region.samples[0] - options.points + 1;
  const fits = (offsets: readonly number[]): boolean => {
    const positions = rows - Math.max(0, ...offsets) + Math.min(0, ...offsets);
    return positions > 0 && positions * columns >= offsets.length * options.points * coils;
  };
  const stride = axis === 'ky' ? nx : 1;
  const planes = Array.from({ length: varies === 'none' ? 0 : mask.shape[0] }, (_, slice) => {
    const measured: number[] = [];
    for (let line = 0; line < count; line++) if (mask.data[slice * count * length + line * stride] === 1) measured.push(line);
    return patterns(count, measured, options.lines, fits, rows);
  });
  return { axis, ...region, slices: planes.length > 0 ? planes : [[]], options };
}

function patterns(
  count: number,
  measured: readonly number[],
  lines: number,
  fits: (offsets: readonly number[]) => boolean,
  rows: number,
): GrappaPattern[] {
  const found = new Map<string, { offsets: readonly number[]; targets: number[] }>();
  for (let line = 0, next = 0; line < count; line++) {
    while (next < measured.length && measured[next] < line) next++;
    if (measured[next] === line) continue;
    const half = Math.ceil(lines / 2);
    const near = [...measured.slice(Math.max(0, next - half), next), ...measured.slice(next, next + half)];
    const sorted = near.map((at) => at - line).sort((a, b) => Math.abs(a) - Math.abs(b) || a - b);
    let offsets = sorted.slice(0, lines);
    while (offsets.length > 0 && !fits(offsets)) offsets = offsets.slice(0, -1);
    const outer = line < measured[0] || line > measured[measured.length - 1];
    if (offsets.length === 0 && outer) continue;
    if (offsets.length === 0) {
      throw new SlicewiseError('GEOMETRY', {
        message:
          `the calibration region is too small for GRAPPA: the nearest measured line is ` +
          `${sorted.length ? Math.abs(sorted[0]) : 'none'} away from line ${line}`,
        expected: 'a gap that fits into the calibration lines, and more calibration samples than weights',
        got: `${rows} calibration lines`,
        hint: 'use sense or cs-wavelet, a smaller kernel (--kernel-lines 2, --kernel-points 3), or measure more lines in the centre',
      });
    }
    offsets.sort((a, b) => a - b);
    const key = offsets.join();
    const pattern = found.get(key) ?? { offsets, targets: [] };
    pattern.targets.push(line);
    found.set(key, pattern);
  }
  return [...found.values()];
}

function calibration(mask: SamplingMask, axis: 'ky' | 'kx', points: number): Pick<GrappaPlan, 'lines' | 'samples'> {
  const region = fullySampledCentre(mask);
  const [first, size] = region ? side(region, axis) : [0, 0];
  if (!region || size < 2) {
    throw new SlicewiseError('GEOMETRY', {
      message: 'GRAPPA needs calibration lines',
      expected: 'fully sampled lines about the centre of k-space',
      got: region ? `${size}` : 'a centre that was not measured',
      hint: 'give coil maps (--maps) and use sense',
    });
  }
  const [from, length] = side(region, axis === 'ky' ? 'kx' : 'ky');
  if (length < points) {
    throw new SlicewiseError('GEOMETRY', { message: 'GRAPPA kernel', expected: `at most ${length} points`, got: `${points}` });
  }
  return { lines: middle(first, size, CALIBRATION_LINES), samples: middle(from, length, CALIBRATION_SAMPLES) };
}

const side = (region: CentredRegion, axis: 'ky' | 'kx'): [number, number] =>
  axis === 'ky' ? [region.ky, region.height] : [region.kx, region.width];

function middle(first: number, size: number, atMost: number): [number, number] {
  const kept = Math.min(size, atMost);
  const from = first + Math.floor(size / 2) - Math.floor(kept / 2);
  return [from, from + kept];
}
