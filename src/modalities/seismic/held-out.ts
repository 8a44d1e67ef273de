import type { Measurement } from '../../../volumes/measurement.js';
import type { HeldOut, HoldOut } from '../held-out.js';
import { classifyMask, drawHoldouts } from './holdout.js';
import { spread, traceGridOf, withLive } from './trace-grid.js';

/** Traces are hidden as traces are missing: singly, every second of a regular mask, gaps of the same width. */
export const heldOutTraces: HoldOut = {
  what: 'traces',
  always: true,
  // of regular masks and gaps the hidden traces are too few and too far from the missing ones for weights
  blend: (scan) => classifyMask(traceGridOf(scan)).kind === 'random',
  draw(scan: Measurement, { seed, share }): readonly HeldOut[] {
    return drawHoldouts(traceGridOf(scan), { seed, ...(share === undefined ? {} : { share }) }).map(({ live, hidden }) => {
      const marks = new Uint8Array(live.length);
      for (const trace of hidden) marks[trace] = 1;
      return {
        scan: withLive(scan, live),
        hidden: () => Uint8Array.from(spread(marks, scan.shape[2])),
        count: hidden.length,
        of: scan.arrays?.mask?.data.reduce((sum, m) => sum + m, 0) ?? live.length,
      };
    });
  },
}; // prettier-ignore
