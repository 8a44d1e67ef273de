import { z } from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import type { Measurement } from '../../volumes/measurement.js';
import { geometrySvg } from '../report/index.js';
import type { CliCommand } from './command.js';
import { readScanFile, scanFields } from './inputs.js';
import { requireWritable, saveText } from './outputs.js';

const schema = z.object({ output: z.string().describe('drawing to write, .svg'), ...scanFields });

export const geometry: CliCommand<typeof schema> = {
  name: 'geometry',
  summary: 'Draws what the scanner looked like, to scale.',
  arguments: [{ name: '<scan>', summary: 'scan file' }],
  schema,
  flags: { output: '-o, --output <file>' },
  examples: ['geometry scan.h5 -o geometry.svg'],

  async run([path], { output, ...flags }, { terminal }) {
    await requireWritable(output);
    const scan = await readScanFile(path, flags);
    requireRays(scan);
    for (const warning of scan.meta.warnings ?? []) terminal.note(`warning: ${warning}`);
    await saveText(output, geometrySvg(scan));
    terminal.out(`${output}: ${scan.kind}, ${(scan.geometry.angles as number[]).length} views`);
  },
};

function requireRays({ kind, geometry }: Measurement): void {
  if (Array.isArray(geometry.angles)) return;
  throw new SlicewiseError('ARGUMENT', {
    message: 'there is no scanner to draw: these data are no projections',
    expected: 'a CT scan',
    got: kind,
    hint: '`slicewise info` tells the mask, coils and acceleration of k-space',
  });
}
