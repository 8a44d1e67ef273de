import { fft } from '../../../core/fft.js';
import { SlicewiseError } from '../../../core/errors.js';
import { selectViews, viewAxis } from '../../../volumes/kinds/views.js';
import type { Measurement } from '../../../volumes/measurement.js';
import { drawTrials, type HoldOut } from '../held-out.js';

/** Share of the views that is hidden where none is said. */
const SHARE = 0.02;
/** With fewer views the image depends on each of them, and one hidden view tells of that more than of the method. */
const FEWEST = 16;

/** Whole views are hidden, every slice of them: single rays are told by their neighbours in the view, whatever the method. */
export const heldOutViews: HoldOut = {
  what: 'views',
  weigh: (values, shape) => rootRamp(values, shape[shape.length - 1]),
  draw(scan: Measurement, { seed, share = SHARE, trials = 1 }) {
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
    const each = Math.max(1, Math.round(share * views));
    return drawTrials(all.slice(1, -1), each, trials, seed).map((hide) => ({
      scan: selectViews(
        scan,
        all.filter((view) => !hide.has(view)),
      ),
      hidden: (shape) => marked(shape, axis, hide),
      count: hide.size,
      of: views,
    }));
  },
};

function marked(shape: readonly number[], axis: number, hide: ReadonlySet<number>): Uint8Array {
  const inner = shape.slice(axis + 1).reduce((a, n) => a * n, 1);
  const views = shape[axis];
  return Uint8Array.from({ length: shape.reduce((a, n) => a * n, 1) }, (_, n) => (hide.has(Math.floor(n / inner) % views) ? 1 : 0));
}

/**
 * √|f| along the detector, of rows one after another: ‖e‖² = ‖√|f| Ae‖² up to a factor for parallel views all round (the central slice
 * theorem), while plain errors of line integrals are of low frequencies mostly, and would choose images that are too noisy.
 */
function rootRamp(values: Float32Array, detectors: number): Float32Array {
  const length = 2 ** Math.ceil(Math.log2(2 * detectors));
  const transform = fft(length);
  const [row, spectrum] = [new Float64Array(2 * length), new Float64Array(2 * length)];
  const out = new Float32Array(values.length);
  for (let from = 0; from < values.length; from += detectors) {
    row.fill(0);
    for (let d = 0; d < detectors; d++) row[2 * d] = values[from + d];
    transform.forward(row, spectrum);
    for (let k = 0; k < length; k++) {
      const ramp = Math.sqrt(Math.min(k, length - k)) / length; // the inverse is not scaled
      spectrum[2 * k] *= ramp;
      spectrum[2 * k + 1] *= ramp;
    }
    transform.backward(spectrum, row);
    for (let d = 0; d < detectors; d++) out[from + d] = row[2 * d];
  }
  return out;
}
