import * as z from 'zod';
import { SlicewiseError } from '../../../../core/errors.js';
import { count } from '../../../../core/options.js';
import type { Backend } from '../../../../compute/backend.js';
import { Fitting, requireFits, type FitState } from '../../../../models/fit/index.js';
import type { DirectCall, DirectMethod } from '../../modality.js';
import { copyLive } from '../classical/grid.js';
import { undoGain } from '../gain.js';
import { gainOf } from '../normalise.js';
import type { SeismicOptions } from '../options.js';
import { traceGridOf } from '../trace-grid.js';
import { dipNetwork } from './network.js';
import { Batch, drawPlaces, Mosaic, type Patch, type Place, type View } from './patches.js';
import { BEFORE, hiddenViews, shownOf, signedPlanes, wholeView, type HiddenView } from './views.js';

const schema = z.strictObject({
  steps: count.default(300).describe('steps of Adam'),
  learningRate: z.number().positive().default(0.002).describe('of Adam at the start; falls to 0 as half a cosine'),
  channels: z.int().min(4).max(128).default(24).describe('channels of the network at full resolution; twice as many below'),
  scales: z.int().min(0).max(3).default(1).describe('halvings of the section inside the network'),
  hidden: z.number().min(0.01).max(0.9).default(0.25).describe('share of the live traces of a random mask that a draw hides'),
  draws: count.default(3).describe('draws of hidden traces, each of a few trials'),
});

export type DipNetOptions = z.output<typeof schema>;

/** Patches of a step. */
const BATCH = 4;
/** Sides of a patch at most: traces, samples. */
const PATCH: Patch = [48, 96];
/** Steps between two looks at the traces held back. */
const LOOK = 50;
/** Patches of a look. */
const LOOK_PATCHES = 32;

/**
 * A network that is fitted to the survey at hand, in the manner of deep prior interpolation (Liu et al., IEEE TGRS 2021; Kong et al., IEEE
 * GRSL 2022), which fits an untrained network to the live traces. Here it is not shown noise but the live traces, the mask and the
 * classical interpolations, and answers with what the best of them misses: live traces are hidden as traces are missing, the others
 * interpolated, and the network is held to the hidden ones. So it learns from this survey how its events go on, needs hundreds of steps
 * instead of thousands, and cannot copy what it is shown. One trial is held back: the step is taken that predicts it best, which may be
 * the interpolation itself. Everything happens in gained data (gain.ts), on patches of sections along the fast axis.
 */
export const dipNet: DirectMethod<SeismicOptions> = {
  schema,
  check: (_, { backend }) => requireFits(backend),
  async run(scan, _, call) {
    const options = call.methodOptions as unknown as DipNetOptions;
    const { backend, signal, progress, seed = 0 } = call;
    const work = { backend, signal };
    const views = await hiddenViews(scan, { draws: options.draws, share: options.hidden, seed }, work, (done, of) =>
      progress?.('hiding traces, interpolating the others', done, of),
    );
    const best = bestShown(views);
    const fitted = await fitNetwork(views, best, options, call);
    const whole = await wholeView(scan, work);
    const image = fitted.state ? await answered(whole, best, options, fitted.state, { backend, signal }) : whole.planes[best];
    const data = copyLive(traceGridOf(scan), undoGain(image, gainOf(scan)));
    const found = { corrects: shownOf(scan)[best - BEFORE], stoppedAt: fitted.step, heldBackGain: fitted.gain };
    const warnings =
      fitted.step === 0 ? [`the network predicts hidden traces no better than '${found.corrects}', which is the result`] : [];
    return { data, units: 'arbitrary', map: { scale: 1, offset: 0 }, found, warnings };
  },
};

/** The interpolation whose errors in the data's own amplitudes are the least: mean over the views of their logarithms. */
function bestShown(views: readonly HiddenView[]): number {
  const errors = Array.from({ length: views[0].planes.length - BEFORE }, (_, n) =>
    views.reduce((sum, view) => sum + Math.log(Math.max(errorOf(view, view.planes[BEFORE + n]), 1e-30)), 0),
  );
  return BEFORE + errors.indexOf(Math.min(...errors));
}

/** Σ over hidden traces of (G (image − y))². */
function errorOf({ shape: [, , samples], weights, wanted, gain }: HiddenView, image: Float32Array): number {
  let sum = 0;
  weights.forEach((held, trace) => {
    if (!held) return;
    for (let k = trace * samples; k < (trace + 1) * samples; k++) sum += (gain[k] * (image[k] - wanted[k])) ** 2;
  });
  return sum;
}

/** A network as it is opened for a survey. */
function opened(views: readonly View[], best: number, { channels, scales }: DipNetOptions) {
  const unit = 2 ** scales;
  const side = (most: number, axis: 1 | 2): number => {
    const length = Math.max(...views.map(({ shape }) => shape[axis]));
    // reflection needs more than one place at the lowest scale
    return Math.max(2 * unit, Math.min(most, unit * Math.ceil(length / unit)));
  };
  const patch: Patch = [side(PATCH[0], 1), side(PATCH[1], 2)];
  const planes = views[0].planes.length;
  const definition = dipNetwork({ planes, corrects: best, channels, scales, batch: BATCH, patch });
  return { patch, definition, batch: new Batch(patch, planes, signedPlanes(planes), BATCH) };
}

interface Fitted {
  /** Of the step that predicts the trial held back best; undefined where that is the beginning. */
  readonly state?: FitState;
  readonly step: number;
  /** dB by which it predicts it better than the interpolation it corrects. */
  readonly gain: number;
}

async function fitNetwork(
  views: readonly HiddenView[],
  best: number,
  options: DipNetOptions,
  { backend, signal, progress, seed = 0 }: DirectCall<SeismicOptions>,
): Promise<Fitted> {
  const { steps, learningRate } = options;
  // where there is one trial alone, nothing is left to hold back
  const [shown, held] = views.length > 1 ? [views.slice(0, -1), views.slice(-1)] : [views, views];
  const { patch, definition, batch } = opened(views, best, options);
  const fitting = await Fitting.open(backend, definition, { learningRate, seed });
  try {
    const looks = Array.from({ length: LOOK_PATCHES / BATCH }, (_, n) => drawPlaces(held, patch, BATCH, seed, steps + n));
    const look = async (): Promise<number> => {
      let sum = 0;
      for (const places of looks) sum += (await fitting.evaluate({ ...inputs(batch, held, places) }, [])).loss;
      return sum;
    };
    const start = await look();
    let found: Fitted = { step: 0, gain: 0 };
    for (let n = 0; n < steps; n++) {
      if (signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'the run was aborted' });
      const rate = (learningRate / 2) * (1 + Math.cos((Math.PI * n) / steps));
      await fitting.step(inputs(batch, shown, drawPlaces(shown, patch, BATCH, seed, n)), [], rate);
      progress?.('fitting the network', n + 1, steps);
      if ((n + 1) % LOOK > 0 && n + 1 < steps) continue;
      const gain = 10 * Math.log10(start / (await look()));
      if (gain > found.gain) found = { state: await fitting.state(), step: n + 1, gain };
    }
    return found;
  } finally {
    await fitting.dispose();
  }
}

const inputs = (batch: Batch, views: readonly View[], places: readonly Place[]) => {
  const { x, y, w } = batch.fill(views, places);
  return { x, y, w };
};

/** What the network makes of the whole survey. */
async function answered(
  view: View,
  best: number,
  options: DipNetOptions,
  state: FitState,
  { backend, signal }: { readonly backend: Backend; readonly signal?: AbortSignal },
): Promise<Float32Array> {
  const { patch, definition, batch } = opened([view], best, options);
  const fitting = await Fitting.open(backend, definition, { learningRate: 1, state });
  try {
    const mosaic = new Mosaic(view.shape, patch);
    const values = patch[0] * patch[1];
    for (let from = 0; from < mosaic.places.length; from += BATCH) {
      if (signal?.aborted) throw new SlicewiseError('ABORTED', { message: 'the run was aborted' });
      const places = mosaic.places.slice(from, from + BATCH);
      const { outputs } = await fitting.evaluate(inputs(batch, [view], places), ['image']);
      places.forEach((place, n) => mosaic.add(place, outputs.image.subarray(n * values, (n + 1) * values)));
    }
    return mosaic.image();
  } finally {
    await fitting.dispose();
  }
}
