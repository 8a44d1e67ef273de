import { z } from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { listModels, loadModel } from '../../models/zoo.js';
import { zoo } from '../node.js';
import type { CliCommand } from './command.js';
import { columns, number } from './text.js';

const schema = z.object({ json: z.boolean().optional().describe('print JSON') });

export const models: CliCommand<typeof schema> = {
  name: 'models',
  summary: 'Lists the priors that come along, shows the card of one, or verifies weights against their sha256.',
  arguments: [
    { name: '[action]', summary: 'list (default), info or verify' },
    { name: '[name]', summary: 'model' },
  ],
  schema,
  examples: ['models', 'models info ct', 'models verify'],

  async run([action = 'list', name], { json }, { terminal }) {
    const cards = await listModels(zoo());
    if (action === 'list') {
      if (json) return terminal.out(JSON.stringify(cards, null, 2));
      const rows = cards.map((c) => [
        c.name,
        `${c.modality}, ${c.plane}`,
        `${c.range.unit} ${c.range.low} … ${c.range.high}`,
        `σ ${number(c.sigmaMin)} … ${number(c.sigmaMax)}`,
        `${(c.parameters / 1e6).toFixed(1)} M parameters`,
        c.licence,
      ]);
      return terminal.out(rows.length > 0 ? columns(rows) : 'no models');
    }
    if (action === 'info') {
      const card = cards.find((c) => c.name === name);
      if (!card) throw unknown(name, cards.map((c) => c.name)); // prettier-ignore
      return terminal.out(JSON.stringify(card, null, 2));
    }
    if (action === 'verify') {
      const wanted = name === undefined ? cards.map((c) => c.name) : [name];
      const results: { name: string; sha256: string }[] = [];
      for (const each of wanted) {
        const { card } = await loadModel(zoo(), each);
        results.push({ name: each, sha256: card.sha256 });
        if (!json) terminal.out(`${each}: sha256 ${card.sha256} is right`);
      }
      if (json) terminal.out(JSON.stringify(results, null, 2));
      return;
    }
    throw new SlicewiseError('ARGUMENT', { message: 'models', expected: 'list, info or verify', got: `'${action}'` });
  },
};

const unknown = (name: string | undefined, known: readonly string[]): SlicewiseError =>
  new SlicewiseError('MODEL', {
    message: name === undefined ? 'which model?' : `there is no prior '${name}'`,
    expected: `one of ${known.join(', ') || '(none)'}`,
  });
