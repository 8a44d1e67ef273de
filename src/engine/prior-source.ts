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
  | { readonly over: { readonly rule: SuperpositionRule; readonly entries: readonly ZooEntry[]; readonly weights?: readonly number[] } }
  | { readonly own: Prior };

/** Networks of a source, whose weights are loaded. */
export const entriesOf = (source: PriorSource): readonly ZooEntry[] =>
  'entry' in source ? [source.entry] : 'over' in source ? source.over.entries : [];

/** `or(ct,limb)`, `or(ct:3,limb)`, `and(a,b)`: a rule, and names that may have weights. */
const OVER = /^\s*(or|and)\s*\((.*)\)\s*$/;
const WEIGHED = /^(.*):([^:]*)$/;

/** @throws SlicewiseError ARGUMENT for a weight that is none */
function weighed(text: string): { readonly name: string; readonly weight?: number } {
  const parts = WEIGHED.exec(text.trim());
  if (!parts) return { name: text.trim() };
  const weight = Number(parts[2].trim() || NaN);
  if (weight > 0 && Number.isFinite(weight)) return { name: parts[1].trim(), weight };
  throw new SlicewiseError('ARGUMENT', {
    message: `the weight of '${parts[1].trim()}' among several priors`,
    expected: 'NAME:WEIGHT with a number above 0: or(ct:3,mine:1)',
    got: text.trim(),
  });
}

/** The prior asked for; of one by name the weights' hash is checked. @throws SlicewiseError MODEL */
export async function priorSource({ prior, zoo }: Pick<ReconstructOptions, 'prior' | 'zoo'>): Promise<PriorSource | undefined> {
  if (prior === undefined) return undefined;
  if (typeof prior !== 'string') return 'card' in prior ? { entry: prior } : { own: prior };
  if (!zoo) throw new SlicewiseError('MODEL', { message: `no zoo was given to look up the prior '${prior}'` });
  const over = OVER.exec(prior);
  if (!over) return { entry: await loadModel(zoo, prior) };
  const [, rule, list] = over as unknown as [string, SuperpositionRule, string];
  const named = list.split(',').map(weighed);
  const file = named.find(({ name }) => name.endsWith('.json'));
  if (file) {
    throw new SlicewiseError('ARGUMENT', {
      message: 'priors that are laid over each other are named',
      got: file.name,
      hint: '`slicewise models add` gives the model of a card a name',
    });
  }
  const weights = named.some(({ weight }) => weight !== undefined) ? named.map(({ weight = 1 }) => weight) : undefined;
  const entries: ZooEntry[] = [];
  for (const { name } of named) entries.push(await loadModel(zoo, name));
  requireTogether(
    rule,
    entries.map(({ card }) => card),
    { weights },
  );
  return { over: { rule, entries, ...(weights && { weights }) } };
}

/** What the prior has to say of these images. @throws SlicewiseError MODEL where it does not fit */
export const fitOf = (source: PriorSource, images: DenoisedImages): readonly string[] =>
  'own' in source
    ? requireFit(source.own, images)
    : [...new Set(entriesOf(source).flatMap(({ card }) => requireFit({ fits: () => cardFit(card, images) }, images)))];

/** @throws SlicewiseError MODEL for a prior without a derivative where the method asks for that */
export function requireDerivative(source: PriorSource, derivative: boolean): void {
  if (!derivative || !('over' in source) || source.over.rule !== 'and') return;
  throw new SlicewiseError('MODEL', {
    message: "the method is guided through the derivative of the denoiser, which 'and' of two priors does not have",
    got: `and(${source.over.entries.map(({ card }) => card.name).join(',')})`,
    hint: 'use or(a,b), or a method that needs none: dds, diffpir, ddnm',
  });
}

/** The prior for use, with its derivative where a method asks for that (`requireDerivative`), and how it is closed. */
export async function openPrior(
  source: PriorSource,
  backend: Backend,
  { batch, provider, derivative }: Pick<ReconstructOptions, 'batch' | 'provider'> & { readonly derivative?: boolean },
): Promise<{ readonly prior: Prior; close(): Promise<void> }> {
  if ('own' in source) return { prior: source.own, close: async () => undefined };
  const over = 'over' in source ? source.over : undefined;
  const networks: Prior[] = [];
  try {
    for (const { card, weights } of entriesOf(source)) {
      networks.push(await openNetwork(card, weights, backend, { batch, provider, derivative }));
    }
  } catch (error) {
    for (const network of networks) await network.dispose();
    throw error;
  }
  const prior = over ? superpositionPrior(over.rule, networks, { weights: over.weights }) : networks[0];
  return { prior, close: () => prior.dispose() };
}

/** What a checkpoint must have in common with it: another network, prior or runtime rounds otherwise. */
export async function priorIdentity(source: PriorSource, { backend, provider }: ReconstructOptions, guide?: PlannedGuide): Promise<string> {
  const shown = guide ? ` shown ${JSON.stringify(guideRecord(guide))}` : '';
  if ('own' in source) return JSON.stringify({ name: source.own.name, ...source.own.describe() }) + shown;
  const runtime = backend.name === 'cpu' ? (provider ?? 'cpu') : 'the GPU of the backend';
  const digests: string[] = [];
  for (const entry of entriesOf(source)) digests.push(await modelDigest(entry));
  const { rule, weights } = 'over' in source ? source.over : {};
  const over = rule ? `${rule}${weights ? ` ${weights.join(':')}` : ''} ` : '';
  return `${over}${digests.join(' ')} on ${runtime}${shown}`;
}
