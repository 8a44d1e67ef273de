import { SlicewiseError } from '../../../core/errors.js';
import { bytes } from '../../../core/text.js';
import type { LargeScan } from '../../modalities/large.js';
import { PROCESS_BYTES } from '../memory/memory-parts.js';
import { cutAxis, type Span } from './layout.js';

/** How a scan is cut. */
export interface WindowOptions {
  /**
   * Lines and rows of a window at most, or one number: lines with all of their rows, of a single line rows. Default what the scan's
   * modality says.
   */
  readonly size?: readonly [lines: number, rows?: number];
  /** Lines and rows that neighbouring windows share. */
  readonly overlap?: number;
  /** Bytes of memory that the run may take: smaller windows where those said do not fit. */
  readonly memory?: number;
}

/** The windows of a scan. */
export interface WindowPlan {
  readonly lines: readonly Span[];
  readonly rows: readonly Span[];
  /** Estimate of the memory in all. */
  readonly bytes: number;
}

/**
 * Bytes that a window takes for each of its values, with everything that is made on the way: counted from the arrays of the hungriest
 * methods, the membrane of a grid (five of float64 beside three of float32), and a network with the guide of its prior.
 */
const BYTES_A_VALUE = { direct: 60, prior: 120 } as const;
/** Of the scan, for each row: header columns, places, states. */
const BYTES_A_ROW = 40;

/** Memory for a scan [line, row, sample] that is reconstructed at once. */
export const wholeBytes = ({ shape }: Pick<LargeScan, 'shape'>, prior: boolean): number => PROCESS_BYTES + windowBytes(shape, prior);

const windowBytes = (shape: readonly number[], prior: boolean): number =>
  BYTES_A_VALUE[prior ? 'prior' : 'direct'] * shape.reduce((product, n) => product * n, 1);

/** Places that the first two windows share. */
export const overlapOf = ([first, second]: readonly Span[]): number => (second ? first.start + first.count - second.start : 0);

/**
 * Cuts a scan. The windows follow from its shape and the options alone, and so does the result; where no size was given, `memory` makes
 * them smaller, by halves of the longer side, until they fit.
 * @param prior a network may run
 * @throws SlicewiseError ARGUMENT for sizes and overlaps that are none, MEMORY where the smallest windows do not fit
 */
export function planWindows(scan: LargeScan, { size, overlap, memory = Infinity }: WindowOptions, prior: boolean): WindowPlan {
  const [lines, rows, samples] = scan.shape;
  const asked = size?.length === 1 ? (lines === 1 ? [1, size[0]] : [size[0], rows]) : (size ?? scan.windows.size);
  let [l, r] = asked.map((n, a) => Math.min(n!, scan.shape[a]));
  // of small windows a third at most
  const along = (side: number): number => overlap ?? Math.min(scan.windows.overlap, Math.floor(side / 3));
  const least = 3 * (overlap ?? 8);
  const kept = PROCESS_BYTES + BYTES_A_ROW * lines * rows;
  const planned = (): number => kept + windowBytes([l, r, samples], prior) + 4 * samples * (along(l) * rows + along(r) * l);
  while (planned() > memory) {
    const [halfL, halfR] = size ? [0, 0] : [Math.ceil(l / 2), Math.ceil(r / 2)];
    if (r >= l && halfR >= least) r = halfR;
    else if (halfL >= least) l = halfL;
    else if (halfR >= least) r = halfR;
    else {
      throw new SlicewiseError('MEMORY', {
        message: size ? 'windows of this size do not fit into memory' : 'not even small windows fit into memory',
        expected: `at most ${bytes(memory)}`,
        got: `${bytes(planned())} for windows of ${l} × ${r}`,
        hint: size ? 'smaller --windows' : 'a smaller --overlap allows smaller windows; or give more --memory',
      });
    }
  }
  return { lines: cutAxis(lines, l, along(l)), rows: cutAxis(rows, r, along(r)), bytes: planned() };
}
