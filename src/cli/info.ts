import * as z from 'zod';
import { scanFacts, volumeFacts } from '../engine/file-facts.js';
import { readEither } from '../engine/read-scan.js';
import { suggestScan } from '../engine/suggest-scan.js';
import { scanChapters } from './chapters.js';
import type { CliCommand } from './command.js';
import { named, scanFields, scanFlags, volumeFields, volumeOptions } from './inputs.js';
import { readPath } from './streams.js';
import { columns } from './text.js';
import { quoted } from '../../core/text.js';

const own = {
  as: z.enum(['volume', 'scan']).optional().describe('how to read a file that could be either'),
  json: z.boolean().optional().describe('print JSON'),
  ...volumeFields,
};

export const info: CliCommand = {
  name: 'info',
  summary: 'Tells what a volume or scan is: shape, spacing, orientation, units, range, geometry, warnings.',
  arguments: [{ name: '<path>', summary: 'file, or folder of a DICOM series or TIFF stack' }],
  get schema() {
    const { spacing: _, ...scan } = scanFields();
    return z.object({ ...own, ...scan });
  },
  get chapters() {
    const volume = { name: 'volume', title: 'Volumes', group: 'What a file may not say', summary: 'which series, volume or units' };
    const own = Object.keys(volumeFields).map((option) => ({ option }));
    return [{ ...volume, options: own }, ...scanChapters()];
  },
  examples: [
    'info chest/',
    'info scan.h5',
    'info radial.npz --axes coil,spoke,sample',
    'info sinogram.npz --geometry fan --sod 540 --sdd 630 --pitch 0.05 --angles 0:-359:-1',
  ],

  async run([path], flags, { terminal }) {
    const { as, json } = flags as { readonly as?: 'volume' | 'scan'; readonly json?: boolean };
    const files = await readPath(path);
    const read = await readEither(files, { as, volume: volumeOptions(flags), scan: await scanFlags(flags) });
    const facts = 'scan' in read ? scanFacts(path, named(path, read.scan)) : volumeFacts(path, read.volume);
    if (json) return terminal.out(JSON.stringify(facts.json, null, 2));
    terminal.out(columns(facts.rows));
    for (const warning of facts.warnings) terminal.out(`warning: ${warning}`);
    if ('scan' in read || as === 'volume') return;
    const { dataset } = flags as { readonly dataset?: string };
    for (const { what, options } of await suggestScan(files, read.volume, dataset)) {
      const picked = dataset === undefined || options.includes('--dataset') ? '' : ` --dataset ${quoted(dataset)}`;
      terminal.note(`if it is a scan, say so, e.g. of ${what}:\n  slicewise info ${quoted(path)}${picked} ${options}`);
    }
  },
};
