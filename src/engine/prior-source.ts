import type { Backend } from '../../compute/backend.js';
import { SlicewiseError } from '../../core/errors.js';
import { cardFit } from '../../models/card/card-fit.js';
import { requireTogether, superpositionPrior, type SuperpositionRule } from '../../models/combined/superposition.js';
import { requireFit, type DenoisedImages } from '../../models/fit.js';
import { openNetwork } from '../../models/network/open-network.js';
import type { Prior } from '../../models/prior.js';
import { loadModel, modelDigest, type ZooEntry } from '../../models/sources/zoo.js';
import { guideRecord, type PlannedGuide } from './guide.js';
import type { ReconstructOptions } from './options.js';

/**
 * The prior of a run before it is opened: a card with its weights, several laid over each other, or a prior of the caller's own, which
 * stays the caller's.
 */
export type PriorSource =
  | { readonly entry: ZooEntry }
  | { readonly over: { readonly rule: SuperpositionRule; readonly entries: readonly ZooEntry[] } }
  | { readonly own: Prior };

/** Networks of a source, whose weights are loaded. */
export const entriesOf = (source: PriorSource): readonly ZooEntry[] =>
  'entry' in source ? [source.entry] : 'over' in source ? source.over.entries : [];

/** `or(ct,limb)`, `and(a,b)`: a rule and names. */
const OVER = /^\s*(or|and)\s*\((.*)\)\s*$/;

/** The prior asked for; of one by name the weights' hash is checked. @throws SlicewiseError MODEL */
export async function priorSource({ prior, zoo }: Pick<ReconstructOptions, 'prior' | 'zoo'>): Promise<PriorSource | undefined> {
  if (prior === undefined) return undefined;
  if (typeof prior !== 'string') return 'card' in prior ? { entry: prior } : { own: prior };
  if (!zoo) throw new SlicewiseError('MODEL', { message: `no zoo was given to look up the prior '${prior}'` });
  const over = OVER.exec(prior);
  if (!over) return { entry: await loadModel(zoo, prior) };
  const [, rule, list] = over as unknown as [string, SuperpositionRule, string];
  const entries: ZooEntry[] = [];
  for (const name of list.split(',')) entries.push(await loadModel(zoo, name.trim()));
  requireTogether(
    rule,
    entries.map(({ card }) => card),
  );
  return { over: { rule, entries } };
}

/** What the prior has to say of these images. @throws SlicewiseError MODEL where it does not fit */
export const fitOf = (source: PriorSource, images: DenoisedImages): readonly string[] =>
  'own' in source
    ? requireFit(source.own, images)
    : [...new Set(entriesOf(source).flatMap(({ card }) => requireFit({ fits: () => cardFit(card, images) }, images)))];

/** The prior for use, with its derivative where a method asks for that, and how it is closed. */
export async function openPrior(
  source: PriorSource,
  backend: Backend,
  { batch, provider, derivative }: Pick<ReconstructOptions, 'batch' | 'provider'> & { readonly derivative?: boolean },
): Promise<{ readonly prior: Prior; close(): Promise<void> }> {
  if ('own' in source) return { prior: source.own, close: async () => undefined };
  const networks: Prior[] = [];
  try {
    for (const { card, weights } of entriesOf(source)) {
      networks.push(await openNetwork(card, weights, backend, { batch, provider, derivative }));
    }
  } catch (error) {
    for (const network of networks) await network.dispose();
    throw error;
  }
  const prior = 'over' in source ? superpositionPrior(source.over.rule, networks) : networks[0];
  return { prior, close: () => prior.dispose() };
}

/** What a checkpoint must have in common with it: another network, prior or runtime rounds otherwise. */
export async function priorIdentity(source: PriorSource, { backend, provider }: ReconstructOptions, guide?: PlannedGuide): Promise<string> {
  const shown = guide ? ` shown ${JSON.stringify(guideRecord(guide))}` : '';
  if ('own' in source) return JSON.stringify({ name: source.own.name, ...source.own.describe() }) + shown;
  const runtime = backend.name === 'cpu' ? (provider ?? 'cpu') : 'the GPU of the backend';
  const digests: string[] = [];
  for (const entry of entriesOf(source)) digests.push(await modelDigest(entry));
  return `${'over' in source ? `${source.over.rule} ` : ''}${digests.join(' ')} on ${runtime}${shown}`;
}
