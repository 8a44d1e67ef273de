import { SlicewiseError } from '../core/errors.js';
import { sha256 } from '../core/sha256.js';
import { parseCard, type Card } from './card.js';

/** Where cards and weights come from: a folder in Node, a base URL in a page. Names are plain file names. */
export interface ModelSource {
  list(): Promise<string[]>;
  read(name: string): Promise<Uint8Array>;
}

/** A prior of the zoo, checked. */
export interface ZooEntry {
  readonly card: Card;
  readonly weights: Uint8Array;
}

/** The cards of a source, in name order. */
export async function listModels(source: ModelSource): Promise<Card[]> {
  const names = (await source.list()).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(names.map((name) => readCard(source, name)));
}

/**
 * A card with its weights, whose sha256 must match.
 * @throws SlicewiseError MODEL when there is no such model, its card is wrong or its weights are not the card's
 */
export async function loadModel(source: ModelSource, name: string): Promise<ZooEntry> {
  const names = await source.list();
  if (!names.includes(`${name}.json`)) {
    const known = names.filter((n) => n.endsWith('.json')).map((n) => n.slice(0, -5));
    throw new SlicewiseError('MODEL', {
      message: `there is no prior '${name}'`,
      expected: known.length > 0 ? `one of ${known.join(', ')}` : 'a model in the zoo',
      hint: '`slicewise models` lists them',
    });
  }
  const card = await readCard(source, `${name}.json`);
  const weights = await source.read(card.file);
  const digest = await sha256(weights);
  if (digest !== card.sha256) {
    throw new SlicewiseError('MODEL', {
      message: `the weights of '${name}' are not the ones its card describes`,
      expected: `sha256 ${card.sha256}`,
      got: digest,
      hint: 'the file is damaged or was replaced: install it again',
    });
  }
  return { card, weights };
}

async function readCard(source: ModelSource, name: string): Promise<Card> {
  const text = new TextDecoder().decode(await source.read(name));
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new SlicewiseError('MODEL', { message: `the model card ${name} is not JSON`, cause });
  }
  return parseCard(json, name);
}
