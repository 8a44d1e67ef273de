import * as z from 'zod';
import { addModel } from '../engine/own-models.js';
import type { CliCommand } from './command.js';
import { number } from './text.js';

const schema = z.object({
  card: z.string().describe('model card, JSON (docs/reference/priors.md)'),
  replace: z.boolean().optional().describe('put it in the place of an added model of the same name'),
});

export const modelsAdd: CliCommand<typeof schema> = {
  name: 'models add',
  summary:
    'Adds a model of your own: checks the card and the sha256 of the weights, tries the network, and copies both into your model folder ' +
    '(SLICEWISE_MODELS, else XDG_DATA_HOME/slicewise/models or what the platform has for it).',
  arguments: [{ name: '<network>', summary: 'the weights, ONNX' }],
  schema,
  flags: { card: '--card <file>' },
  examples: ['models add mine.onnx --card mine.json', 'recon scan.h5 -o out.nii.gz --method dds --prior mine'],

  async run([network], { card: cardPath, replace }, { terminal }) {
    const { card, location, trials, warnings } = await addModel(network, cardPath, { replace });
    for (const { sigma, change } of trials) {
      terminal.note(`σ ${number(sigma)}: finite; D(x; σ) − x has a root mean square of ${number(change)}`);
    }
    for (const warning of warnings) terminal.note(`warning: ${warning}`);
    terminal.out(`${card.name}: added to ${location}; use it with --prior ${card.name}`);
  },
};
