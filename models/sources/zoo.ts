import { SlicewiseError } from '../../core/errors.js';
import { sha256 } from '../../core/sha256.js';
import { parseCard, type Card } from '../card/card.js';

/**
 * Where cards and weights come from: a folder in Node, a base URL in a page. Names are plain file names, or `folder/file` where every model
 * has a folder of its own; weights lie beside their card.
 */
export interface ModelSource {
  /** Where it is, for messages and lists. */
  readonly location?: string;
  /** Names of the files that there are: `NAME.json` for cards, their weights beside them. */
  list(): Promise<string[]>;
  /** All bytes of a file. @throws where there is none */
  read(name: string): Promise<Uint8Array>;
}

/** One source, or several of which the first that has a name wins. */
export type ModelSources = ModelSource | readonly ModelSource[];

/** A prior of the zoo, checked. */
export interface ZooEntry {
  readonly card: Card;
  readonly weights: Uint8Array;
}

/** A card found in a source, right or wrong. */
export interface FoundModel {
  /** What `--prior` takes: the card file's name. */
  readonly name: string;
  readonly source: ModelSource;
  /** Path of the card in the source. */
  readonly path: string;
  readonly card?: Card;
  /** Why there is no card. */
  readonly problem?: SlicewiseError;
  /** A source before has a model of this name, which is the one that is used. */
  readonly hidden: boolean;
}

/** The cards of all sources, source by source in name order; a wrong card is told, not thrown. */
export async function findModels(sources: ModelSources): Promise<FoundModel[]> {
  const found: FoundModel[] = [];
  for (const source of asList(sources)) {
    const before = new Set(found.map((m) => m.name));
    for (const path of await cardPaths(source)) {
      const name = nameOf(path);
      const at = { name, source, path, hidden: before.has(name) };
      try {
        found.push({ ...at, card: await readCard(source, path) });
      } catch (error) {
        if (!(error instanceof SlicewiseError)) throw error;
        found.push({ ...at, problem: error });
      }
    }
  }
  return found;
}

/**
 * The cards of one source or several, in name order.
 * @throws SlicewiseError MODEL when one of them is wrong
 */
export async function listModels(sources: ModelSources): Promise<Card[]> {
  const found = (await findModels(sources)).filter((m) => !m.hidden);
  return found.map(({ card, problem }) => {
    if (!card) throw problem!;
    return card;
  });
}

/**
 * A card with its weights, whose sha256 must match.
 * @throws SlicewiseError ARGUMENT when there is no such model, MODEL when its card is wrong or its weights are not the card's
 */
export async function loadModel(sources: ModelSources, name: string): Promise<ZooEntry> {
  const known: string[] = [];
  for (const source of asList(sources)) {
    const paths = await cardPaths(source);
    const path = paths.find((p) => nameOf(p) === name);
    if (path !== undefined) return readModel(source, path);
    known.push(...paths.map(nameOf));
  }
  throw new SlicewiseError('ARGUMENT', {
    message: `there is no prior '${name}'`,
    expected: known.length > 0 ? `one of ${[...new Set(known)].join(', ')}` : 'a model in the zoo',
    hint: '`slicewise models` lists them; your own is added with `slicewise models add`, or named by the path of its card (NAME.json)',
  });
}

/**
 * The card at a path of a source, with its weights, whose sha256 must match.
 * @throws SlicewiseError MODEL
 */
export async function readModel(source: ModelSource, path: string): Promise<ZooEntry> {
  const card = await readCard(source, path);
  const weights = await source.read(folderOf(path) + card.file);
  await requireDigest(card, weights, 'the file is damaged or was replaced: install it again');
  return { card, weights };
}

/** @throws SlicewiseError MODEL when the weights are not the ones that the card describes */
export async function requireDigest(
  { name, sha256: expected }: Pick<Card, 'name' | 'sha256'>,
  weights: Uint8Array,
  hint: string,
): Promise<void> {
  const digest = await sha256(weights);
  if (digest === expected) return;
  throw new SlicewiseError('MODEL', {
    message: `the weights of '${name}' are not the ones its card describes`,
    expected: `sha256 ${expected}`,
    got: digest,
    hint,
  });
}

/** One text for everything of a model that changes a result: the weights, and how the card has them used. Two cards may share weights. */
export function modelDigest({ card }: Pick<ZooEntry, 'card'>): Promise<string> {
  const { sha256: weights, parametrisation, range, inputs, output, noiseType, channels, outputChannels } = card;
  const { sizeMultiple, padding, guide, block } = card;
  const used = [
    weights,
    parametrisation,
    range,
    inputs,
    output,
    noiseType,
    channels,
    outputChannels,
    sizeMultiple,
    padding,
    ...(guide ? [guide] : []),
    ...(block ? [block] : []),
  ];
  return sha256(new TextEncoder().encode(JSON.stringify(used)));
}

const asList = (sources: ModelSources): readonly ModelSource[] => (Array.isArray(sources) ? sources : [sources as ModelSource]);
const cardPaths = async (source: ModelSource): Promise<string[]> => (await source.list()).filter((name) => name.endsWith('.json')).sort();
const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1, -'.json'.length);

/** @throws SlicewiseError MODEL */
async function readCard(source: ModelSource, path: string): Promise<Card> {
  return parseCard(parseJson(await source.read(path), path), path);
}

/** @throws SlicewiseError MODEL when a card's bytes are not JSON */
export function parseJson(bytes: Uint8Array, source: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new SlicewiseError('MODEL', {
      message: `the model card ${source} is not JSON: ${(cause as Error).message}`,
      cause,
    });
  }
}
