import type { Backend } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { cardFit } from '../../models/card/card-fit.js';
import { requireFit, type DenoisedImages } from '../../models/fit.js';
import { openNetwork } from '../../models/network/open-network.js';
import type { Prior } from '../../models/prior.js';
import { loadModel, modelDigest, type ZooEntry } from '../../models/sources/zoo.js';
import { guideRecord, type PlannedGuide } from './guide.js';
import type { ReconstructOptions } from './options.js';

/** The prior of a run before it is opened: a card with its weights, or a prior of the caller's own, which stays the caller's. */
export type PriorSource = { readonly entry: ZooEntry } | { readonly own: Prior };

/** The prior asked for; of one by name the weights' hash is checked. @throws SlicewiseError MODEL */
export async function priorSource({ prior, zoo }: Pick<ReconstructOptions, 'prior' | 'zoo'>): Promise<PriorSource | undefined> {
  if (prior === undefined) return undefined;
  if (typeof prior !== 'string') return 'card' in prior ? { entry: prior } : { own: prior };
  if (!zoo) throw new SlicewiseError('MODEL', { message: `no zoo was given to look up the prior '${prior}'` });
  return { entry: await loadModel(zoo, prior) };
}

/** What the prior has to say of these images. @throws SlicewiseError MODEL where it does not fit */
export const fitOf = (source: PriorSource, images: DenoisedImages): readonly string[] =>
  requireFit('own' in source ? source.own : { fits: () => cardFit(source.entry.card, images) }, images);

/** The prior for use, with its derivative where a method asks for that, and how it is closed. */
export async function openPrior(
  source: PriorSource,
  backend: Backend,
  { batch, provider, derivative }: Pick<ReconstructOptions, 'batch' | 'provider'> & { readonly derivative?: boolean },
): Promise<{ readonly prior: Prior; close(): Promise<void> }> {
  if ('own' in source) return { prior: source.own, close: async () => undefined };
  const { card, weights } = source.entry;
  const prior = await openNetwork(card, weights, backend, { batch, provider, derivative });
  return { prior, close: () => prior.dispose() };
}

/** What a checkpoint must have in common with it: another network, prior or runtime rounds otherwise. */
export async function priorIdentity(source: PriorSource, { backend, provider }: ReconstructOptions, guide?: PlannedGuide): Promise<string> {
  const shown = guide ? ` shown ${JSON.stringify(guideRecord(guide))}` : '';
  if ('own' in source) return JSON.stringify({ name: source.own.name, ...source.own.describe() }) + shown;
  const runtime = backend.name === 'cpu' ? (provider ?? 'cpu') : 'the GPU of the backend';
  return `${await modelDigest(source.entry)} on ${runtime}${shown}`;
}
