import type { PixelGrid } from '../pixel-grid.js';
import { pixelMap } from '../fbp/pixel-map.js';
import type { View2D } from '../vectors.js';

/**
 * Rays and views as the WGSL kernels read them (rays.wgsl, footprint.wgsl). A ray is marched line by line along its main axis: lines are
 * image rows (axis 0) or columns (axis 1). Its position across is fixed-point with 32 fraction bits, as on the CPU (rays.as.ts), in two
 * words: stepping is exact, so projection and backprojection meet the same pixels with the same weights, and so do the backends.
 */
export interface RayTable {
  /**
   * [view][detector] of eight words: position at line 0 (low, high), step (low, high), mm per line (f32), axis, first line met, one past
   * the last.
   */
  readonly rays: Uint32Array;
  /** Indices of the rays of either axis, in order. */
  readonly order: readonly [Uint32Array, Uint32Array];
  /**
   * [view] of eight floats: bin of a pixel (constant, per column, per row, rounding error), its distance likewise (and the axes: 1, 2 or
   * 3). See `pixelMap`.
   */
  readonly views: Float32Array;
}

/** One ray in pixels. */
export interface Ray {
  /** Main axis: 0 rows, 1 columns. */
  readonly axis: 0 | 1;
  /** Pixels across, at line 0 and per line. */
  readonly first: number;
  readonly slope: number;
  /** mm per line. */
  readonly length: number;
  /** Lines that may count. */
  readonly from: number;
  readonly to: number;
}

const WORD = 2 ** 32;
/** Beyond every image, and within 64 bits. */
const FAR = 1e9;
const WORDS = 8;

/** Where bins may see a pixel, and along which axes the rays of a view run. */
const AXIS_ROWS = 1;
const AXIS_COLUMNS = 2;

export function rayTable(
  views: readonly View2D[],
  detectors: number,
  grid: PixelGrid,
  rayOf: (view: number, detector: number) => Ray,
): RayTable {
  const count = views.length * detectors;
  const words = new Uint32Array(count * WORDS);
  const floats = new Float32Array(words.buffer);
  const axisOf = new Uint8Array(count);
  const [, rows, columns] = grid.shape;
  for (let n = 0; n < count; n++) {
    const { axis, first, slope, length, from, to } = rayOf(Math.floor(n / detectors), n % detectors);
    const width = axis === 0 ? columns : rows;
    // whole numbers of 2⁻³² pixels; exact in float64 wherever a ray can meet an image
    const p = Math.trunc(Math.max(-FAR, Math.min(FAR, first)) * WORD);
    const step = Math.trunc(slope * WORD);
    const start = firstAbove(p, step, width, from, to);
    const at = n * WORDS;
    for (const [i, value] of [p, step].entries()) {
      const high = Math.floor(value / WORD);
      words[at + 2 * i] = value - high * WORD;
      words[at + 2 * i + 1] = high;
    }
    floats[at + 4] = length;
    words[at + 5] = axisOf[n] = axis;
    words[at + 6] = start;
    words[at + 7] = endOf(p, step, width, start, to);
  }
  const order = [0, 1].map((axis) => {
    const list = new Uint32Array(axisOf.reduce((sum, a) => sum + (a === axis ? 1 : 0), 0));
    for (let n = 0, i = 0; n < count; n++) if (axisOf[n] === axis) list[i++] = n;
    return list;
  }) as [Uint32Array, Uint32Array];
  return { rays: words, order, views: viewTable(views, detectors, grid, axisOf) };
}

function viewTable(views: readonly View2D[], detectors: number, grid: PixelGrid, axisOf: Uint8Array): Float32Array {
  const [, rows, columns] = grid.shape;
  return Float32Array.from(
    views.flatMap((view, v) => {
      const axes = axisOf.subarray(v * detectors, (v + 1) * detectors);
      const [n0, n1, n2, d0, d1, d2] = pixelMap(view, detectors, grid);
      const rounding = 1e-6 * (Math.abs(n0) + Math.abs(n1) * columns + Math.abs(n2) * rows);
      const kinds = (axes.includes(0) ? AXIS_ROWS : 0) + (axes.includes(1) ? AXIS_COLUMNS : 0);
      return [n0, n1, n2, rounding, d0, d1, d2, kinds];
    }),
  );
}

/** Is the pixel before the position one of −1 … width − 1? */
const within = (p: number, step: number, j: number, width: number): boolean => {
  const i = Math.floor((p + step * j) / WORD);
  return i >= -1 && i < width;
};

/** The first line from `from` on that is met; a line straight to it, then the exact one. */
function firstAbove(p: number, step: number, width: number, from: number, to: number): number {
  let j = from;
  if (step !== 0) {
    const guess = Math.trunc(((step > 0 ? -1 : width) * WORD - p) / step - 2);
    if (guess > from) j = Math.min(guess, to);
  }
  while (j < to && !within(p, step, j, width)) j++;
  return j;
}

/** One past the last line of the run that begins at `from`. */
function endOf(p: number, step: number, width: number, from: number, to: number): number {
  let j = to;
  if (step !== 0) {
    const guess = Math.trunc(((step > 0 ? width : -1) * WORD - p) / step + 2);
    if (guess < to) j = Math.max(guess, from);
  }
  while (j > from && !within(p, step, j - 1, width)) j--;
  return j;
}

/** A view in the grid's own axes (x along columns, y along rows), as `packViews` and `coneTable` give it. */
interface Vectors {
  readonly divergent: boolean;
  readonly curved: boolean;
  readonly ray: readonly [number, number];
  readonly centre: readonly [number, number];
  readonly u: readonly [number, number];
}

/** The view's numbers at `at` of a table: ray, centre and u, two each. */
export const vectorsAt = (table: Float64Array, at: number, divergent: boolean, curved = false): Vectors => ({
  divergent,
  curved,
  ray: [table[at], table[at + 1]],
  centre: [table[at + 2], table[at + 3]],
  u: [table[at + 4], table[at + 5]],
});

/** Where a bin is that is `s` steps from the middle: on the line along u, or on the arc about the source. */
function binAt({ curved, ray, centre, u }: Vectors, s: number): readonly [number, number] {
  if (!curved) return [centre[0] + s * u[0], centre[1] + s * u[1]];
  const [dx, dy] = [centre[0] - ray[0], centre[1] - ray[1]];
  const [radius, pitch] = [Math.sqrt(dx * dx + dy * dy), Math.sqrt(u[0] * u[0] + u[1] * u[1])];
  const c = Math.cos((s * pitch) / radius);
  const t = (Math.sin((s * pitch) / radius) * radius) / pitch;
  return [ray[0] + c * dx + t * u[0], ray[1] + c * dy + t * u[1]];
}

/** A ray of a slice-parallel scan; the arithmetic is that of `plan` in rays.as.ts. */
export function sliceRay(view: Vectors, detector: number, detectors: number, { shape, spacing }: PixelGrid): Ray {
  const { divergent, ray } = view;
  const [, rows, columns] = shape;
  const [px, py] = binAt(view, detector - 0.5 * (detectors - 1));
  const [mx, my] = divergent ? [px - ray[0], py - ray[1]] : ray;
  const [dx, dy] = [mx / spacing[0], my / spacing[1]];
  const alongRows = Math.abs(dy) >= Math.abs(dx);
  const [rowMiddle, columnMiddle] = [0.5 * (rows - 1), 0.5 * (columns - 1)];
  const [ox, oy] = [px / spacing[0] + columnMiddle, py / spacing[1] + rowMiddle];
  const slope = alongRows ? dx / dy : dy / dx;
  const main = alongRows ? dy : dx;
  let [from, to] = [0, alongRows ? rows : columns];
  if (divergent) {
    // lines in front of the source
    const source = alongRows ? ray[1] / spacing[1] + rowMiddle : ray[0] / spacing[0] + columnMiddle;
    const line = Math.max(-1, Math.min(to, source));
    if (main > 0) from = Math.max(0, Math.ceil(line + 1e-9));
    else to = Math.min(to, Math.floor(line - 1e-9) + 1);
  }
  return {
    axis: alongRows ? 0 : 1,
    first: alongRows ? ox - slope * oy : oy - slope * ox,
    slope,
    length: Math.sqrt(mx * mx + my * my) / Math.abs(main),
    from,
    to,
  };
}

/**
 * A ray of a cone-beam scan in the plane, and how far it has come from source (0) to detector (1): at line 0, and per line. As `plan` in
 * cone.as.ts.
 */
export interface ConeRay extends Ray {
  readonly part0: number;
  readonly part1: number;
  /** mm² from source to detector column, in the plane. */
  readonly square: number;
}

export function coneRay(view: Vectors, column: number, columns: number, grid: PixelGrid): ConeRay {
  const { ray } = view;
  const { shape, spacing } = grid;
  const [px, py] = binAt(view, column - 0.5 * (columns - 1));
  const [mx, my] = [px - ray[0], py - ray[1]];
  const [dx, dy] = [mx / spacing[0], my / spacing[1]];
  const alongRows = Math.abs(dy) >= Math.abs(dx);
  const slope = alongRows ? dx / dy : dy / dx;
  const [ox, oy] = [ray[0] / spacing[0] + 0.5 * (shape[2] - 1), ray[1] / spacing[1] + 0.5 * (shape[1] - 1)];
  const part1 = alongRows ? 1 / dy : 1 / dx;
  const part0 = alongRows ? -oy * part1 : -ox * part1;
  let [from, to] = [0, alongRows ? shape[1] : shape[2]];
  const inFront = (line: number): boolean => part0 + part1 * line > 1e-4;
  while (from < to && !inFront(from)) from++;
  while (to > from && !inFront(to - 1)) to--;
  const first = alongRows ? ox - slope * oy : oy - slope * ox;
  return { axis: alongRows ? 0 : 1, first, slope, length: Math.abs(part1), from, to, part0, part1, square: mx * mx + my * my };
}

/**
 * Heights of the rays of cone-beam detector columns, eight floats each: of the middle row in slices above the middle of the volume, in the
 * middle of the lines and per line; between rows likewise; squared distance source → column in the plane (mm²); lines per mm⁻¹; middle row
 * above the source (mm). Counted from the middle, the float32 numbers stay small.
 */
export function coneHeights(
  rays: (view: number, column: number) => ConeRay,
  heights: readonly { readonly source: number; readonly middle: number }[],
  columns: number,
  rowPitch: number,
  { shape, spacing }: PixelGrid,
): Float32Array {
  const table = new Float32Array(heights.length * columns * 8);
  heights.forEach(({ source, middle }, v) => {
    for (let column = 0; column < columns; column++) {
      const { axis, part0, part1, square } = rays(v, column);
      const halfway = part0 + (part1 * ((axis === 0 ? shape[1] : shape[2]) - 1)) / 2;
      const above = middle - source;
      const values = [source + above * halfway, above * part1, rowPitch * halfway, rowPitch * part1];
      table.set([...values.map((mm) => mm / spacing[2]), square, Math.abs(part1), above], (v * columns + column) * 8);
    }
  });
  return table;
}
