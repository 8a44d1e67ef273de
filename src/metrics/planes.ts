import { SlicewiseError } from '../../core/errors.js';
import { directionOf, type Placed } from '../../core/placement.js';
import type { Plane } from '../../volumes/orientation.js';

/** The three anatomical planes: axial ⟂ z, coronal ⟂ y, sagittal ⟂ x (RAS+ world axes). */
export const PLANES = ['axial', 'coronal', 'sagittal'] as const;
export type { Plane };

/** World axis (0 x, 1 y, 2 z) that each plane is perpendicular to. */
const NORMAL: Record<Plane, 0 | 1 | 2> = { axial: 2, coronal: 1, sagittal: 0 };

/** For a world axis: the array axis (0 slice, 1 row, 2 column) nearest to it, and whether its index runs along + or −. */
export interface ArrayAxis {
  readonly axis: 0 | 1 | 2;
  readonly sign: 1 | -1;
}

/**
 * The array axis nearest to each of world x, y, z. Oblique volumes get the nearest assignment, each axis used once.
 * @param direction 3×3 row-major, columns are world directions of i (column), j (row), k (slice)
 */
export function nearestAxes(direction: readonly number[]): [ArrayAxis, ArrayAxis, ArrayAxis] {
  const found: ArrayAxis[] = [];
  const free = new Set([0, 1, 2]);
  const order = [0, 1, 2].sort((a, b) => strongest(direction, b) - strongest(direction, a));
  for (const world of order) {
    let best = -1;
    for (const index of free) {
      if (best < 0 || Math.abs(direction[3 * world + index]) > Math.abs(direction[3 * world + best])) best = index;
    }
    free.delete(best);
    found[world] = { axis: (2 - best) as 0 | 1 | 2, sign: direction[3 * world + best] < 0 ? -1 : 1 };
  }
  return found as [ArrayAxis, ArrayAxis, ArrayAxis];
}

const strongest = (direction: readonly number[], world: number): number =>
  Math.max(...[0, 1, 2].map((index) => Math.abs(direction[3 * world + index])));

/** What has a shape and axes: a volume or a grid. */
type Sampled = Placed & { readonly shape: readonly number[] };

/** A plane of a volume: two of its array axes. Images of it are one for each index of the others. */
export interface VolumePlane {
  /** axial, coronal, sagittal of a volume with a place; else its axes, `trace × time`. */
  readonly name: string;
  /** The array axes that are the rows' and the columns' number in C order: `rows` < `columns`. */
  readonly rows: number;
  readonly columns: number;
}

/** Is it one of the three anatomical ones? */
export const isAnatomical = (name: string): name is Plane => (PLANES as readonly string[]).includes(name);

/**
 * The planes of a volume: axial, coronal and sagittal where it has three axes and a place; else every two of its axes that are longer
 * than 1, those of its slices first.
 */
export function planesOf(volume: Sampled): VolumePlane[] {
  const { axes, shape, placement } = volume;
  const rank = shape.length;
  if (placement && rank === 3) {
    const nearest = nearestAxes(directionOf(volume));
    return PLANES.map((name) => {
      const [rows, columns] = [0, 1, 2].filter((a) => a !== nearest[NORMAL[name]].axis);
      return { name, rows, columns };
    });
  }
  const all: VolumePlane[] = [];
  for (let rows = rank - 2; rows >= 0; rows--) {
    for (let columns = rank - 1; columns > rows; columns--) {
      all.push({ name: `${axes[rows].name} × ${axes[columns].name}`, rows, columns });
    }
  }
  const wide = all.filter(({ rows, columns }) => shape[rows] > 1 && shape[columns] > 1);
  return wide.length > 0 ? wide : all.slice(0, 1);
}

/** @throws SlicewiseError ARGUMENT naming the planes there are */
export function planeNamed(volume: Sampled, name: string): VolumePlane {
  const planes = planesOf(volume);
  const found = planes.find((plane) => plane.name === name);
  if (found) return found;
  throw new SlicewiseError('ARGUMENT', {
    message: 'no such plane',
    expected: planes.map((plane) => plane.name).join(', '),
    got: name,
  });
}

/** How many images of a plane a volume has. */
export const imageCount = (shape: readonly number[], { rows, columns }: VolumePlane): number =>
  shape.reduce((count, n, a) => (a === rows || a === columns ? count : count * n), 1);

/**
 * Copies one image of a plane into `out`, [rows, columns].
 * @param data C order
 * @param index which image: the axes beside the plane's counted in C order
 */
export function imageOf(
  data: Float32Array,
  shape: readonly number[],
  { rows, columns }: VolumePlane,
  index: number,
  out: Float32Array,
): void {
  const stride = shape.map((_, a) => shape.slice(a + 1).reduce((size, n) => size * n, 1));
  let start = 0;
  let rest = index;
  for (let a = shape.length - 1; a >= 0; a--) {
    if (a === rows || a === columns) continue;
    start += (rest % shape[a]) * stride[a];
    rest = Math.floor(rest / shape[a]);
  }
  const [height, width] = [shape[rows], shape[columns]];
  const [down, across] = [stride[rows], stride[columns]];
  for (let y = 0, at = 0; y < height; y++) {
    const row = start + y * down;
    if (across === 1) {
      out.set(data.subarray(row, row + width), at);
      at += width;
    } else {
      for (let x = 0; x < width; x++) out[at++] = data[row + x * across];
    }
  }
}
