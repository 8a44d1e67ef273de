import { isSlicewiseError } from '../../../core/errors.js';
import type { Measurement } from '../../../volumes/measurement.js';
import { middleSlices, type UncertainNoise } from '../uncertain.js';
import { noiseOfPeriphery, type FoundNoise } from './stages.js';

/** k-space on a grid whose periphery may hold signal still: one or two coils, whose second estimate fails too. */
export function uncertainKspace(scan: Measurement): UncertainNoise | undefined {
  if (scan.noise.type !== 'unknown' || scan.arrays?.noiseScan) return undefined;
  let found: FoundNoise;
  try {
    found = noiseOfPeriphery(scan);
  } catch (error) {
    if (isSlicewiseError(error)) return undefined; // the run says what is wrong
    throw error;
  }
  if (!found.doubtful) return undefined;
  return {
    why: `the periphery of k-space alone tells it (${found.std.toPrecision(3)}), and holds signal`,
    what: 'noise in each part of k-space',
    excerpt: middleSlices(scan, ['mask', 'maps', 'calibration']),
    classical: 'cs-wavelet',
    first: () => found.std / 2,
  };
}
