import * as z from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { kindOf } from '../../volumes/kinds/registry.js';
import type { Measurement } from '../../volumes/measurement.js';
import { requireKind } from '../modalities/registry.js';
import { scanChapters } from './chapters.js';
import type { CliCommand } from './command.js';
import { readScanFile, scanFields } from './inputs.js';
import { forceFlag, requireWritable, saveText } from './outputs.js';

const own = { output: z.string().describe('drawing to write, .svg'), ...forceFlag };

export const geometry: CliCommand = {
  name: 'geometry',
  summary: 'Draws what the scanner looked like, to scale.',
  arguments: [{ name: '<scan>', summary: 'scan file' }],
  get schema() {
    return z.object({ ...own, ...scanFields() });
  },
  flags: { output: '-o, --output <file>' },
  get chapters() {
    return scanChapters();
  },
  examples: ['geometry scan.h5 -o geometry.svg'],

  async run([path], given, { terminal }) {
    const { output, force, ...flags } = given as { readonly output: string; readonly force?: boolean };
    await requireWritable(output, force);
    const scan = await readScanFile(path, flags);
    const drawing = drawingOf(scan);
    for (const warning of scan.meta.warnings ?? []) terminal.note(`warning: ${warning}`);
    await saveText(output, drawing);
    const axis = kindOf(scan.kind)?.views?.axis;
    terminal.out(`${output}: ${scan.kind}${axis === undefined ? '' : `, ${scan.shape[axis]} views`}`);
  },
};

function drawingOf(scan: Measurement): string {
  const { physics, modality } = requireKind(scan.kind);
  const drawing = physics.drawing?.(scan);
  if (drawing !== undefined) return drawing;
  throw new SlicewiseError('ARGUMENT', {
    message: `there is no scanner to draw: ${modality.title} data are no projections`,
    expected: 'a scan of a kind that has a drawing',
    got: scan.kind,
    hint: '`slicewise info` tells what there is to know of it',
  });
}
