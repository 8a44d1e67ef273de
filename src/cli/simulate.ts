import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import * as z from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { writeFileAtomic } from '../../core/platform/files.js';
import { machineMemory } from '../../core/platform/threads.js';
import { writeMeasurement } from '../../volumes/open.js';
import type { Volume } from '../../volumes/volume.js';
import { createBackend } from '../node.js';
import type { Modality } from '../modalities/modality.js';
import { modalities } from '../modalities/registry.js';
import type { Simulation, SimulationMemory } from '../modalities/simulation.js';
import type { CliCommand, Terminal } from './command.js';
import { asFlag, filesOf, readVolumeFile, tellOfVolume, volumeFields, volumeSpacing } from './inputs.js';
import { forceFlag, requireScanOutput, requireVolumeOutput, requireWritable, saveVolume } from './outputs.js';
import { slowNotes } from './progress.js';
import { outputName, STREAM, writeStandardOutput } from './streams.js';
import { bytes, kebab, sizes } from './text.js';

const { bytes: words, ...volumes } = volumeFields;
const SOURCE = { ...volumes, ...volumeSpacing, bytes: words };

/** `simulate NAME` of every modality that simulates its scans. */
export const simulations = (): CliCommand[] =>
  modalities.entries().flatMap(([, modality]) => (modality.simulation ? [commandOf(modality, modality.simulation)] : []));

function commandOf({ name }: Modality, simulation: Simulation): CliCommand {
  const { summary, source, examples, schema, computes, words } = simulation;
  const shape = schema.shape as { readonly [option: string]: z.ZodType };
  const files = Object.keys(shape).filter((option) => asFlag(shape[option]) !== shape[option]);
  const fields = Object.fromEntries(
    Object.entries(shape).map(([option, field]) => [option, files.includes(option) ? asFlag(field).optional() : field]),
  );
  const own = {
    output: z.string().describe('scan file to write, .h5 (seismic also .sgy, .su), or -'),
    object: z.string().optional().describe(words.grid),
    ...(computes ? { workers: z.int().min(0).optional().describe('worker threads; default one a processor') } : {}),
    ...SOURCE,
    ...forceFlag,
  };
  return {
    name: `simulate ${name}`,
    summary,
    arguments: [{ name: '<volume>', summary: source }],
    schema: z.object({ ...fields, ...own }),
    flags: {
      output: '-o, --output <file>',
      object: '--object <file>',
      ...('slices' in shape ? { slices: '--slices <first:last>' } : {}),
      ...Object.fromEntries(files.map((option) => [option, `--${kebab(option)} <file>`])),
    },
    examples,

    async run([path], given, { terminal: told, leaveNothing }) {
      const { output, object, workers, force } = given as { output: string; object?: string; workers?: number; force?: boolean };
      // what is told would be mixed with the bytes of the scan
      const terminal = output === STREAM ? { ...told, out: told.note } : told;
      if (object) await requireWritable(object, force);
      await requireScanOutput(output, force);
      if (object) await requireVolumeOutput(object, { force });
      const ofVolume = Object.fromEntries(Object.keys(SOURCE).map((option) => [option, given[option]]));
      const scanned = simulation.named?.(path) ?? (await readVolume(path, simulation, ofVolume, terminal));
      const values = Object.keys(shape).map(async (option) => [option, await filesOf(shape[option], given[option])] as const);
      const options = Object.fromEntries((await Promise.all(values)).filter(([, value]) => value !== undefined));
      simulation.check?.(scanned, options);
      const memory = simulation.memory?.(scanned, options);
      if (memory) requireMemory(memory, terminal);
      const backend = computes ? createBackend({ workers }) : undefined;
      try {
        const work = { backend: () => backend!, progress: slowNotes(terminal, 'slice') };
        const scan = await simulation.run(scanned, options, work);
        for (const warning of scan.meta.warnings ?? []) terminal.note(`warning: ${warning}`);
        leaveNothing();
        const file = await writeMeasurement(basename(outputName(output, undefined, 'h5')), scan);
        await (output === STREAM ? writeStandardOutput(file) : writeFileAtomic(output, file));
        terminal.out(
          `${output === STREAM ? 'standard output' : output}: ${scan.kind}, data ${sizes(scan.shape)}${simulation.describe(scan)}`,
        );
      } finally {
        await backend?.dispose();
      }
      if (object) {
        await saveVolume(object, simulation.object(scanned, options));
        terminal.out(`${object}: ${words.object}`);
      }
    },
  };
}

/** @throws SlicewiseError as the readers do; ARGUMENT for a name where only volumes are scanned */
async function readVolume(path: string, { named }: Simulation, flags: object, terminal: Terminal): Promise<Volume> {
  const word = /^([a-z]+):/i.exec(path)?.[1];
  if (!named && word !== undefined && word.length > 1 && !(await stat(path).catch(() => undefined))) {
    const others = modalities.entries().flatMap(([name, { simulation }]) => (simulation?.named ? [`simulate ${name}`] : []));
    throw new SlicewiseError('ARGUMENT', {
      message: `things that have a name instead of a file are for ${others.join(', ')}`,
      expected: 'the file of a volume',
      got: `'${path}'`,
      hint: `slicewise ${others[0]} writes its object as a volume with --object`,
    });
  }
  const volume = await readVolumeFile(path, flags);
  tellOfVolume(volume, terminal);
  return volume;
}

/** @throws SlicewiseError MEMORY */
function requireMemory({ planned, data, hint }: SimulationMemory, terminal: Terminal): void {
  terminal.note(`memory planned: ${bytes(planned)}, data ${bytes(data)}`);
  const available = machineMemory();
  if (planned <= available) return;
  throw new SlicewiseError('MEMORY', {
    message: 'this scan does not fit into memory',
    expected: `at most ${bytes(available)}`,
    got: `a plan of ${bytes(planned)}`,
    hint,
  });
}
