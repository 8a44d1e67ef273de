import { SlicewiseError } from '../../../core/errors.js';
import { kindOf } from '../../../volumes/kinds/registry.js';
import type { Measurement } from '../../../volumes/measurement.js';
import { telling } from '../modality.js';

/** Other words for the axes of CT data, as `--axes` takes them. */
const WORDS: { readonly [word: string]: readonly string[] } = {
  slice: ['slice', 'row'],
  row: ['row', 'slice'],
  view: ['view'],
  angle: ['view'],
  projection: ['view'],
  detector: ['detector', 'column'],
  column: ['column', 'detector'],
};

/**
 * A scan whose data run the other way along some axes: `detector`, `detector,row`. Angles, offsets and everything else that is said of
 * the scan is of the data as they then are.
 * @throws SlicewiseError ARGUMENT for an axis that the data do not have
 */
export function flipped(scan: Measurement, axes: string): Measurement {
  const names = kindOf(scan.kind)!.axes;
  const flips = axes.split(',').map((word) => {
    const axis = names.findIndex((name) => WORDS[word.trim().toLowerCase()]?.includes(name));
    if (axis >= 0) return axis;
    throw new SlicewiseError('ARGUMENT', { message: '--flip', expected: `some of ${names.join(', ')}`, got: `'${word}'` });
  });
  const turn = (values: Float32Array): Float32Array => flips.reduce((data, axis) => reversed(data, scan.shape, axis), values);
  const { data, weights } = scan;
  const words = [...new Set(flips)].map((axis) => names[axis]).join(', ');
  return telling({ ...scan, data: turn(data), ...(weights ? { weights: turn(weights) } : {}) }, `data flipped along ${words}`);
}

/** A copy that runs the other way along an axis. */
function reversed(data: Float32Array, shape: readonly number[], axis: number): Float32Array {
  const inner = shape.slice(axis + 1).reduce((a, n) => a * n, 1);
  const count = shape[axis];
  const out = new Float32Array(data.length);
  for (let block = 0; block < data.length; block += count * inner) {
    for (let i = 0; i < count; i++) {
      const from = block + i * inner;
      out.set(data.subarray(from, from + inner), block + (count - 1 - i) * inner);
    }
  }
  return out;
}
