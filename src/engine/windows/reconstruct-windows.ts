import type { ByteSink } from '../../../volumes/byte-source.js';
import { SlicewiseError } from '../../../core/errors.js';
import type { HeldOut } from '../../modalities/held-out.js';
import type { LargeScan } from '../../modalities/large.js';
import { requireKind } from '../../modalities/registry.js';
import { summariseMeasurement, type Manifest } from '../../report/manifest.js';
import type { Measurement } from '../../../volumes/measurement.js';
import { AUTO, chooseMethod, judgeMethod, type Choice } from '../judge/auto.js';
import { chooseGuarded, guardedBy } from '../judge/guard.js';
import { isRefusal } from '../judge/judge.js';
import { heldOutChoice, type HeldOutRecord } from '../judge/record.js';
import { blendOfResults } from '../judge/result.js';
import type { ReconstructOptions } from '../options.js';
import { plannedGuide } from '../guide.js';
import { priorSource } from '../prior-source.js';
import { runToEnd, type ReconstructionResult } from '../reconstruct.js';
import { requestOf, type RunRequest } from '../request.js';
import { methodNeedsPrior } from '../method-schemas.js';
import { RowBlend } from './blend.js';
import { rampsOf, type Span } from './layout.js';
import { overlapOf, planWindows, type WindowOptions, type WindowPlan } from './plan.js';

/** A window as it was reconstructed. */
export interface DoneWindow {
  readonly lines: Span;
  readonly rows: Span;
  readonly scan: Measurement;
  readonly result: ReconstructionResult;
}

/** Options of a run in windows: those of any run, and how the scan is cut. */
export type WindowedOptions = ReconstructOptions & {
  readonly windows?: WindowOptions;
  /** Told of every window that was made; what it holds is not kept. */
  readonly onWindow?: (window: DoneWindow) => void;
};

/** What a run in windows ends with; the result itself is in the copy. */
export interface WindowedResult {
  readonly manifest: Manifest;
  /** Windows made, and rows written. */
  readonly windows: number;
  readonly rows: number;
}

/**
 * Reconstructs a scan larger than memory: overlapping windows one after the other, each with the same method and options, blended row by
 * row where they overlap (`RowBlend`, weights of `rampsOf`) and written into a copy of the scan's file. `auto` chooses once, by rows hidden
 * in windows all over the scan; so is a named method judged.
 *
 * The result depends on the scan, the options and the cut, which the manifest tells (where nobody says it follows from the memory), not on
 * workers. It is not that of the whole scan at once: methods go by what is in their window. Window n draws noise by seed `seed` + n · 2³².
 * Windows in which nothing was measured are left: missing rows that lie in no other stay missing, which is told.
 *
 * @example
 * const source = await openFileSource('gappy.sgy');
 * const sink = await createFileSink('full.sgy');
 * await reconstructWindows(await openLargeScan(source), sink, { method: 'slope', backend: createBackend() });
 * await sink.commit();
 *
 * @throws SlicewiseError ARGUMENT for options that mean nothing here; MEMORY; as the runs, the scan's reader and the sink
 */
export async function reconstructWindows(scan: LargeScan, sink: ByteSink, options: WindowedOptions): Promise<WindowedResult> {
  const { windows: cut = {}, onWindow, ...run } = options;
  requireWindowed(run);
  const begun = performance.now();
  const plan = planWindows(scan, cut, usesPrior(run));
  const layout = coveringOf(scan, plan);
  const worth = layout.worth.filter(({ wanted }) => wanted > 0);
  if (worth.length === 0) throw nothingToDo(layout.told);
  const { parts, record, warnings } = await chosen(scan, run);
  const text = record && parts.length > 1 ? heldOutChoice(record) : parts[0].candidate.method;
  const copy = await scan.copy(sink, layout.fill, [`METHOD: ${text.toUpperCase()}`], run.signal);
  const blend = new RowBlend((row) => layout.windows[row]);
  let first: { result: ReconstructionResult; scan: Measurement } | undefined;
  let [done, rows] = [0, 0];
  const told = new Set<string>(warnings);
  for (const { lines, rows: span, n, weight } of worth) {
    if (run.signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'the run was stopped' });
    run.progress?.('windows', done, worth.length);
    const part = await scan.read([lines.start, span.start], [lines.count, span.count]);
    const result = await runParts(part, { ...run, seed: (run.seed ?? 0) + n * 2 ** 32 }, parts);
    first ??= { result, scan: part };
    for (const warning of result.manifest.warnings) told.add(warning);
    const { data } = result.volume;
    const samples = scan.shape[2];
    for (let i = 0; i < lines.count; i++) {
      for (let j = 0; j < span.count; j++) {
        const row = (lines.start + i) * scan.shape[1] + span.start + j;
        if (!layout.fill[row]) continue;
        const at = (i * span.count + j) * samples;
        const whole = blend.add(row, data.subarray(at, at + samples), weight(i, j));
        if (!whole) continue;
        await copy.write(lines.start + i, span.start + j, whole);
        rows++;
      }
    }
    onWindow?.({ lines, rows: span, scan: part, result });
    done++;
  }
  run.progress?.('windows', done, worth.length);
  for (const text of [...copy.finish(), ...layout.told]) told.add(text);
  return {
    manifest: manifestOf(scan, plan, done, first!, record, [...scan.warnings, ...told], (performance.now() - begun) / 1e3, {
      seed: run.seed ?? 0,
      asked: { size: cut.size, overlap: cut.overlap },
    }),
    windows: done,
    rows,
  };
}

/** Whether a network may run, for the memory. */
export const usesPrior = ({ method = AUTO }: Pick<ReconstructOptions, 'method'>): boolean =>
  typeof method === 'string' ? method === AUTO || methodNeedsPrior(method) : method.needsPrior === true;

/** What needs the whole image at once. */
function requireWindowed({ checkpoint, resume, tune, grid }: ReconstructOptions): void {
  const wrong = Object.entries({ checkpoint, resume, tune, grid }).find(([, value]) => value !== undefined && value !== false);
  if (!wrong) return;
  throw new SlicewiseError('ARGUMENT', {
    message: `${wrong[0]} is not for runs in windows`,
    hint: wrong[0] === 'tune' ? 'tune on a part of the survey, then give the options' : `leave --${wrong[0]} out`,
  });
}

interface Layout {
  /** [line, row]: 1 for rows that are written, and how many windows hold a row that is. */
  readonly fill: Uint8Array;
  readonly windows: Uint8Array;
  /** Windows with something measured, and how many rows each is wanted for. */
  readonly worth: readonly {
    readonly n: number;
    readonly lines: Span;
    readonly rows: Span;
    readonly wanted: number;
    readonly weight: (i: number, j: number) => number;
  }[];
  readonly told: readonly string[];
}

function coveringOf({ shape: [lines, rows], live, missing }: LargeScan, plan: WindowPlan): Layout {
  const fill = new Uint8Array(lines * rows);
  const windows = new Uint8Array(lines * rows);
  const all = plan.lines.flatMap((l, a) => plan.rows.map((r, b) => ({ n: a * plan.rows.length + b, l, r, a, b })));
  const each = (l: Span, r: Span, visit: (row: number) => void): void => {
    for (let i = l.start; i < l.start + l.count; i++) for (let j = r.start; j < r.start + r.count; j++) visit(i * rows + j);
  };
  const measured = all.filter(({ l, r }) => {
    let some = false;
    each(l, r, (row) => (some ||= live[row] === 1));
    return some;
  });
  for (const { l, r } of measured) {
    each(l, r, (row) => {
      if (!missing[row]) return;
      fill[row] = 1;
      windows[row]++;
    });
  }
  const worth = measured.map(({ n, l, r, a, b }) => {
    let wanted = 0;
    each(l, r, (row) => (wanted += fill[row]));
    const [down, across] = [rampsOf(plan.lines, a), rampsOf(plan.rows, b)];
    return { n, lines: l, rows: r, wanted, weight: (i: number, j: number) => down[i] * across[j] };
  });
  const left = missing.reduce((sum, m, row) => sum + (m && !fill[row] ? 1 : 0), 0);
  const told = left > 0 ? [`${left} missing rows lie in windows in which nothing was measured, and stay missing`] : [];
  return { fill, windows, worth, told };
}

/** The method, or methods with weights, and how well they predict what was hidden. */
async function chosen(
  scan: LargeScan,
  run: ReconstructOptions,
): Promise<{ parts: Choice['parts']; record?: HeldOutRecord; warnings: readonly string[] }> {
  const { method = requireKind(scan.kind).physics.method } = run;
  const name = typeof method === 'string' ? method : method.name;
  const given = { candidate: { method: name, methodOptions: run.methodOptions }, weight: 1 };
  const named = name !== AUTO;
  if (named && run.holdOut === false) return { parts: [given], warnings: [] };
  const share = typeof run.holdOut === 'number' ? run.holdOut : undefined;
  let trials: readonly HeldOut[];
  try {
    trials = await scan.hide({ seed: run.seed ?? 0, ...(share === undefined ? {} : { share }) });
  } catch (error) {
    // who did not ask for it need not hear of it as an error
    if (!named || run.holdOut !== undefined || !isRefusal(error)) throw error;
    return { parts: [given], warnings: [`not judged by hidden measurements: ${error.message}`] };
  }
  const request: RunRequest = requestOf(trials[0].part ?? trials[0].scan, run);
  if ('auto' in request.method) return { ...(await chooseMethod(request, request.method.auto, runToEnd, trials)), warnings: [] };
  const source = 'solver' in request.method && request.method.solver.needsPrior ? await priorSource(run) : undefined;
  const candidates = guardedBy(request, plannedGuide(request, source));
  if (!candidates) return { parts: [given], record: await judgeMethod(request, runToEnd, trials), warnings: [] };
  const { told, ...choice } = await chooseGuarded(request, candidates, runToEnd, trials);
  return { ...choice, warnings: told };
}

/** A window by the method, or the blend, that was chosen. */
async function runParts(scan: Measurement, run: ReconstructOptions, parts: Choice['parts']): Promise<ReconstructionResult> {
  const results: ReconstructionResult[] = [];
  for (const { candidate } of parts) {
    const { methodOptions, prior = run.prior } = candidate;
    const method = typeof run.method === 'object' ? run.method : candidate.method;
    results.push(await runToEnd(scan, { ...run, progress: undefined, holdOut: false, method, methodOptions, prior }));
  }
  const weights = parts.map(({ weight }) => weight);
  if (results.length === 1) return results[0];
  return blendOfResults(requestOf(scan, { ...run, method: parts[0].candidate.method, methodOptions: undefined }), results, weights);
}

function manifestOf(
  { shape, grid }: LargeScan,
  plan: WindowPlan,
  made: number,
  { result: { manifest }, scan }: { result: ReconstructionResult; scan: Measurement },
  heldOut: HeldOutRecord | undefined,
  warnings: readonly string[],
  seconds: number,
  { seed, asked }: { readonly seed: number; readonly asked: Pick<WindowOptions, 'size' | 'overlap'> },
): Manifest {
  const size = [plan.lines[0].count, plan.rows[0].count];
  const windows = {
    size,
    overlap: [overlapOf(plan.lines), overlapOf(plan.rows)],
    count: [plan.lines.length, plan.rows.length],
    made,
    asked,
  };
  return {
    ...manifest,
    seed,
    method: { ...manifest.method, options: { ...manifest.method.options, windows } },
    measurement: summariseMeasurement({ ...scan, shape: [...shape], grid }),
    timings: { totalSeconds: seconds },
    heldOut: heldOut ?? null,
    warnings: [...new Set(warnings)],
  };
}

/** @param why rows that stay missing, where there are some */
const nothingToDo = (why: readonly string[]): SlicewiseError =>
  new SlicewiseError('ARGUMENT', {
    message: why[0] ?? 'nothing is missing in this scan',
    expected: 'missing traces beside measured ones',
    hint: 'look with slicewise info',
  });
