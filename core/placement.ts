import { elements } from './array.js';
import { SlicewiseError } from './errors.js';
import { describeAxis, stepOf, type Axis } from './axis.js';

/** 4×4 row-major, voxel index (i, j, k) → RAS+ mm. */
export type Affine = readonly number[];

/**
 * Where a volume lies in the body or the scanner, RAS+ mm: `world = origin + direction · (spacing ⊙ (i, j, k))`, for the last three axes,
 * in **(i, j, k) = (column, row, slice) order**, the reverse of the array's, as in ITK and NIfTI.
 */
export interface Placement {
  /** World position (mm, RAS+) of voxel (0, 0, 0). */
  readonly origin: readonly [number, number, number];
  /** 3×3 row-major; its columns are the unit world directions of increasing i, j and k. */
  readonly direction: readonly number[];
}

/** Where voxels lie, in (i, j, k) order: steps in mm, and the placement. */
export interface Lattice extends Placement {
  readonly spacing: readonly [number, number, number];
}

/** What has axes and may have a place: a volume or the grid of an image. */
export interface Placed {
  /** In array order, the slowest first. */
  readonly axes: readonly Axis[];
  readonly placement?: Placement;
}

/**
 * [slices, rows, columns] of a volume, or of the grid of an image, of three axes.
 * @throws SlicewiseError SHAPE for other numbers of axes
 */
export function shapeOf({ shape, axes }: Pick<Placed, 'axes'> & { readonly shape: readonly number[] }): [number, number, number] {
  if (shape.length === 3) return [shape[0], shape[1], shape[2]];
  throw new SlicewiseError('SHAPE', {
    message: 'this needs three axes',
    expected: '[slice, row, column]',
    got: `[${axes.map(({ name }, a) => `${name} ${shape[a]}`).join(', ')}]`,
    hint: 'take one part of it first',
  });
}

/**
 * @throws SlicewiseError SHAPE unless there is an axis for every number of `shape`, with as many coordinates, and three or more where there
 *   is a placement
 */
export function requireAxes(shape: readonly number[], { axes, placement }: Placed, what: string): void {
  const sampled = (axis: Axis, a: number): boolean => !('coordinates' in axis) || axis.coordinates.length === shape[a];
  const fits = axes.length === shape.length && axes.every(sampled) && (!placement || axes.length >= 3);
  if (fits && elements(shape) > 0) return;
  throw new SlicewiseError('SHAPE', {
    message: `shape and axes of ${what} differ`,
    expected: `one axis for each of [${shape.join(', ')}], with as many coordinates${placement ? ', three or more with a placement' : ''}`,
    got: axes.map(describeAxis).join('; '),
  });
}

/** Columns run to the right (R), rows to the front (A), slices to the head (S). */
export const IDENTITY_DIRECTION = [1, 0, 0, 0, 1, 0, 0, 0, 1] as const;

/**
 * Axes [slice, row, column] in mm and their place: what a medical volume or grid is made with.
 * @param spacing mm along i, j, k (column, row, slice)
 * @example makeVolume(data, [nk, nj, ni], { ...placed({ spacing: [0.8, 0.8, 2.5] }), units: 'HU', modality: 'CT' })
 */
export function placed({ spacing = [1, 1, 1], origin = [0, 0, 0], direction = IDENTITY_DIRECTION }: Partial<Lattice> = {}): {
  readonly axes: readonly [Axis, Axis, Axis];
  readonly placement: Placement;
} {
  const [column, row, slice] = spacing;
  return {
    axes: [
      { name: 'slice', unit: 'mm', step: slice },
      { name: 'row', unit: 'mm', step: row },
      { name: 'column', unit: 'mm', step: column },
    ],
    placement: { origin, direction },
  };
}

/**
 * Steps along i, j, k (column, row, slice): those of the last three axes, the fastest first.
 * @param unit of the steps; default each axis' own
 * @throws SlicewiseError GEOMETRY, UNITS as `stepOf`
 */
export function spacingOf({ axes }: Pick<Placed, 'axes'>, unit?: string): [number, number, number] {
  const [k, j, i] = axes.slice(-3).map((axis) => stepOf(axis, unit));
  return [i, j, k];
}

/**
 * The place of something that must have one.
 * @throws SlicewiseError GEOMETRY
 */
export function placementOf({ axes, placement }: Placed): Placement {
  if (placement) return placement;
  throw new SlicewiseError('GEOMETRY', {
    message: 'the volume has no place in a body or scanner',
    expected: 'origin and direction (RAS+ mm)',
    got: `axes ${axes.map(({ name }) => name).join(', ')}`,
  });
}

/**
 * Spacing in mm, origin and direction of something that must have a place; `placed` makes its axes of them.
 * @throws SlicewiseError GEOMETRY without a placement, UNITS for axes that are no lengths
 */
export function latticeOf(volume: Placed): Lattice {
  const { origin, direction } = placementOf(volume);
  return { spacing: spacingOf(volume, 'mm'), origin, direction };
}

/** World directions of i, j, k; without a placement they run along x, y and z. */
export const directionOf = ({ placement }: Pick<Placed, 'placement'>): readonly number[] => placement?.direction ?? IDENTITY_DIRECTION;

/**
 * Voxel (i, j, k) → world mm, 4×4 row-major.
 * @throws SlicewiseError GEOMETRY without a placement, UNITS for axes that are no lengths
 */
export function affineOf(volume: Placed): number[] {
  const { origin: o, direction: d, spacing: s } = latticeOf(volume);
  return [
    d[0] * s[0], d[1] * s[1], d[2] * s[2], o[0],
    d[3] * s[0], d[4] * s[1], d[5] * s[2], o[1],
    d[6] * s[0], d[7] * s[1], d[8] * s[2], o[2],
    0, 0, 0, 1,
  ]; // prettier-ignore
}

/**
 * The same axes with other steps, (i, j, k) order.
 * @param unit of the steps; default each axis' own
 * @throws SlicewiseError UNITS where an axis is of another quantity
 */
export function withSpacing(axes: readonly Axis[], spacing: readonly [number, number, number], unit?: string): Axis[] {
  const before = axes.length - 3;
  return axes.map((axis, a) => {
    if (a < before) return axis;
    const step = spacing[2 - (a - before)];
    const { name, unit: own } = axis;
    return respaced(axis, unit === undefined ? step : step / stepOf({ name, unit: own, step: 1 }, unit));
  });
}

function respaced(axis: Axis, step: number): Axis {
  const { name, unit } = axis;
  const first = 'coordinates' in axis ? axis.coordinates[0] : axis.first;
  return first === undefined ? { name, unit, step } : { name, unit, first, step };
}
