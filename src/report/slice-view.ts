import { directionOf, spacingOf } from '../../core/placement.js';
import { shapeOf, showsBody, volumeData, type Volume } from '../../volumes/volume.js';
import { nearestAxes, sliceAcross, type Plane } from '../metrics/planes.js';

/** radiological: the patient's right at the left of axial and coronal images; neurological: at the right. */
export type Convention = 'radiological' | 'neurological';

/** One slice, turned as it is looked at: row 0 at the top. */
export interface SliceView {
  readonly plane: Plane;
  /** [height, width] */
  readonly values: Float32Array;
  readonly width: number;
  readonly height: number;
  /** mm of a pixel across and down. */
  readonly pixel: readonly [number, number];
  /** What lies at the left and at the top edge: R, L, A, P, S, I, or ±x, ±y, ±z when it is no body. */
  readonly left: string;
  readonly top: string;
  /** Which slice of how many, along the stored axis. */
  readonly index: number;
  readonly count: number;
}

const LETTERS = ['LR', 'PA', 'IS']; // towards −, towards + of RAS+ x, y, z

/**
 * The slice of a plane as a viewer shows it. Axial: front at the top. Coronal: head at the top. Sagittal: head at the top,
 * front at the left.
 * @param index along the array axis nearest to the plane's normal; default the middle
 */
export function viewSlice(
  volume: Volume,
  plane: Plane,
  convention: Convention = 'radiological',
  index?: number,
): SliceView {
  const axes = nearestAxes(directionOf(volume));
  const [across, up, through] = { axial: [0, 1, 2], coronal: [0, 2, 1], sagittal: [1, 2, 0] }[plane];
  // Towards which end of world x (axial, coronal) or y (sagittal) the image runs from left to right.
  const rightwards = plane === 'sagittal' ? -1 : convention === 'radiological' ? -1 : 1;
  const shape = shapeOf(volume);
  const stack = axes[through].axis;
  const count = shape[stack];
  const at = Math.min(Math.max(index ?? Math.floor(count / 2), 0), count - 1);
  const width = shape[axes[across].axis];
  const height = shape[axes[up].axis];
  const stored = new Float32Array(width * height);
  sliceAcross(volumeData(volume), shape, stack, at, stored);

  // The stored slice is C order of the two axes left; the lower array axis is its row.
  const rowsGoUp = axes[up].axis < axes[across].axis;
  const [strideX, strideY] = rowsGoUp ? [1, width] : [height, 1];
  const flipX = axes[across].sign !== rightwards;
  const flipY = axes[up].sign > 0;
  const values = new Float32Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    const from = (flipY ? height - 1 - y : y) * strideY;
    for (let x = 0; x < width; x++) values[to++] = stored[from + (flipX ? width - 1 - x : x) * strideX];
  }
  const body = showsBody(volume);
  const name = (world: number, sign: number): string =>
    body ? LETTERS[world][sign > 0 ? 1 : 0] : `${sign > 0 ? '+' : '−'}${'xyz'[world]}`;
  return {
    plane,
    values,
    width,
    height,
    pixel: [millimetres(volume, axes[across].axis), millimetres(volume, axes[up].axis)],
    left: name(across, -rightwards),
    top: name(up, 1),
    index: at,
    count,
  };
}

const millimetres = (volume: Volume, axis: number): number => {
  const mm = spacingOf(volume)[2 - axis];
  return Number.isFinite(mm) && mm > 0 ? mm : 1;
};

/** `view` minus another of the same slice. */
export function difference(view: SliceView, reference: SliceView): SliceView {
  return { ...view, values: view.values.map((v, n) => v - reference.values[n]) };
}

/**
 * Bilinear resampling to square pixels (pixel centres aligned, edges repeated).
 * @param width wanted width in pixels; the height follows from the millimetres, at least 1
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
