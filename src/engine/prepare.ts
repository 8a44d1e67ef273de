import { SlicewiseError } from '../../core/errors.js';
import { estimateCenter } from '../../volumes/kinds/radon/center.js';
import type { Grid, Measurement } from '../../volumes/measurement.js';
import { placementOf, spacingOf, withSpacing } from '../../core/placement.js';
import { matrixOf, withMatrix } from '../../volumes/kinds/trajectory/assemble.js';
import { selectViews } from '../../volumes/kinds/radon/views.js';

/** What may be changed in a scan before it is reconstructed. */
export interface PrepareOptions {
  /** 'auto' estimates the rotation axis from all views and sets the detector offset (parallel beam over 180°). */
  readonly center?: 'auto';
  /** Views to keep: `start:stop:step` (stop excluded) or indices. */
  readonly views?: string | readonly number[];
  /**
   * Voxels of the image wanted along x and y, or (cone beam) along x, y and z. Without `spacing` the extent stays. k-space: only of scans along trajectories,
   * whose field of view stays.
   */
  readonly size?: readonly number[];
  /** mm between voxels along x and y, or (cone beam) along x, y and z. Without `size` the extent stays, rounded up to whole voxels. */
  readonly spacing?: readonly number[];
  /**
   * Standard deviation of the noise on the line integrals, or on the real and on the imaginary part of k-space, for scans that do not say (or say
   * wrongly): a number in the data's units, or a share of the data's
   * root mean square such as '0.6%', in which misfit of the model counts too. It is what gamma 'noise' goes by.
   */
  readonly noiseStd?: number | string;
}

/**
 * The scan with another rotation axis, fewer views, another noise level or another image grid. What was estimated is told in `meta.warnings`.
 * @throws SlicewiseError ARGUMENT (views, sizes, noise), GEOMETRY (the axis cannot be estimated)
 */
export function prepareScan(scan: Measurement, options: PrepareOptions): Measurement {
  let out = scan;
  if (options.center === 'auto') {
    const { center, offset, confidence } = estimateCenter(scan);
    const doubt = confidence < 0.55 ? ', but the minimum is hardly one: check the image, or give --center COLUMN' : '';
    const text = `rotation axis estimated at detector column ${center.toFixed(2)} (offset ${offset.toFixed(3)} mm)${doubt}`;
    out = {
      ...out,
      geometry: { ...out.geometry, detectorOffset: offset },
      meta: { ...out.meta, warnings: [...(out.meta.warnings ?? []), text] },
    };
  }
  if (options.views !== undefined) out = selectViews(out, options.views);
  if (options.noiseStd !== undefined) {
    out = { ...out, noise: { type: 'gaussian', std: standardDeviation(options.noiseStd, out.data) } };
  }
  if (out.kind === 'fourier.noncartesian' && options.size) out = { ...out, grid: anotherMatrix(out, options.size) };
  if (out.kind.startsWith('fourier.')) {
    requireOwnGrid(out.grid, out.kind === 'fourier.noncartesian' ? { ...options, size: undefined } : options);
  } else if (options.size || options.spacing) {
    const grid = regrid(out.grid, options.size, options.spacing);
    if (out.kind !== 'radon.cone') requireSameSlices(out.grid, grid);
    out = { ...out, grid };
  }
  return out;
}

function standardDeviation(given: number | string, data: Float32Array): number {
  const [, digits, percent] = /^\s*([\d.eE+-]+)\s*(%?)\s*$/.exec(String(given)) ?? [];
  const value = Number(digits);
  if (!(value > 0 && Number.isFinite(value))) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'noise level',
      expected: "a positive standard deviation of the data, or a share of the data such as '0.6%'",
      got: `'${given}'`,
    });
  }
  if (!percent) return value;
  const squares = data.reduce((sum, v) => sum + v * v, 0);
  return (value / 100) * Math.sqrt(squares / data.length);
}

/** The matrix of an MR image is that of its k-space, and its voxels are where the file (or --spacing, for a file that does not say) put them. */
function requireOwnGrid(grid: Grid, options: PrepareOptions): void {
  const { shape } = grid;
  const spacing = spacingOf(grid);
  const fits = (options.spacing ?? []).every((mm, axis) => Math.abs(mm / spacing[axis] - 1) < 1e-6);
  if (!options.size && fits) return;
  throw new SlicewiseError('ARGUMENT', {
    message: options.size ? 'an MR image has the matrix of its k-space' : 'the file says its voxel size itself',
    expected: options.size ? [...shape].reverse().join('x') : spacing.join('x'),
    got: (options.size ?? options.spacing ?? []).join('x'),
    hint: `leave --${options.size ? 'size' : 'spacing'} out; resample the result instead`,
  });
}

/** Samples along a trajectory are of any matrix that holds them; maps are of one. */
function anotherMatrix({ grid, arrays }: Measurement, size: readonly number[]): Grid {
  const matrix = matrixOf(size, grid.shape[0]);
  if (matrix[0] === grid.shape[1] && matrix[1] === grid.shape[2]) return grid;
  if (!arrays?.maps) return withMatrix(grid, matrix);
  throw new SlicewiseError('ARGUMENT', {
    message: 'the coil maps of the scan are of another size',
    expected: `${grid.shape[2]}x${grid.shape[1]}`,
    got: size.join('x'),
    hint: 'leave --size out',
  });
}

/** Slices of a parallel or fan beam lie where they were measured. */
function requireSameSlices(before: Grid, after: Grid): void {
  const [was, is] = [spacingOf(before)[2], spacingOf(after)[2]];
  if (before.shape[0] === after.shape[0] && Math.abs(is / was - 1) < 1e-6) return;
  throw new SlicewiseError('ARGUMENT', {
    message: 'slices of a parallel or fan beam cannot be placed anew',
    expected: `${before.shape[0]} of ${was} mm, as measured`,
    got: `${after.shape[0]} of ${is} mm`,
    hint: 'say x and y only: --size 256x256, --spacing 1x1',
  });
}

/** A grid of another size or spacing around the same centre. */
export function regrid(grid: Grid, size?: readonly number[], spacing?: readonly number[]): Grid {
  const before = [...grid.shape].reverse();
  const count = threeOf('size', size, before);
  const old = spacingOf(grid);
  const { origin: corner, direction } = placementOf(grid);
  const step = threeOf('spacing', spacing, old) as [number, number, number];
  // one number is said of x and y
  const said = (list: readonly number[] | undefined, axis: number): boolean =>
    list !== undefined && (axis < 2 || list.length > 2);
  for (const axis of [0, 1, 2]) {
    const extent = before[axis] * old[axis];
    if (said(size, axis) && !said(spacing, axis) && axis < 2) step[axis] = extent / count[axis]; // slices keep their distance
    if (said(spacing, axis) && !said(size, axis)) count[axis] = Math.ceil(extent / step[axis] - 1e-6);
  }
  const centre = [0, 1, 2].map(
    (w) => corner[w] + [0, 1, 2].reduce((sum, a) => sum + direction[3 * w + a] * old[a] * ((before[a] - 1) / 2), 0),
  );
  const origin = centre.map(
    (c, w) => c - [0, 1, 2].reduce((sum, a) => sum + direction[3 * w + a] * step[a] * ((count[a] - 1) / 2), 0),
  );
  return {
    ...grid,
    shape: [count[2], count[1], count[0]],
    axes: withSpacing(grid.axes, step),
    placement: { origin: origin as [number, number, number], direction },
  };
}

/** One number stands for x and y; two or three for x, y (, z). */
function threeOf(what: string, given: readonly number[] | undefined, otherwise: readonly number[]): number[] {
  if (!given) return [...otherwise];
  const whole = what === 'size';
  if (given.length < 1 || given.length > 3 || given.some((n) => !(n > 0 && Number.isFinite(n)) || (whole && n % 1))) {
    throw new SlicewiseError('ARGUMENT', {
      message: `${what} of the image`,
      expected: `one, two or three positive ${whole ? 'whole numbers' : 'lengths in mm'} (x and y; x, y; x, y, z)`,
      got: given.join('x'),
    });
  }
  const [x, y = x, z = otherwise[2]] = given;
  return [x, y, z];
}
