import { SlicewiseError } from '../../../core/errors.js';
import { cross3, dot3 } from '../../affine.js';
import type { DicomImage } from './image.js';

type Vector = readonly [number, number, number];

/** The images of a series in order along their normal. Lengths in mm, vectors in DICOM's LPS. */
export interface SliceStack {
  readonly images: readonly DicomImage[];
  /** Unit directions of increasing column index, row index and slice. */
  readonly along: Vector;
  readonly down: Vector;
  readonly normal: Vector;
  readonly columnSpacing: number;
  readonly rowSpacing: number;
  /** Height of every slice above the first, along the normal. */
  readonly heights: readonly number[];
  /** Typical distance of neighbours (lower median, so that gaps do not count; nominal thickness when there is one slice only). */
  readonly step: number;
  /** How far every slice is moved sideways against the first: along, down. */
  readonly shifts: readonly (readonly [number, number])[];
  /** Pairs of neighbours whose distance is not `step`, as text. */
  readonly gaps: readonly string[];
  /** Degrees between the normal and the line through the slices, when the slices are shifted; else 0. */
  readonly tilt: number;
  readonly warnings: readonly string[];
}

/**
 * Orders a series by position along the slice normal (PS3.3 C.7.6.2.1.1), never by file name or instance number, and finds what is
 * irregular about it. Distances may differ from the typical one by 0.1 mm (positions are often rounded) or 1 %, never by more than 10 %;
 * positions that are rounded more coarsely are regular where every slice lies within the rounding of a regular grid.
 * @throws SlicewiseError SERIES when images differ in size or orientation, have no position, or lie at the same place
 */
export function stackSlices(series: readonly DicomImage[]): SliceStack {
  const warnings: string[] = [];
  const images = series;
  const [first] = images;
  for (const image of images) {
    if (!image.position || !image.orientation || !image.pixelSpacing || !(Math.min(...image.pixelSpacing) > 0)) {
      throw new SlicewiseError('SERIES', {
        message: `${image.name} does not say where its image lies`,
        expected: 'image position, image orientation and pixel spacing',
        got: `no ${unsaidOf(image).join(', no ')}`,
        hint:
          'radiographs, screen shots and secondary captures are not slices of a volume; slices of a known distance can be saved as ' +
          '.npy and given with --spacing',
      });
    }
    if (!sameGrid(image, first)) {
      throw new SlicewiseError('SERIES', {
        message: 'images of one series differ in size, pixel spacing or orientation',
        expected: `${first.name}: ${grid(first)}`,
        got: `${image.name}: ${grid(image)}`,
        hint: 'keep the images of one stack in a folder',
      });
    }
  }
  const along = unit(first.orientation!.along);
  const down = unit(first.orientation!.down);
  const normal = cross3(along, down);
  if (Math.abs(dot3(along, down)) > 1e-3 || !normal.every(Number.isFinite)) {
    throw new SlicewiseError('FORMAT', {
      message: `${first.name}: rows and columns are not at right angles`,
      got: grid(first),
    });
  }

  const height = (image: DicomImage) => dot3(image.position!, normal);
  const sorted = [...images].sort((a, b) => height(a) - height(b));
  const base = sorted[0].position!;
  const heights = sorted.map((image) => height(image) - height(sorted[0]));
  const distances = heights.slice(1).map((h, n) => h - heights[n]);
  refuseDuplicates(sorted, distances, height);
  const nominal = first.thickness && first.thickness > 0 ? first.thickness : 1;
  const step = distances.length > 0 ? median(distances) : nominal;
  if (distances.length === 0) warnings.push(`one slice only: ${nominal} mm taken as its thickness`);

  const tolerance = Math.min(Math.max(0.01 * step, 0.1), 0.1 * step);
  const regular = isRegularButRounded(sorted, heights);
  const gaps = distances.flatMap((distance, n) => {
    if (regular || Math.abs(distance - step) <= tolerance) return [];
    const missing = Math.round(distance / step) - 1;
    const between = `between ${place(sorted[n], height)} and ${place(sorted[n + 1], height)}`;
    return [missing > 0 ? `${missing} missing ${between}` : `${+distance.toFixed(3)} mm ${between}`];
  });
  const shifts = sorted.map(({ position }) => {
    const moved = position!.map((value, n) => value - base[n]);
    return [dot3(moved, along), dot3(moved, down)] as const;
  });
  const farthest = Math.max(...shifts.map(([a, b]) => Math.hypot(a, b)));
  const [rowSpacing, columnSpacing] = first.pixelSpacing!;
  const total = heights[heights.length - 1];
  // 0.1° beside that: orientations rounded to three decimals lean as much
  const shifted = farthest > Math.max(0.1, 0.1 * Math.min(rowSpacing, columnSpacing), 0.0017 * total);
  const tilt = shifted ? (Math.atan2(farthest, total) * 180) / Math.PI : 0;
  return {
    images: sorted,
    along,
    down,
    normal,
    columnSpacing,
    rowSpacing,
    heights,
    step,
    shifts,
    gaps,
    tilt,
    warnings,
  };
}

/**
 * Are the slices on a regular grid, but for the rounding of their positions? 0.625 mm rounded to 0.1 mm are distances of 0.6 and 0.7 mm.
 * The rounding is what all coordinates are multiples of; a missing slice is farther from the grid than that.
 */
function isRegularButRounded(images: readonly DicomImage[], heights: readonly number[]): boolean {
  const count = heights.length;
  if (count < 4) return false;
  const step = heights[count - 1] / (count - 1);
  const coordinates = images.flatMap(({ position }) => [...position!]);
  const isMultiple = (quantum: number): boolean => coordinates.every((x) => Math.abs(x / quantum - Math.round(x / quantum)) < 1e-6);
  const quantum = [1, 0.5, 0.1, 0.05, 0.01].find(isMultiple);
  if (quantum === undefined || quantum > step / 2) return false;
  // half of it in each of three coordinates, at worst √3/2
  return heights.every((height, k) => Math.abs(height - k * step) <= 0.87 * quantum);
}

/** The same instance twice in a folder is a copy; only its first file counts. */
export function dropCopies(images: readonly DicomImage[], warnings: string[]): DicomImage[] {
  const seen = new Map<string, DicomImage>();
  const kept = images.filter((image) => {
    const key = `${image.instanceUid}${image.name.slice(image.name.lastIndexOf('#') + 1 || image.name.length)}`;
    const twin = image.instanceUid ? seen.get(key) : undefined;
    if (!twin || !sameBytes(twin.frameBytes(), image.frameBytes())) {
      seen.set(key, image);
      return true;
    }
    warnings.push(`${image.name} is a copy of ${twin.name} and was left out`);
    return false;
  });
  return kept;
}

/** What an image says nothing of its place by. */
function unsaidOf({ position, orientation, pixelSpacing }: DicomImage): string[] {
  return [
    ...(position ? [] : ['Image Position (0020,0032)']),
    ...(orientation ? [] : ['Image Orientation (0020,0037)']),
    ...(pixelSpacing && Math.min(...pixelSpacing) > 0 ? [] : ['Pixel Spacing (0028,0030) above 0']),
  ];
}

function refuseDuplicates(sorted: readonly DicomImage[], distances: readonly number[], height: Height): void {
  const closest = Math.max(1e-3, 0.01 * median(distances.filter((d) => d > 1e-3)));
  const pairs = distances.flatMap((d, n) => (d < closest ? [n] : []));
  if (pairs.length === 0) return;
  const [a, b] = [sorted[pairs[0]], sorted[pairs[0] + 1]];
  const names = new Set([...Object.keys(a.labels), ...Object.keys(b.labels)]);
  const differing = [...names].filter((name) => a.labels[name] !== b.labels[name]);
  throw new SlicewiseError('SERIES', {
    message: `${pairs.length} slice position${pairs.length > 1 ? 's' : ''} taken twice`,
    expected: 'one image at each position',
    got: `${place(a, height)} and ${place(b, height)}`,
    hint:
      differing.length > 0
        ? `they differ in ${differing.join(', ')}: keep one kind in a folder`
        : 'keep one of the two files in the folder',
  });
}

type Height = (image: DicomImage) => number;

const place = (image: DicomImage, height: Height): string => `${image.name} (${+height(image).toFixed(2)} mm)`;

function sameGrid(a: DicomImage, b: DicomImage): boolean {
  const near = (x: readonly number[], y: readonly number[], tolerance: number) =>
    x.every((value, n) => Math.abs(value - y[n]) <= tolerance);
  return (
    a.format.rows === b.format.rows &&
    a.format.columns === b.format.columns &&
    near(a.orientation!.along, b.orientation!.along, 1e-3) &&
    near(a.orientation!.down, b.orientation!.down, 1e-3) &&
    near(a.pixelSpacing!, b.pixelSpacing!, 1e-3 * b.pixelSpacing![0])
  );
}

const grid = ({ format, orientation, pixelSpacing }: DicomImage): string =>
  `${format.rows} × ${format.columns} pixels of ${pixelSpacing?.join(' × ')} mm, rows along (${orientation?.along.join(', ')}), columns ` +
  `along (${orientation?.down.join(', ')})`;

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((value, n) => value === b[n]);

function unit(v: Vector): Vector {
  const length = Math.hypot(...v);
  return [v[0] / length, v[1] / length, v[2] / length];
}

/** The lower one of two middles. */
function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1];
}
