import { Registry } from '../../core/registry.js';
import { backends } from './backends.js';
import type { CliCommand } from './command.js';
import { batch } from './batch.js';
import { checkScanCommand } from './check-scan.js';
import { batchStatus } from './batch-status.js';
import { compare } from './compare.js';
import { completion } from './completion.js';
import { diagnose } from './diagnose.js';
import { geometry } from './geometry.js';
import { info } from './info.js';
import { models } from './models.js';
import { modelsAdd } from './models-add.js';
import { modelsRemove } from './models-remove.js';
import { recon } from './recon.js';
import { simulations } from './simulate.js';
import { worker } from './worker.js';
import { studio } from './studio.js';

/**
 * Every command, in the order of the help. A new one is a file here and a line. Made anew for each command line: what modalities and
 * methods offer is known by then.
 */
export function allCommands(): Registry<CliCommand> {
  const commands = new Registry<CliCommand>('command');
  const made: CliCommand[] = [
    info,
    ...simulations(),
    recon,
    batch,
    batchStatus as CliCommand,
    worker as CliCommand,
    studio as CliCommand,
    checkScanCommand,
    geometry,
    compare as CliCommand,
    diagnose as CliCommand,
    backends as CliCommand,
    models as CliCommand,
    modelsAdd as CliCommand,
    modelsRemove as CliCommand,
    completion(() => made),
  ];
  for (const command of made) commands.add(command.name, command);
  return commands;
}
