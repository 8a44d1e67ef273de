import { SlicewiseError } from '../../core/errors.js';
import { placementOf, spacingOf, withSpacing } from '../../core/placement.js';
import type { Grid } from '../../volumes/measurement.js';

/** A grid of another size or spacing around the same centre. */
export function regrid(grid: Grid, size?: readonly number[], spacing?: readonly number[]): Grid {
  const before = [...grid.shape].reverse();
  const count = threeOf('size', size, before);
  const old = spacingOf(grid, 'mm');
  const { origin: corner, direction } = placementOf(grid);
  const step = threeOf('spacing', spacing, old) as [number, number, number];
  // one number is said of x and y
  const said = (list: readonly number[] | undefined, axis: number): boolean => list !== undefined && (axis < 2 || list.length > 2);
  for (const axis of [0, 1, 2]) {
    const extent = before[axis] * old[axis];
    if (said(size, axis) && !said(spacing, axis) && axis < 2) step[axis] = extent / count[axis]; // slices keep their distance
    if (said(spacing, axis) && !said(size, axis)) count[axis] = Math.ceil(extent / step[axis] - 1e-6);
  }
  const centre = [0, 1, 2].map(
    (w) => corner[w] + [0, 1, 2].reduce((sum, a) => sum + direction[3 * w + a] * old[a] * ((before[a] - 1) / 2), 0),
  );
  const origin = centre.map((c, w) => c - [0, 1, 2].reduce((sum, a) => sum + direction[3 * w + a] * step[a] * ((count[a] - 1) / 2), 0));
  return {
    ...grid,
    shape: [count[2], count[1], count[0]],
    axes: withSpacing(grid.axes, step, 'mm'),
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
