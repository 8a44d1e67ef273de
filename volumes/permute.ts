import { lanesOf, type ArrayData } from '../core/array.js';
import { SlicewiseError } from '../core/errors.js';
import type { Placed } from '../core/placement.js';
import { transpose } from './raw-array.js';
import { makeVolume, type Volume } from './volume.js';

/** Axis a of the result is axis `order[a]` of the input, as in numpy.transpose. Every axis once. */
export type AxisOrder = readonly number[];

/** The way back: permuting by `order` and then by this changes nothing. */
export const inverseOrder = (order: AxisOrder): number[] => order.map((_, axis) => order.indexOf(axis));

/** The order that puts one axis first and leaves the others as they follow each other: slices then run along it. */
export const axisFirst = (axis: number, rank: number): number[] => [
  axis,
  ...Array.from({ length: rank }, (_, a) => a).filter((a) => a !== axis),
];

/**
 * The number of an axis said by its name or its number.
 * @throws SlicewiseError ARGUMENT naming the axes there are
 */
export function axisIndex({ axes }: Pick<Placed, 'axes'>, axis: string | number): number {
  const found = typeof axis === 'number' ? axis : axes.findIndex(({ name }) => name === axis);
  if (Number.isInteger(found) && found >= 0 && found < axes.length) return found;
  throw new SlicewiseError('ARGUMENT', {
    message: 'no such axis',
    expected: `one of ${axes.map(({ name }) => name).join(', ')}, or 0 … ${axes.length - 1}`,
    got: String(axis),
  });
}

/**
 * Permutes the axes of an array, complex ones too. The same array comes back when there is nothing to do.
 * @throws SlicewiseError ARGUMENT unless `order` names every axis once
 */
export function permuteArray(array: ArrayData, order: AxisOrder): ArrayData {
  requireOrder(order, array.shape.length);
  if (order.every((axis, a) => axis === a)) return array;
  const { data, shape, dtype } = array;
  return { data: transpose(data, shape, order, lanesOf(array)), shape: order.map((axis) => shape[axis]), dtype };
}

/**
 * Axes and place after a permutation. The place goes with the last three axes; where others take their turn there, it cannot be said and is
 * left out.
 */
export function permutePlaced({ axes, placement }: Placed, order: AxisOrder): Placed {
  requireOrder(order, axes.length);
  const moved = order.map((axis) => axes[axis]);
  const last = order.length - 3;
  if (!placement || order.slice(last).some((axis) => axis < last)) return { axes: moved };
  // i, j, k count from the last axis backwards; columns of the direction matrix go where their axis goes
  const from = [0, 1, 2].map((n) => order.length - 1 - order[order.length - 1 - n]);
  const direction = [0, 1, 2].flatMap((world) => from.map((n) => placement.direction[3 * world + n]));
  return { axes: moved, placement: { origin: placement.origin, direction } };
}

/** Permutes a volume; its axes and (`permutePlaced`) its place go with the numbers. */
export function permuteVolume(volume: Volume, order: AxisOrder): Volume {
  const { data, shape } = permuteArray(volume, order);
  if (data === volume.data) return volume;
  return makeVolume(data, shape, { ...volume, placement: undefined, ...permutePlaced(volume, order) });
}

/**
 * A volume whose slices run along the axis wanted, and the way back: permuted once in and once out.
 * @param axis its name or number
 * @example
 * const { volume: lines, restore } = alongAxis(cube, 'inline');
 * const result = restore(denoised(lines));
 */
export function alongAxis(volume: Volume, axis: string | number): { volume: Volume; restore(volume: Volume): Volume } {
  const order = axisFirst(axisIndex(volume, axis), volume.axes.length);
  const { placement } = volume;
  return {
    volume: permuteVolume(volume, order),
    restore(result) {
      const back = permuteVolume(result, inverseOrder(order));
      return placement && !back.placement ? { ...back, placement } : back;
    },
  };
}

function requireOrder(order: AxisOrder, rank: number): void {
  if (order.length === rank && Array.from({ length: rank }, (_, a) => a).every((a) => order.includes(a))) return;
  throw new SlicewiseError('ARGUMENT', {
    message: 'order of axes',
    expected: `each of 0 … ${rank - 1} once`,
    got: order.join(', '),
  });
}
