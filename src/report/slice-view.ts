import { commonUnit, stepOf, type Axis } from '../../core/axis.js';
import { directionOf } from '../../core/placement.js';
import { unitRatio } from '../../core/units.js';
import { showsBody, volumeData, type Volume } from '../../volumes/volume.js';
import { imageCount, imageOf, isAnatomical, nearestAxes, planeNamed, type Plane, type VolumePlane } from '../metrics/planes.js';

/** radiological: the patient's right at the left of axial and coronal images; neurological: at the right. */
export type Convention = 'radiological' | 'neurological';

/** One slice, turned as it is looked at: row 0 at the top. */
export interface SliceView {
  /** Its plane's name (`planesOf`). */
  readonly plane: string;
  /** [height, width] */
  readonly values: Float32Array;
  readonly width: number;
  readonly height: number;
  /** Size of a pixel across and down in `unit`; without a unit only their ratio means something. */
  readonly pixel: readonly [number, number];
  /** Unit of `pixel`, where both axes measure the same. */
  readonly unit?: string;
  /** What lies at the left and at the top edge: R, L, A, P, S, I, or ±x, ±y, ±z when it is no body; empty without a place. */
  readonly left: string;
  readonly top: string;
  /** Which image of how many. */
  readonly index: number;
  readonly count: number;
}

const LETTERS = ['LR', 'PA', 'IS']; // towards −, towards + of RAS+ x, y, z

/**
 * An image of a plane as a viewer shows it. Axial: front at the top. Coronal: head at the top. Sagittal: head at the top, front at the
 * left. Of a volume without a place: as it is stored, and where just one of the axes is a time, that one down.
 * @param index along the array axis nearest to the plane's normal (of others: as `imageOf` counts); default the middle
 * @throws SlicewiseError ARGUMENT for a plane that the volume has not, SHAPE for a complex volume
 */
export function viewSlice(volume: Volume, plane: string, convention: Convention = 'radiological', index?: number): SliceView {
  const own = planeNamed(volume, plane);
  const { shape, axes } = volume;
  const count = imageCount(shape, own);
  const middle = count === 1 ? 0 : middleOf(volume, own);
  const at = Math.min(Math.max(index ?? middle, 0), count - 1);
  const stored = new Float32Array(shape[own.rows] * shape[own.columns]);
  imageOf(volumeData(volume), shape, own, at, stored);

  const turn = turnOf(volume, own, convention);
  const { across, down, flipX, flipY } = turn;
  const [width, height] = [shape[across], shape[down]];
  const [strideX, strideY] = down < across ? [1, width] : [height, 1];
  const values = new Float32Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    const from = (flipY ? height - 1 - y : y) * strideY;
    for (let x = 0; x < width; x++) values[to++] = stored[from + (flipX ? width - 1 - x : x) * strideX];
  }
  const scale = pixelOf(axes[across], axes[down], width, height);
  return { plane, values, width, height, ...scale, left: turn.left, top: turn.top, index: at, count };
}

/** How the images of a plane are turned and how large their pixels are. */
export const turnOf = (volume: Volume, plane: VolumePlane, convention: Convention = 'radiological'): Turn =>
  isAnatomical(plane.name) ? anatomical(volume, plane.name, convention) : plain(volume.axes, plane);

/** How a stored image is turned: which array axes run across and down, whether against their counting, and what its edges are. */
export interface Turn {
  readonly across: number;
  readonly down: number;
  readonly flipX: boolean;
  readonly flipY: boolean;
  readonly left: string;
  readonly top: string;
}

function anatomical(volume: Volume, plane: Plane, convention: Convention): Turn {
  const axes = nearestAxes(directionOf(volume));
  const [across, up] = { axial: [0, 1], coronal: [0, 2], sagittal: [1, 2] }[plane];
  // Towards which end of world x (axial, coronal) or y (sagittal) the image runs from left to right.
  const rightwards = plane === 'sagittal' ? -1 : convention === 'radiological' ? -1 : 1;
  const body = showsBody(volume);
  const name = (world: number, sign: number): string =>
    body ? LETTERS[world][sign > 0 ? 1 : 0] : `${sign > 0 ? '+' : '−'}${'xyz'[world]}`;
  return {
    across: axes[across].axis,
    down: axes[up].axis,
    flipX: axes[across].sign !== rightwards,
    flipY: axes[up].sign > 0,
    left: name(across, -rightwards),
    top: name(up, 1),
  };
}

/** Is it a time or a depth, which sections have downwards? */
export const runsDown = (axis: Axis): boolean => unitRatio(axis.unit, 's') !== undefined || axis.name === 'depth';

/** Rows downwards, columns to the right; a time or a depth runs down, as sections are drawn. */
function plain(axes: readonly Axis[], { rows, columns }: VolumePlane): Turn {
  const turned = runsDown(axes[columns]) && !runsDown(axes[rows]);
  const [across, down] = turned ? [rows, columns] : [columns, rows];
  return { across, down, flipX: false, flipY: false, left: '', top: '' };
}

/** The middle of the axes beside the plane's, counted as `imageOf` does. */
function middleOf({ shape }: Volume, { rows, columns }: VolumePlane): number {
  let index = 0;
  shape.forEach((n, a) => (index = a === rows || a === columns ? index : index * n + Math.floor(n / 2)));
  return index;
}

/** An image of axes that measure different things has no true ratio: samples are square, but no side is more than twice the other. */
export function pixelOf(across: Axis, down: Axis, width: number, height: number): Pick<SliceView, 'pixel' | 'unit'> {
  const unit = commonUnit([across, down]);
  if (unit) {
    const sizes = [across, down].map((axis) => Math.abs(stepOf(axis, unit)));
    const [x, y] = sizes.map((size) => (Number.isFinite(size) && size > 0 ? size : 1));
    return { pixel: [x, y], unit };
  }
  return { pixel: looselySquare(width, height) };
}

/** Square samples, as long as no side of the image is more than twice the other. */
export function looselySquare(width: number, height: number): [number, number] {
  const ratio = Math.min(2, Math.max(0.5, height / width));
  return [1, (ratio * width) / height];
}

/** `view` minus another of the same slice. */
export function difference(view: SliceView, reference: SliceView): SliceView {
  return { ...view, values: view.values.map((v, n) => v - reference.values[n]) };
}

/**
 * Bilinear resampling to square pixels (pixel centres aligned, edges repeated).
 * @param width wanted width in pixels; the height follows from the size of the pixels, at least 1
 */
export function resample(view: SliceView, width: number): { values: Float32Array; width: number; height: number } {
  const [px, py] = view.pixel;
  const height = Math.max(1, Math.round((width * view.height * py) / (view.width * px)));
  const values = new Float32Array(width * height);
  const columns = samples(view.width, width);
  const rows = samples(view.height, height);
  for (let y = 0, to = 0; y < height; y++) {
    const [top, below, wy] = rows[y];
    for (let x = 0; x < width; x++) {
      const [left, right, wx] = columns[x];
      const a = view.values[top * view.width + left] * (1 - wx) + view.values[top * view.width + right] * wx;
      const b = view.values[below * view.width + left] * (1 - wx) + view.values[below * view.width + right] * wx;
      values[to++] = a * (1 - wy) + b * wy;
    }
  }
  return { values, width, height };
}

function samples(from: number, to: number): [number, number, number][] {
  return Array.from({ length: to }, (_, n) => {
    const at = Math.min(Math.max(((n + 0.5) * from) / to - 0.5, 0), from - 1);
    const first = Math.floor(at);
    return [first, Math.min(first + 1, from - 1), at - first];
  });
}

/** Width in pixels that keeps every stored pixel: the finer of the two spacings, at most `limit` on the longer side. */
export function nativeWidth(view: SliceView, limit: number): number {
  const fine = Math.min(...view.pixel);
  const width = (view.width * view.pixel[0]) / fine;
  const height = (view.height * view.pixel[1]) / fine;
  return Math.max(1, Math.round(width * Math.min(1, limit / Math.max(width, height))));
}
