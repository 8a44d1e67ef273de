import { SlicewiseError } from '../../../core/errors.js';
import { elements } from '../../../core/array.js';
import type { RawArray } from '../../raw-array.js';
import { FlatField, meanFlat, meanFrame, repairWarnings } from './projections.js';

/** Frames without object and without light, [frame, row, column]; axes of length 1 may be missing. */
export interface Frames {
  readonly flat?: RawArray;
  readonly dark?: RawArray;
}

/** Raw projections, [slice = row, view, detector] or, `cone`, [view, row, column]. */
interface Projections {
  readonly data: Float32Array;
  readonly views: number;
  readonly rows: number;
  readonly columns: number;
  readonly cone: boolean;
}

/**
 * Line integrals −ln((I − D)/(F − D)) of raw projections by flats and darks of every pixel, in an array of their own.
 * @param level counts without object, in place of flats
 * @throws SlicewiseError SHAPE for frames of another size, FORMAT where no pixel of a row saw light
 */
export function flatCorrected(raw: Projections, frames: Frames, level: number | undefined, warnings: string[]): Float32Array {
  const { data, views, rows, columns, cone } = raw;
  const pixels = rows * columns;
  const warn = (message: string): void => void warnings.push(message);
  const mean = (own: ArrayLike<number>, n: number): Float64Array => meanFlat(own, n, warn);
  const flat = frames.flat ? meanOf(frames.flat, rows, columns, 'flats', mean) : new Float64Array(pixels).fill(level ?? 1);
  if (!frames.dark) warnings.push('no dark fields (--dark): zero assumed');
  const dark = frames.dark ? meanOf(frames.dark, rows, columns, 'darks', meanFrame) : new Float64Array(pixels);
  const field = new FlatField(flat, dark, columns, 'auto');
  const out = new Float32Array(data.length);
  const [projection, line] = [new Float32Array(pixels), new Float32Array(pixels)];
  const at = (view: number, row: number): number => (cone ? view * rows + row : row * views + view) * columns;
  for (let view = 0; view < views; view++) {
    for (let row = 0; row < rows; row++) projection.set(data.subarray(at(view, row), at(view, row) + columns), row * columns);
    // NaN must be found, not floored away: it survives the correction
    field.correct(projection, 0, line);
    for (let row = 0; row < rows; row++) out.set(line.subarray(row * columns, (row + 1) * columns), at(view, row));
  }
  warnings.push(...repairWarnings(field.repairs, data.length));
  return out;
}

function meanOf(
  { data, shape, path }: RawArray,
  rows: number,
  columns: number,
  what: string,
  mean: (frames: ArrayLike<number>, pixels: number) => Float64Array,
): Float64Array {
  const last = shape.filter((n, a) => n !== 1 || a === shape.length - 1);
  const fits = rows === 1 ? last.at(-1) === columns : last.at(-1) === columns && last.at(-2) === rows;
  if (fits && elements(shape) % (rows * columns) === 0) return mean(data, rows * columns);
  throw new SlicewiseError('SHAPE', {
    message: `the ${what}${path ? ` (${path})` : ''} do not fit the projections`,
    expected: `frames of ${rows}×${columns} (row, column)`,
    got: shape.join('×'),
  });
}
