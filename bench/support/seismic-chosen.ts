import { modelSources } from '../../src/node.js';
import { createBackend } from '../../src/index.js';
import { chooseMethod, trialsOf, type Choice } from '../../src/engine/judge/auto.js';
import { chooseGuarded, guardedBy, partOptions } from '../../src/engine/judge/guard.js';
import type { Runner } from '../../src/engine/judge/judge.js';
import { heldOutChoice } from '../../src/engine/judge/record.js';
import { blendOfResults } from '../../src/engine/judge/result.js';
import { plannedGuide } from '../../src/engine/guide.js';
import { priorSource } from '../../src/engine/prior-source.js';
import { runToEnd } from '../../src/engine/reconstruct.js';
import { requestOf } from '../../src/engine/request.js';
import type { TraceGrid } from '../../src/modalities/seismic/classical/grid.js';
import type { Measurement } from '../../volumes/measurement.js';
import { scanOfGrid } from './seismic-scan.js';

/** A result as it was chosen by hidden traces. */
export interface Chosen {
  readonly data: Float32Array;
  /** What was taken, and dB on hidden traces. */
  readonly chosen: string;
  readonly expected: number;
  /** CPU seconds of all its runs. */
  readonly seconds: number;
}

/** What a method alone made of the grid, where it was made. */
export interface Alone {
  readonly method: string;
  readonly data: Float32Array;
  readonly seconds: number;
}

/**
 * What `recon --method auto` and `recon --method dds --prior seismic-2d` make of a grid. Both try methods on the same hidden traces: every
 * run of it is made once. There is no bound on the time, so that a loaded machine chooses as an idle one does.
 */
export async function chosenTogether(grid: TraceGrid, seed: number): Promise<{ auto: Chosen; dds: Chosen; alone: readonly Alone[] }> {
  const backend = createBackend({ workers: 1 });
  const scan = scanOfGrid(grid);
  const known = new Map<Measurement, Map<unknown, Awaited<ReturnType<Runner>>>>();
  const seconds = new Map<unknown, number>();
  let used = new Set<unknown>();
  const run: Runner = async (given, options) => {
    const ofScan = known.get(given) ?? new Map<unknown, Awaited<ReturnType<Runner>>>();
    known.set(given, ofScan);
    let result = ofScan.get(options.method);
    if (!result) {
      const begun = process.cpuUsage();
      result = await runToEnd(given, options);
      const { user, system } = process.cpuUsage(begun);
      seconds.set(result, (user + system) / 1e6);
      ofScan.set(options.method, result);
    }
    used.add(result);
    return result;
  };
  try {
    const options = { zoo: modelSources(), seed, backend };
    const request = requestOf(scan, { ...options, method: 'auto' });
    const trials = trialsOf(request, seed);
    const made = async ({ parts, record }: Choice, own: object): Promise<Chosen> => {
      const results = [];
      for (const part of parts) results.push(await run(scan, partOptions({ ...options, ...own }, part, parts.length)));
      const weights = parts.map(({ weight }) => weight);
      const { volume } = blendOfResults(request, results, weights);
      const total = [...used].reduce((sum: number, result) => sum + seconds.get(result)!, 0);
      return { data: volume.data, chosen: heldOutChoice(record), expected: record.snr, seconds: total };
    };
    const auto = await made(await chooseMethod(request, { budget: Infinity }, run, trials), {});
    used = new Set();
    const named = { method: 'dds', prior: 'seismic-2d' } as const;
    const asked = requestOf(scan, { ...options, ...named });
    const candidates = guardedBy(asked, plannedGuide(asked, await priorSource(asked.options)))!;
    const dds = await made(await chooseGuarded(asked, candidates, run, trials), named);
    const alone = [...known.get(scan)!].map(([method, result]) => ({
      method: String(method),
      data: result.volume.data,
      seconds: seconds.get(result)!,
    }));
    return { auto, dds, alone };
  } finally {
    await backend.dispose();
  }
}
