import { SlicewiseError } from '../../core/errors.js';
import { space, type Space } from '../../core/space.js';

/** 'periodic': orthonormal, as many coefficients as pixels; 'zero': the image goes on as zeros, a few more coefficients. */
export type WaveletBoundary = 'periodic' | 'zero';

/** One axis of one level. */
export interface AxisLevel {
  /** Samples that go in (without the padding of the image). */
  readonly n: number;
  /** Zeros before them. */
  readonly offset: number;
  /** Averages, and as many details, that come out. */
  readonly count: number;
  /** Where the details begin in the coefficient array. */
  readonly detail: number;
  /** 1 where the last sample of an odd line is put aside behind the details. */
  readonly aside: 0 | 1;
}

export interface WaveletLayout {
  /** Finest first. */
  readonly levels: readonly { readonly y: AxisLevel; readonly x: AxisLevel }[];
  /** [slice, y, x] of coefficients: averages of the last level in the corner, details of every level around what is coarser. */
  readonly coefficients: Space;
}

/** ⌊log₂(n/(taps − 1))⌋ of the shorter axis, the depth PyWavelets takes; at least 1. */
export function defaultLevels(rows: number, columns: number, taps: number): number {
  return Math.max(1, Math.floor(Math.log2(Math.min(rows, columns) / (taps - 1))));
}

/**
 * Sizes and places of the coefficients of images [slice, y, x].
 *
 * periodic: n samples give ⌊n/2⌋ averages and details; of an odd n the last sample is put aside unchanged, so that the transform is
 * orthonormal for every size. zero: the image is first brought to even sizes (a zero row or column *before* it, as SigPy's centred resize
 * does), then n samples give ⌊(n + taps − 1)/2⌋ averages and details; the array is that of PyWavelets' `coeffs_to_array`, with zeros where
 * nothing is.
 */
export function waveletLayout(
  domain: Space,
  taps: number,
  boundary: WaveletBoundary,
  levels = defaultLevels(domain.shape[1], domain.shape[2], taps),
): WaveletLayout {
  if (domain.shape.length !== 3) {
    throw new SlicewiseError('SHAPE', {
      message: 'wavelets are for images',
      expected: '[slice, y, x]',
      got: `[${domain.axes.join(', ')}]`,
    });
  }
  const [slices, rows, columns] = domain.shape;
  const most = Math.floor(Math.log2(Math.min(rows, columns)));
  if (!Number.isInteger(levels) || levels < 1 || levels > most) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'wavelet levels',
      expected: `1 to ${most} for images of ${rows} × ${columns}`,
      got: `${levels}`,
    });
  }
  const along = boundary === 'periodic' ? periodicAxis : zeroAxis;
  const [y, x] = [along(rows, levels, taps), along(columns, levels, taps)];
  return {
    levels: y.levels.map((level, j) => ({ y: level, x: x.levels[j] })),
    coefficients: space(['slice', 'y', 'x'], [slices, y.size, x.size], domain.dtype),
  };
}

interface Axis {
  readonly levels: readonly AxisLevel[];
  readonly size: number;
}

function periodicAxis(size: number, levels: number): Axis {
  let n = size;
  const out = Array.from({ length: levels }, (): AxisLevel => {
    const count = n >> 1;
    const level = { n, offset: 0, count, detail: count, aside: (n & 1) as 0 | 1 };
    n = count;
    return level;
  });
  return { levels: out, size };
}

function zeroAxis(size: number, levels: number, taps: number): Axis {
  const offset = size & 1;
  const counts: number[] = [];
  for (let n = size + offset; counts.length < levels; n = counts.at(-1)!) counts.push((n + taps - 1) >> 1);
  let total = counts.at(-1)!;
  const out: AxisLevel[] = [];
  for (let j = levels - 1; j >= 0; j--) {
    const n = j === 0 ? size : counts[j - 1];
    out.unshift({ n, offset: j === 0 ? offset : 0, count: counts[j], detail: total, aside: 0 });
    total += counts[j];
  }
  return { levels: out, size: total };
}

/** What the CPU's transform keeps besides its coefficients: two real planes and a line. */
export function waveletScratch(domain: Space, { levels }: WaveletLayout): readonly [Space, Space] {
  // 'zero' makes small images grow from level to level
  const most = (size: (level: WaveletLayout['levels'][number]) => number): number => Math.max(...levels.map(size));
  const plane = (rows: number, columns: number): Space => space(['slice', 'y', 'x'], [domain.shape[0], rows, columns]);
  return [
    plane(
      most(({ y }) => y.n),
      most(({ x }) => 2 * x.count + x.aside),
    ),
    plane(
      most(({ y }) => y.count),
      most(({ x }) => x.count),
    ),
  ];
}

/** @throws SlicewiseError ARGUMENT for a shift where the image does not repeat */
export function requireShiftable(boundary: WaveletBoundary, rows: number, columns: number): void {
  if (boundary === 'periodic' || (rows === 0 && columns === 0)) return;
  throw new SlicewiseError('ARGUMENT', { message: "shifts need the 'periodic' boundary", got: "'zero'" });
}

/** A circular shift of images [slice, y, x] as numbers from 0 on. */
export function shiftWithin({ shape: [, height, width] }: Space, rows: number, columns: number): { y: number; x: number } {
  return { y: ((rows % height) + height) % height, x: ((columns % width) + width) % width };
}
