import { Registry } from '../../core/registry.js';
import type { CliCommand } from './command.js';
import { backends } from './backends.js';
import { compare } from './compare.js';
import { geometry } from './geometry.js';
import { info } from './info.js';
import { models } from './models.js';
import { modelsAdd } from './models-add.js';
import { modelsRemove } from './models-remove.js';
import { recon } from './recon.js';
import { simulateCtCommand } from './simulate-ct.js';
import { simulateMriCommand } from './simulate-mri.js';

/** Every command, in the order of the help. A new one is a file here and a line. */
export const commands = new Registry<CliCommand>('command')
  .add('info', info)
  .add('simulate ct', simulateCtCommand)
  .add('simulate mri', simulateMriCommand)
  .add('recon', recon)
  .add('geometry', geometry)
  .add('compare', compare)
  .add('backends', backends)
  .add('models', models)
  .add('models add', modelsAdd)
  .add('models remove', modelsRemove);
