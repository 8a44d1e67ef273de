import { SlicewiseError } from '../../../core/errors.js';
import { selectViews, viewAxis } from '../../../volumes/kinds/views.js';
import type { Measurement } from '../../../volumes/measurement.js';
import { drawn } from '../draws.js';
import type { HoldOut } from '../held-out.js';

/** Share of the views that is hidden where none is said. */
const SHARE = 0.02;
/** With fewer views the image depends on each of them, and one hidden view tells of that more than of the method. */
const FEWEST = 16;

/** Whole views are hidden, every slice of them: single rays are told by their neighbours in the view, whatever the method. */
export const heldOutViews: HoldOut = {
  what: 'views',
  draw(scan: Measurement, { seed, share = SHARE }) {
    const axis = viewAxis(scan.kind);
    const views = scan.shape[axis];
    if (views < FEWEST) {
      throw new SlicewiseError('ARGUMENT', {
        message: `${views} views are too few to hide any of them and judge by it`,
        expected: `at least ${FEWEST} views`,
        got: `${views}`,
        hint: 'leave --hold-out and --tune out',
      });
    }
    const all = Array.from({ length: views }, (_, n) => n);
    // the first and the last view of a limited arc are not enclosed by others
    const hide = new Set(drawn(all.slice(1, -1), Math.max(1, Math.round(share * views)), seed));
    const left = all.filter((view) => !hide.has(view));
    return [{ scan: selectViews(scan, left), hidden: (shape) => marked(shape, axis, hide), count: hide.size, of: views }];
  },
};

function marked(shape: readonly number[], axis: number, hide: ReadonlySet<number>): Uint8Array {
  const inner = shape.slice(axis + 1).reduce((a, n) => a * n, 1);
  const views = shape[axis];
  return Uint8Array.from({ length: shape.reduce((a, n) => a * n, 1) }, (_, n) => (hide.has(Math.floor(n / inner) % views) ? 1 : 0));
}
