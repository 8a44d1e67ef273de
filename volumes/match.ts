import { elements, lanesOf } from '../core/array.js';
import { coordinateAt, cropAxis, describeSamples, type Axis } from '../core/axis.js';
import { SlicewiseError } from '../core/errors.js';
import { apply3, inverse3, linearPart, multiply3 } from './affine.js';
import { reorient, type Reorientation } from './orientation.js';
import { affineOf, latticeOf, shapeOf } from '../core/placement.js';
import { makeVolume, type Volume } from './volume.js';

/** Where a volume lies in a larger one. */
export interface Match {
  /** First voxel of the region in the larger volume, (i, j, k) order of that volume. */
  readonly start: readonly [number, number, number];
  /** Size of the region, same order. */
  readonly size: readonly [number, number, number];
  /** How the part's axes lie in the larger volume. */
  readonly turn: Reorientation;
  /** The region itself, turned so that voxel for voxel it lies on the part. */
  readonly region: Volume;
}

/** What `matchVolumes` finds: the region in words too, for people. */
export interface Found {
  /** First sample of the region in the larger volume and its size: (i, j, k) order of volumes with a place, else that of the axes. */
  readonly start: readonly number[];
  readonly size: readonly number[];
  readonly region: Volume;
  /** `voxels 0, 0, 4 to 63, 63, 7`, or `time 0 to 99, trace 3 to 7` */
  readonly words: string;
}

/**
 * Finds the samples of `whole` that `part` covers: by their affines where both have a place (`matchByAffine`), by their axes where
 * neither has.
 * @throws SlicewiseError GEOMETRY when lattices or axes differ, the part reaches outside, or one has a place and the other none
 */
export function matchVolumes(part: Volume, whole: Volume): Found {
  if (part.placement && whole.placement) {
    const { start, size, region } = matchByAffine(part, whole);
    const last = start.map((s, n) => s + size[n] - 1);
    return { start, size, region, words: `voxels ${start.join(', ')} to ${last.join(', ')}` };
  }
  requireSameNames(part, whole);
  const start = part.axes.map((axis, a) => firstOf(axis, part.shape[a], whole.axes[a], whole.shape[a]));
  const ends = start.map((s, a) => `${part.axes[a].name} ${s} to ${s + part.shape[a] - 1}`);
  return { start, size: part.shape, region: cropped(whole, start, part.shape), words: ends.join(', ') };
}

/**
 * Two volumes of one shape whose axes must say the same.
 * @throws SlicewiseError GEOMETRY naming the axes that differ
 */
export function requireSameAxes(volume: Volume, reference: Volume): void {
  requireSameNames(volume, reference);
  volume.axes.forEach((axis, a) => firstOf(axis, volume.shape[a], reference.axes[a], reference.shape[a]));
}

function requireSameNames(part: Volume, whole: Volume): void {
  const words = ({ axes, placement }: Volume): string =>
    axes.map(({ name, unit }) => (unit ? `${name} in ${unit}` : name)).join(', ') + (placement ? ', placed in RAS+ mm' : '');
  if (words(part) === words(whole)) return;
  throw new SlicewiseError('GEOMETRY', {
    message: 'the two volumes have different axes',
    expected: words(whole),
    got: words(part),
    hint: 'permute or convert one of them, or say its axes when it is read',
  });
}

/** The sample of `whole` at which `part` begins. */
function firstOf(part: Axis, count: number, whole: Axis, most: number): number {
  const at = (axis: Axis) => (_: unknown, n: number) => coordinateAt(axis, n);
  const [wanted, there] = [Array.from({ length: count }, at(part)), Array.from({ length: most }, at(whole))];
  const pitch = most > 1 ? Math.abs(there[most - 1] - there[0]) / (most - 1) : Math.abs(wanted[0]) || 1;
  const near = (a: number, b: number): boolean => Math.abs(a - b) <= TOLERANCE * pitch;
  const start = there.findIndex((value) => near(value, wanted[0]));
  if (start >= 0 && start + count <= most && wanted.every((value, n) => near(value, there[start + n]))) return start;
  throw new SlicewiseError('GEOMETRY', {
    message: `the samples along '${part.name}' are not those of the other volume`,
    expected: describeSamples(whole, most),
    got: describeSamples(part, count),
    hint: 'resample one onto the other',
  });
}

/** Part of a volume of any number of axes, which keeps their coordinates. */
function cropped(volume: Volume, start: readonly number[], size: readonly number[]): Volume {
  const lanes = lanesOf(volume);
  const rank = size.length;
  const width = lanes * size[rank - 1];
  const data = new Float32Array(lanes * elements(size));
  const index = new Array<number>(rank - 1).fill(0);
  for (let to = 0; to < data.length; to += width) {
    let from = 0;
    for (let a = 0; a < rank; a++) from = from * volume.shape[a] + start[a] + (a < rank - 1 ? index[a] : 0);
    data.set(volume.data.subarray(lanes * from, lanes * from + width), to);
    for (let a = rank - 2; a >= 0 && ++index[a] === size[a]; a--) index[a] = 0;
  }
  const axes = volume.axes.map((axis, a) => cropAxis(axis, start[a], start[a] + size[a]));
  return makeVolume(data, size, { ...volume, axes });
}

/** Voxels may be off the lattice by this part of a voxel, anywhere in the part (headers store float32 and few decimals). */
const TOLERANCE = 0.1;
/** And their size and direction by this part. */
const SCALE_TOLERANCE = 0.002;

/**
 * Finds the voxels of `whole` that `part` covers, by the two affines: the same lattice up to whole-voxel offsets, axis order and flips.
 * @throws SlicewiseError GEOMETRY when the lattices differ or the part reaches outside
 */
export function matchByAffine(part: Volume, whole: Volume): Match {
  const a = affineOf(part);
  const b = affineOf(whole);
  const toWhole = inverse3(linearPart(b));
  const linear = multiply3(toWhole, linearPart(a));
  const offset = apply3(toWhole, [a[3] - b[3], a[7] - b[7], a[11] - b[11]]);
  const partSize = shapeOf(part).reverse();
  const wholeSize = shapeOf(whole).reverse();

  const rounded = linear.map(Math.round);
  const firstVoxel = offset.map(Math.round);
  // the affine error grows linearly: its largest value is at a corner, so bound it by the sum over axes
  const drift = Math.max(
    ...[0, 1, 2].map((row) =>
      [0, 1, 2].reduce(
        (sum, c) => sum + Math.abs(linear[3 * row + c] - rounded[3 * row + c]) * (partSize[c] - 1),
        Math.abs(offset[row] - firstVoxel[row]),
      ),
    ),
  );
  const axis = [0, 1, 2].map((c) => [0, 1, 2].findIndex((row) => Math.abs(rounded[3 * row + c]) === 1)) as [number, number, number];
  const permutes =
    rounded.every((n) => Math.abs(n) <= 1) && new Set(axis).size === 3 && !axis.includes(-1) && rounded.filter((n) => n !== 0).length === 3;
  const stretch = Math.max(...linear.map((value, n) => Math.abs(value - rounded[n])));
  if (!permutes || drift > TOLERANCE || stretch > SCALE_TOLERANCE) {
    throw new SlicewiseError('GEOMETRY', {
      message: 'the two volumes do not share a voxel lattice',
      expected: `voxels of ${describe(whole)}`,
      got: describe(part),
      hint:
        permutes && stretch <= SCALE_TOLERANCE
          ? `they are off by ${drift.toPrecision(2)} voxels: resample one onto the other`
          : 'resample one onto the other',
    });
  }
  const flip = axis.map((row, c) => rounded[3 * row + c] < 0) as [boolean, boolean, boolean];

  const start = [0, 0, 0] as [number, number, number];
  const size = [0, 0, 0] as [number, number, number];
  axis.forEach((row, c) => {
    size[row] = partSize[c];
    start[row] = flip[c] ? firstVoxel[row] - (partSize[c] - 1) : firstVoxel[row];
  });
  if (start.some((s, n) => s < 0 || s + size[n] > wholeSize[n])) {
    throw new SlicewiseError('GEOMETRY', {
      message: 'the volume reaches outside the one it is compared with',
      expected: `voxels within 0 … ${wholeSize.map((n) => n - 1).join(', ')}`,
      got: `${start.join(', ')} … ${start.map((s, n) => s + size[n] - 1).join(', ')}`,
    });
  }
  const turn: Reorientation = { axis, flip };
  return { start, size, turn, region: reorient(cut(whole, start, size), turn) };
}

function cut(volume: Volume, start: readonly number[], size: readonly number[]): Volume {
  const [, nj, ni] = shapeOf(volume);
  const lanes = lanesOf(volume);
  const inside = (from: Float32Array): Float32Array => {
    const data = new Float32Array(lanes * size[0] * size[1] * size[2]);
    for (let k = 0; k < size[2]; k++) {
      for (let j = 0; j < size[1]; j++) {
        const at = ((k + start[2]) * nj + j + start[1]) * ni + start[0];
        data.set(from.subarray(lanes * at, lanes * (at + size[0])), lanes * (k * size[1] + j) * size[0]);
      }
    }
    return data;
  };
  const { origin, direction, spacing } = latticeOf(volume);
  const shift = apply3(
    direction,
    start.map((s, n) => s * spacing[n]),
  );
  return makeVolume(inside(volume.data), [size[2], size[1], size[0]], {
    ...volume,
    placement: { direction, origin: origin.map((value, n) => value + shift[n]) as [number, number, number] },
  });
}

function describe(volume: Volume): string {
  const { spacing, origin } = latticeOf(volume);
  return `${spacing.map((s) => +s.toPrecision(6)).join(' × ')} mm at (${origin.map((o) => +o.toFixed(3)).join(', ')})`;
}
