import type { Measurement } from '../../../../volumes/measurement.js';
import { liveOnly, type RunContext } from '../classical/grid.js';
import { classicalMethod, type ClassicalName } from '../classical/registry.js';
import { applyGain } from '../gain.js';
import { heldOutTraces } from '../held-out.js';
import { classifyMask } from '../holdout.js';
import { gainedLive, gainOf } from '../normalise.js';
import { liveOf, spread, traceGridOf } from '../trace-grid.js';
import type { View } from './patches.js';

/** Planes before the interpolations: what is live, and where. */
export const BEFORE = 2;

/** The interpolations that the network is shown; of a survey of several lines also the one that takes longest and needs them. */
export const shownOf = ({ shape }: Pick<Measurement, 'shape'>): readonly ClassicalName[] =>
  shape[0] > 1 ? ['linear', 'slope', 'predict', 'pocs', 'rank-reduction'] : ['linear', 'slope', 'predict', 'pocs'];

/** Planes of which a change of sign of the data changes the sign: all but the mask. */
export const signedPlanes = (planes: number): boolean[] => Array.from({ length: planes }, (_, p) => p !== 1);

/** A part of a survey whose hidden traces the network is to find, all in the gained range. */
export interface HiddenView extends View {
  /** [line, trace, sample] that gained values are multiplied by. */
  readonly gain: Float32Array;
}

/**
 * The survey with some of its live traces hidden, as traces are missing in it, again and again by other draws; of a large survey windows.
 * @param draws of random masks; regular ones and gaps are hidden in the few ways that there are
 * @throws SlicewiseError ARGUMENT where too few traces are live to hide any, as the interpolations
 */
export async function hiddenViews(
  scan: Measurement,
  { draws, share, seed }: { readonly draws: number; readonly share: number; readonly seed: number },
  context: RunContext,
  onView: (done: number, of: number) => void,
): Promise<HiddenView[]> {
  const random = classifyMask(traceGridOf(scan)).kind === 'random';
  const trials = Array.from({ length: random ? draws : 1 }, (_, n) => heldOutTraces.draw(scan, { seed: seed + n, share })).flat();
  const views: HiddenView[] = [];
  for (const { scan: rest, part = scan } of trials) {
    onView(views.length, trials.length);
    const left = liveOf(rest);
    const weights = liveOf(part).map((live, trace) => Number(live === 1 && left[trace] === 0));
    views.push({ ...(await shown(rest, context)), wanted: applyGain(liveOnly(traceGridOf(part)), gainOf(rest)), weights });
  }
  onView(views.length, trials.length);
  return views;
}

/** The survey as it is, of which nothing is known that the network could be held to. */
export async function wholeView(scan: Measurement, context: RunContext): Promise<HiddenView> {
  const { shape, ...view } = await shown(scan, context);
  return { shape, ...view, wanted: view.planes[0], weights: new Uint8Array(shape[0] * shape[1]) };
}

async function shown(scan: Measurement, context: RunContext): Promise<Omit<HiddenView, 'wanted' | 'weights'>> {
  const [lines, traces, samples] = scan.shape;
  const grid = { ...traceGridOf(scan), data: gainedLive(scan) };
  const planes = [grid.data, spread(grid.live, samples)];
  for (const name of shownOf(scan)) planes.push(await classicalMethod(name).interpolate(grid, undefined, context));
  return { shape: [lines, traces, samples], planes, gain: gainOf(scan).values };
}
