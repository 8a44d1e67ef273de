import type { Plane } from '../../volumes/orientation.js';
import { placementOf, type Placed } from '../../core/placement.js';
import type { Volume } from '../../volumes/volume.js';
import { shapeOf } from '../../volumes/volume.js';

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

/** The array axis that runs through the stack of slices of this plane. */
export function stackAxis(volume: Placed, plane: Plane): 0 | 1 | 2 {
  return nearestAxes(placementOf(volume).direction)[NORMAL[plane]].axis;
}

/**
 * Copies slice `index` across array axis `axis` into `out`, C order of the two axes that remain.
 * @param data C order, `shape` [slice, row, column]
 */
export function sliceAcross(
  data: Float32Array,
  shape: readonly [number, number, number],
  axis: 0 | 1 | 2,
  index: number,
  out: Float32Array,
): void {
  const [nk, nj, ni] = shape;
  if (axis === 0) {
    out.set(data.subarray(index * nj * ni, (index + 1) * nj * ni));
  } else if (axis === 1) {
    for (let k = 0; k < nk; k++) out.set(data.subarray((k * nj + index) * ni, (k * nj + index + 1) * ni), k * ni);
  } else {
    for (let k = 0, at = 0; k < nk; k++) for (let j = 0; j < nj; j++, at++) out[at] = data[at * ni + index];
  }
}

/** [rows, columns] of a slice across `axis`, and how many of them there are. */
export function sliceLayout(volume: Volume, axis: 0 | 1 | 2): { rows: number; columns: number; count: number } {
  const shape = shapeOf(volume);
  const [rows, columns] = shape.filter((_, a) => a !== axis);
  return { rows, columns, count: shape[axis] };
}
