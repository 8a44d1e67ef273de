import { basename } from 'node:path';
import { z } from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { writeFileAtomic } from '../../core/platform/files.js';
import { parseAngles } from '../../volumes/kinds/radon/angles.js';
import { writeMeasurement } from '../../volumes/open.js';
import { createBackend } from '../node.js';
import { scannedObject, simulateCt, simulateCtSchema } from '../simulation/ct/simulate.js';
import type { CliCommand } from './command.js';
import { readSource, volumeFields } from './inputs.js';
import { requireVolumeOutput, requireWritable, saveVolume } from './outputs.js';
import { sizes } from './text.js';

const { dataset, series, volumeIndex, units, resample, tilt } = volumeFields;
const schema = simulateCtSchema.extend({
  output: z.string().describe('scan file to write, .h5'),
  angles: z.string().optional().describe('all angles in degrees instead: start:stop:step or a list'),
  object: z.string().optional().describe('also write the object that was scanned, on the grid of the scan (to compare with)'),
  workers: z.int().min(0).optional().describe('worker threads; default one a processor'),
  dataset, series, volumeIndex, units, resample, tilt,
}); // prettier-ignore

export const simulateCtCommand: CliCommand<typeof schema> = {
  name: 'simulate ct',
  summary: 'Simulates a CT scan of a volume or phantom.',
  arguments: [{ name: '<volume>', summary: 'NIfTI, DICOM folder, … in HU or 1/mm, or phantom:NAME' }],
  schema,
  flags: { output: '-o, --output <file>', slices: '--slices <first:last>', object: '--object <file>' },
  examples: [
    'simulate ct chest.nii.gz -o scan.h5 --slices 30:45 --views 20 --photons 1e5 --seed 1     16 slices: 30 and 45 are included',
    'simulate ct chest.nii.gz -o limited.h5 --views 90 --arc 90 --photons 1e5',
    'simulate ct phantom:thorax -o scan.h5 --geometry fan --views 60 --object truth.nii.gz',
  ],

  async run([path], flags, { terminal, interruptible }) {
    const { output, object, workers, angles, dataset, series, volumeIndex, units, resample, tilt, ...options } = flags;
    if (!path.startsWith('phantom:') && (options.size ?? options.depth) !== undefined) {
      const hint = 'leave --size and --depth out, or resample the volume first';
      throw new SlicewiseError('ARGUMENT', { message: 'a volume is scanned on its own grid', hint });
    }
    await requireWritable(output);
    if (object) await requireVolumeOutput(object);
    const source = await readSource(path, { dataset, series, volumeIndex, units, resample, tilt });
    const list = angles === undefined ? {} : { angles: parseAngles(angles) };
    const backend = createBackend({ workers });
    try {
      const scan = await simulateCt(source, { ...options, ...list }, backend, interruptible());
      for (const warning of scan.meta.warnings ?? []) terminal.note(`warning: ${warning}`);
      await writeFileAtomic(output, await writeMeasurement(basename(output), scan));
      terminal.out(
        `${output}: ${scan.kind}, data ${sizes(scan.shape)}, image ${sizes(scan.grid.shape)} (slices first)`,
      );
    } finally {
      await backend.dispose();
    }
    if (object) {
      await saveVolume(object, scannedObject(source, { ...options, ...list }));
      terminal.out(`${object}: the object that was scanned`);
    }
  },
};
