import * as z from 'zod';
import { removeModel } from '../engine/own-models.js';
import type { CliCommand } from './command.js';

const schema = z.object({});

export const modelsRemove: CliCommand<typeof schema> = {
  name: 'models remove',
  summary: 'Removes a model that was added with `models add`. Those that come with the package stay.',
  arguments: [{ name: '<name>', summary: 'model' }],
  schema,
  examples: ['models remove mine'],

  async run([name], _, { terminal }) {
    const folder = await removeModel(name);
    terminal.out(`${name}: removed from ${folder}`);
  },
};
