import * as z from 'zod';
import type { Field } from '../../../compute/backend.js';
import { SlicewiseError } from '../../../core/errors.js';
import type { Measurement } from '../../../volumes/measurement.js';
import type { GuideMethod } from '../guides.js';
import type { RunContext, TraceGrid } from './classical/grid.js';
import { classicalMethod, type ClassicalName } from './classical/registry.js';
import { undoGain } from './gain.js';
import { heldOutTraces } from './held-out.js';
import { gainedLive, gainOf, packed } from './normalise.js';
import type { SeismicOptions } from './options.js';
import { liveOf, spread, traceGridOf } from './trace-grid.js';

/** The interpolations that seismic priors are shown, made on gained data. */
const SHOWN = ['linear', 'slope', 'pocs'] as const satisfies readonly ClassicalName[];

const schema = z.strictObject({});

/**
 * 'interpolations': m ⊙ y, m, and three classical interpolations of the scan, the best first, all in the gained range
 * (models/training/seismic/README.md). Their order is that of their errors, in the data's own amplitudes, on traces held back from the live
 * ones; with too few of those it is linear, slope, pocs. Nothing of it looks at missing traces.
 */
export const interpolationGuide: GuideMethod<SeismicOptions> = {
  schema,
  planes: () => 2 + SHOWN.length,
  shows: SHOWN,
  async make({ scan, problem, options, signal, progress }) {
    const { backend, domain } = problem.operator;
    const work = { backend, signal };
    const order = await ranked(scan, work, (done, total) => progress?.('guide, held-back traces', done, total));
    const grid = gained(scan);
    const made: Float32Array[] = [];
    progress?.('guide', 0, order.length);
    for (const [n, name] of order.entries()) {
      made.push(await classicalMethod(name).interpolate(grid, undefined, work));
      progress?.('guide', n + 1, order.length);
    }
    const fields: Field[] = [];
    for (const image of [grid.data, spread(liveOf(scan), scan.shape[2]), ...made]) {
      const field = backend.field(domain);
      fields.push(field);
      await backend.write(field, packed(image, scan, options));
    }
    return fields;
  },
};

const gained = (scan: Measurement): TraceGrid => ({ ...traceGridOf(scan), data: gainedLive(scan) });

/** Names by their error on traces held back, the least first. */
async function ranked(
  scan: Measurement,
  context: RunContext,
  onTrial: (done: number, total: number) => void,
): Promise<readonly ClassicalName[]> {
  let trials: ReturnType<typeof heldOutTraces.draw>;
  try {
    trials = heldOutTraces.draw(scan, { seed: 0 });
  } catch (error) {
    if (error instanceof SlicewiseError && error.code === 'ARGUMENT') return SHOWN;
    throw error;
  }
  const sums = new Map<ClassicalName, number>(SHOWN.map((name) => [name, 0]));
  for (const [trial, { scan: rest, part = scan, hidden }] of trials.entries()) {
    const grid = gained(rest);
    const marks = hidden(part.shape);
    const truth = part.data.filter((_, n) => marks[n] === 1);
    for (const [n, name] of SHOWN.entries()) {
      const all = undoGain(await classicalMethod(name).interpolate(grid, undefined, context), gainOf(rest));
      const own = all.filter((_, at) => marks[at] === 1);
      const error = own.reduce((sum, value, at) => sum + (value - truth[at]) ** 2, 0);
      sums.set(name, sums.get(name)! + Math.log(Math.max(error, 1e-30)));
      onTrial(trial * SHOWN.length + n + 1, trials.length * SHOWN.length);
    }
  }
  return [...SHOWN].sort((a, b) => sums.get(a)! - sums.get(b)!);
}
