import { SlicewiseError } from '../../core/errors.js';
import { readBytes } from '../../core/platform/files.js';
import { installModel, modelFolder, removeModel as removeFolder, userModelFolder } from '../../core/platform/model-folder.js';
import { sha256 } from '../../core/sha256.js';
import { parseCard, type Card } from '../../models/card/card.js';
import { tryModel, type Trial } from '../../models/sources/trial.js';
import { findModels, parseJson, requireDigest } from '../../models/sources/zoo.js';
import { createBackend, userModels, zoo } from '../node.js';

/** A model that was added: its card, the folder it lies in, what the trial showed and what seems odd. */
export interface AddedModel {
  readonly card: Card;
  readonly location: string;
  readonly trials: readonly Trial[];
  readonly warnings: readonly string[];
}

/**
 * Checks a network and its card, tries the network, and copies both into the user's model folder, where `prior: NAME` finds it.
 * @throws SlicewiseError MODEL (the card, the weights or the network are wrong), ARGUMENT (the name is taken), FILE_NOT_FOUND, FILE_WRITE
 */
export async function addModel(
  network: string,
  cardPath: string,
  { replace = false }: { readonly replace?: boolean } = {},
): Promise<AddedModel> {
  const [{ bytes: weights }, cardFile] = [await readBytes(network), await readBytes(cardPath)];
  const digest = await sha256(weights);
  const json = parseJson(cardFile.bytes, cardPath);
  const stated = (json as { sha256?: unknown } | null)?.sha256;
  const card = parseCard(json, cardPath, stated === digest ? '' : `the sha256 of ${network} is ${digest}`);
  await requireDigest(card, weights, `if ${network} is the network that the card is about, write "sha256": "${digest}" into ${cardPath}`);
  if ((await findModels(zoo())).some((m) => m.name === card.name)) {
    throw new SlicewiseError('ARGUMENT', {
      message: `a prior '${card.name}' comes with the package and cannot be replaced`,
      hint: 'give the card another "name"',
    });
  }
  const folder = userModelFolder();
  if (!replace && (await findModels(modelFolder(folder))).some((m) => m.name === card.name)) {
    throw new SlicewiseError('ARGUMENT', {
      message: `there is a model '${card.name}' in ${folder} already`,
      hint: 'give --replace to put this one in its place, or another "name" in the card',
    });
  }
  const backend = createBackend({ workers: 1 });
  let trials: Trial[];
  try {
    trials = await tryModel(card, weights, backend);
  } finally {
    await backend.dispose();
  }
  const files = [
    { name: card.file, bytes: weights },
    { name: `${card.name}.json`, bytes: cardFile.bytes },
  ];
  const location = await installModel(folder, card.name, files, replace);
  return { card, location, trials, warnings: oddities(trials) };
}

/**
 * Removes a model that was added.
 * @returns the folder it lay in
 * @throws SlicewiseError ARGUMENT when no added model has this name
 */
export async function removeModel(name: string): Promise<string> {
  const folder = userModelFolder();
  const own = (await findModels(userModels())).map((m) => m.name);
  if (own.includes(name)) {
    await removeFolder(folder, name);
    return folder;
  }
  const shipped = (await findModels(zoo())).some((m) => m.name === name);
  throw new SlicewiseError('ARGUMENT', {
    message: shipped ? `the prior '${name}' comes with the package and cannot be removed` : `there is no model '${name}' in ${folder}`,
    expected: own.length > 0 ? `one of ${own.join(', ')}` : '',
    hint: own.length > 0 ? '' : 'no models were added yet',
  });
}

/** At its least noise level a denoiser hardly changes the image: a card that says the parametrisation wrongly shows there. */
function oddities([first]: readonly Trial[]): string[] {
  if (first.change <= Math.max(3 * first.sigma, 0.02)) return [];
  return [
    `at σ = ${first.sigma} the network changes the image by ${first.change.toPrecision(2)} (root mean square), more than the noise ` +
      `there is: is the card's parametrisation right?`,
  ];
}
