import { join } from 'node:path';
import * as z from 'zod';
import { isSlicewiseError, SlicewiseError } from '../../core/errors.js';
import { folderOf } from '../../core/platform/model-folder.js';
import { findModels, parseJson, readModel, type FoundModel } from '../../models/sources/zoo.js';
import { userModels, zoo } from '../node.js';
import { cardText, imagesOf, millions } from './card-text.js';
import type { CliCommand, Terminal } from './command.js';
import { columns, number } from './text.js';

const schema = z.object({ json: z.boolean().optional().describe('print JSON; of info the card as it is') });

/** The package's models and the user's, each with its source's name in lists. */
const sources = (): { kind: 'package' | 'own'; found: Promise<FoundModel[]>; location: string }[] => {
  const all = findModels([zoo(), userModels()]);
  const of = (source: { readonly location?: string }) => all.then((models) => models.filter((m) => m.source.location === source.location));
  return [
    { kind: 'package', found: of(zoo()), location: zoo().location ?? '' },
    { kind: 'own', found: of(userModels()), location: userModels().location ?? '' },
  ];
};

export const models: CliCommand<typeof schema> = {
  name: 'models',
  summary:
    'Lists the priors that come along and your own, shows the card of one, or verifies weights against their sha256. `models add` and ' +
    '`models remove` are for your own.',
  arguments: [
    { name: '[action]', summary: 'list (default), info or verify' },
    { name: '[name]', summary: 'model, or the path of a card (NAME.json)' },
  ],
  schema,
  examples: ['models', 'models info ct', 'models verify', 'models verify mine/card.json'],

  async run([action = 'list', name], { json }, { terminal }) {
    if (action === 'list') return list(json, terminal);
    if (action === 'info') return info(name, json, terminal);
    if (action === 'verify') return verify(name, json, terminal);
    throw new SlicewiseError('ARGUMENT', {
      message: 'models',
      expected: 'list, info, verify, add or remove',
      got: `'${action}'`,
    });
  },
};

async function list(json: boolean | undefined, terminal: Terminal): Promise<void> {
  const entries: object[] = [];
  const parts: string[] = [];
  for (const { kind, found, location } of sources()) {
    const all = await found;
    entries.push(
      ...all.map(({ name, card, problem, hidden }) => ({
        ...(card ?? { name, problem: problem!.message }),
        source: kind,
        location,
        hidden,
      })),
    );
    const head = `${kind === 'package' ? 'with the package' : 'your own'}, in ${location}`;
    parts.push(`${head}\n${all.length > 0 ? columns(all.map(row)) : 'none'}`);
  }
  terminal.out(json ? JSON.stringify(entries, null, 2) : parts.join('\n\n'));
}

function row({ name, card, hidden }: FoundModel): string[] {
  if (!card) return [name, `the card is wrong: models verify ${name} tells how`];
  return [
    name,
    `${card.modality}, ${card.plane}, ${imagesOf(card)}`,
    `${card.range.unit} ${card.range.low} … ${card.range.high}`,
    `σ ${number(card.sigmaMin)} … ${number(card.sigmaMax)}`,
    `${millions(card.parameters)}, ${card.precision}`,
    hidden ? `${card.licence} (hidden by the package’s)` : card.licence,
  ];
}

async function info(name: string | undefined, json: boolean | undefined, terminal: Terminal): Promise<void> {
  const [model] = await wanted(name);
  if (name === undefined || !model) throw await unknown(name);
  if (!model.card) throw model.problem!;
  const { source, path, card } = model;
  const raw = async () => JSON.stringify(parseJson(await source.read(path), path), null, 2);
  terminal.out(json ? await raw() : cardText(card, join(source.location ?? '', path)));
}

async function verify(name: string | undefined, json: boolean | undefined, terminal: Terminal): Promise<void> {
  const all = await wanted(name);
  if (name !== undefined && all.length === 0) throw await unknown(name);
  const results: { name: string; location?: string; sha256?: string; problem?: string }[] = [];
  for (const { name: each, source, path } of all) {
    const at = { name: each, location: source.location };
    try {
      const { card } = await readModel(source, path);
      results.push({ ...at, sha256: card.sha256 });
      if (!json) terminal.out(`${each}: sha256 ${card.sha256} is right`);
    } catch (error) {
      if (!isSlicewiseError(error)) throw error;
      results.push({ ...at, problem: error.message });
      if (!json) terminal.out(`${each}: ${error.message}`);
    }
  }
  if (json) terminal.out(JSON.stringify(results, null, 2));
  const wrong = results.filter((r) => r.problem !== undefined);
  if (wrong.length > 0) {
    throw new SlicewiseError('MODEL', {
      message:
        `${wrong.length} of ${results.length} models ${wrong.length === 1 ? 'is' : 'are'} not what their card says: ` +
        `${wrong.map((r) => r.name).join(', ')}`,
    });
  }
}

/** The models meant: all, those of a name, or the one whose card lies at a path. */
async function wanted(name: string | undefined): Promise<FoundModel[]> {
  if (name?.endsWith('.json')) {
    const { name: file, location, read } = folderOf(name);
    return findModels({ location, list: async () => [file], read });
  }
  const all = (await Promise.all(sources().map((s) => s.found))).flat();
  return name === undefined ? all : all.filter((m) => m.name === name);
}

async function unknown(name: string | undefined): Promise<SlicewiseError> {
  const known = (await wanted(undefined)).map((m) => m.name);
  return new SlicewiseError('MODEL', {
    message: name === undefined ? 'which model?' : `there is no prior '${name}'`,
    expected: `one of ${[...new Set(known)].join(', ') || '(none)'}`,
  });
}
