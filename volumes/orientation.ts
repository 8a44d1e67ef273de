import { elements, lanesOf } from '../core/array.js';
import { cropAxis, flipAxis, isLocal, type Axis } from '../core/axis.js';
import { SlicewiseError } from '../core/errors.js';
import { determinant3, inverse3, apply3, type Matrix3 } from './affine.js';
import { latticeOf, placementOf, type Placed, type Placement, shapeOf } from '../core/placement.js';
import { makeVolume, type Volume } from './volume.js';

/** The plane that slices lie in. */
export type Plane = 'axial' | 'coronal' | 'sagittal';

/**
 * How the axes of a new array lie in an old one, all in (i, j, k) order: new axis `n` runs along old axis `axis[n]`,
 * backwards where `flip[n]`.
 */
export interface Reorientation {
  readonly axis: readonly [number, number, number];
  readonly flip: readonly [boolean, boolean, boolean];
}

const POSITIVE = ['R', 'A', 'S'] as const;
const NEGATIVE = ['L', 'P', 'I'] as const;

/** World axes (0 right, 1 anterior, 2 head) that i, j and k of each canonical plane point along. */
const CANONICAL: { readonly [plane in Plane]: readonly [number, number, number] } = {
  axial: [0, 1, 2],
  coronal: [0, 2, 1],
  sagittal: [1, 2, 0],
};

/**
 * Where increasing i, j, k go, one letter each: `RAS` is right, anterior, head (as nibabel's aff2axcodes).
 */
export function orientationCode(volume: Placed): string {
  return closestAxes(placementOf(volume).direction)
    .map(({ world, sign }) => (sign > 0 ? POSITIVE : NEGATIVE)[world])
    .join('');
}

/** The plane of the stored slices, by their normal. */
export function planeOf(volume: Placed): Plane {
  return (['sagittal', 'coronal', 'axial'] as const)[closestAxes(placementOf(volume).direction)[2].world];
}

/**
 * Turns a volume so that its slices lie in `plane`, by permuting and flipping axes only (no interpolation: oblique stays oblique).
 * Canonical i, j, k point to: axial right, anterior, head; coronal right, head, anterior; sagittal anterior, head, right.
 * `restore` takes any volume on the canonical lattice (or a crop of it) back to the stored order.
 *
 * @example
 * const { volume: axial, restore } = toCanonical(stored, 'axial');
 * const result = restore(reconstruct(axial));
 */
export function toCanonical(volume: Volume, plane: Plane): { volume: Volume; restore: (volume: Volume) => Volume } {
  const axes = closestAxes(placementOf(volume).direction);
  const axis = CANONICAL[plane].map((world) => axes.findIndex((a) => a.world === world)) as [number, number, number];
  const flip = axis.map((n) => axes[n].sign < 0) as [boolean, boolean, boolean];
  const turn: Reorientation = { axis, flip };
  return { volume: reorient(volume, turn), restore: (result) => reorient(result, inverseReorientation(turn)) };
}

/**
 * A volume with its slices turned as they are looked at: columns to the patient's left or back, rows to the back or the feet (radiological
 * convention), slices along the normal of the two. Only flips; every voxel stays where it is in the world.
 */
export function asShown(volume: Volume): Volume {
  const { direction } = placementOf(volume);
  const [i, j] = closestAxes(direction).map(({ sign }) => sign > 0);
  const right = determinant3(direction) > 0 !== (i !== j);
  return reorient(volume, { axis: [0, 1, 2], flip: [i, j, !right] });
}

/** The way back. */
export function inverseReorientation({ axis, flip }: Reorientation): Reorientation {
  const back = [0, 1, 2].map((old) => axis.indexOf(old)) as [number, number, number];
  return { axis: back, flip: back.map((n) => flip[n]) as [boolean, boolean, boolean] };
}

/** Permutes and flips axes; every voxel stays where it is in the world. The same volume comes back when there is nothing to do. */
export function reorient(volume: Volume, { axis, flip }: Reorientation): Volume {
  if (axis.every((a, n) => a === n && !flip[n])) return volume;
  const [nk, nj, ni] = shapeOf(volume);
  const size = [ni, nj, nk];
  const stride = [1, ni, ni * nj];
  const shape = axis.map((a) => size[a]);
  const step = axis.map((a, n) => (flip[n] ? -stride[a] : stride[a]));
  let start = 0;
  axis.forEach((a, n) => (start += flip[n] ? stride[a] * (size[a] - 1) : 0));

  const lanes = lanesOf(volume);
  const turned = (from: Float32Array): Float32Array => {
    const data = new Float32Array(from.length);
    let at = 0;
    for (let k = 0; k < shape[2]; k++) {
      for (let j = 0; j < shape[1]; j++) {
        let source = start + k * step[2] + j * step[1];
        for (let i = 0; i < shape[0]; i++, source += step[0]) {
          for (let lane = 0; lane < lanes; lane++) data[at++] = from[lanes * source + lane];
        }
      }
    }
    return data;
  };

  const { origin, direction, spacing } = latticeOf(volume);
  const sign = flip.map((f) => (f ? -1 : 1));
  const corner = [...origin] as [number, number, number];
  axis.forEach((a, n) => {
    if (flip[n]) for (let w = 0; w < 3; w++) corner[w] += direction[3 * w + a] * spacing[a] * (size[a] - 1);
  });
  return makeVolume(turned(volume.data), [shape[2], shape[1], shape[0]], {
    ...volume,
    axes: turnedAxes(volume, { axis, flip }),
    placement: {
      origin: corner,
      direction: [0, 1, 2].flatMap((w) => axis.map((a, n) => direction[3 * w + a] * sign[n])),
    },
  });
}

/** Names slice, row and column are those of places in the array and stay; any other goes with its axis. */
function turnedAxes({ axes, shape }: Volume, { axis, flip }: Reorientation): Axis[] {
  const places = axes.map(({ name }) => name).join() === 'slice,row,column';
  return axes.map((here, a) => {
    const from = 2 - axis[2 - a];
    const moved = flip[2 - a] && !isLocal(axes[from]) ? flipAxis(axes[from], shape[from]) : axes[from];
    return places ? { ...moved, name: here.name } : moved;
  });
}

/**
 * Slices `from` up to, not including, `to` (as in Python); the origin moves along.
 * @throws SlicewiseError ARGUMENT when the range is empty or outside the volume
 */
export function cropSlices(volume: Volume, from: number, to: number): Volume {
  const [slices, ...rest] = volume.shape;
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to > slices || from >= to) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'no such slices',
      expected: `0 ≤ from < to ≤ ${slices}`,
      got: `${from}:${to}`,
    });
  }
  const size = lanesOf(volume) * elements(rest);
  const moves = rest.length === 2 && volume.placement !== undefined;
  const axes = volume.axes.map((axis, a) => (a > 0 || (moves && isLocal(axis)) ? axis : cropAxis(axis, from, to)));
  const placement = moves ? movedAlong(volume, from) : volume.placement;
  return makeVolume(volume.data.slice(from * size, to * size), [to - from, ...rest], { ...volume, axes, placement });
}

/** The placement of a volume that begins at slice `from`. */
function movedAlong(volume: Volume, from: number): Placement {
  const { origin, direction, spacing } = latticeOf(volume);
  const shift = apply3(direction, [0, 0, from * spacing[2]]);
  return { direction, origin: origin.map((value, n) => value + shift[n]) as [number, number, number] };
}

/**
 * For each of i, j, k the world axis it runs along and its sign. The nearest rotation is taken first (polar factor, so that shear does
 * not favour an axis), then axes are matched from the clearest to the least clear.
 */
export function closestAxes(direction: Matrix3): { world: number; sign: 1 | -1 }[] {
  const rotation = polarFactor(direction);
  const result: { world: number; sign: 1 | -1 }[] = [];
  const free = new Set([0, 1, 2]);
  const clarity = (column: number) => Math.max(...[0, 1, 2].map((w) => Math.abs(rotation[3 * w + column])));
  for (const column of [0, 1, 2].sort((a, b) => clarity(b) - clarity(a))) {
    const world = [...free].reduce((best, w) => (Math.abs(rotation[3 * w + column]) > Math.abs(rotation[3 * best + column]) ? w : best));
    free.delete(world);
    result[column] = { world, sign: rotation[3 * world + column] < 0 ? -1 : 1 };
  }
  return result;
}

/** The orthogonal factor of a matrix by Newton's iteration (Higham 1986, SIAM J. Sci. Stat. Comput. 7:1160). */
function polarFactor(matrix: Matrix3): number[] {
  let m = [...matrix];
  for (let round = 0; round < 30; round++) {
    const inverse = inverse3(m);
    const next = m.map((value, n) => (value + inverse[(n % 3) * 3 + Math.floor(n / 3)]) / 2);
    const change = Math.max(...next.map((value, n) => Math.abs(value - m[n])));
    m = next;
    if (change < 1e-12) break;
  }
  return m;
}
