import * as z from 'zod';
import { checkScan, type CheckedReading, type ScanCheck } from '../engine/check-scan.js';
import { openBackend } from './backend.js';
import { scanChapters } from './chapters.js';
import type { CliCommand } from './command.js';
import { readScanFile, scanFields } from './inputs.js';
import { saveJson } from './outputs.js';
import { slowNotes } from './progress.js';
import { where } from './recon-flags.js';
import { STREAM } from './streams.js';
import { columns } from './text.js';

const own = {
  json: z.string().optional().describe('write the numbers as JSON to this file, or - for standard output'),
  backend: where.backend,
  workers: where.workers,
};

export const checkScanCommand: CliCommand = {
  name: 'check scan',
  summary:
    'Tries how a scan could have been read otherwise (views the other way round, radians, rotation axis, exchanged axes, DC in the ' +
    'corner), by measurements that are left out, and says which reading explains the data and which option reads it so.',
  arguments: [{ name: '<scan>', summary: 'scan file' }],
  get schema() {
    return z.object({ ...own, ...scanFields() });
  },
  flags: { json: '--json <file>' },
  get chapters() {
    return scanChapters();
  },
  examples: ['check scan scan.h5', 'check scan sinogram.npz --geometry fan --sod 540 --sdd 630 --pitch 0.05 --angles 0:359:1'],

  async run([path], given, { terminal, interruptible }) {
    const { json, backend, workers, ...flags } = given as z.output<z.ZodObject<typeof own>> & { readonly [name: string]: unknown };
    const scan = await readScanFile(path, flags);
    for (const warning of scan.meta.warnings ?? []) terminal.note(`warning: ${warning}`);
    const device = await openBackend({ backend, workers }, terminal);
    const note = slowNotes(terminal, 'reading');
    const progress = (_: string, done: number, total: number): void => note(done, total);
    try {
      const check = await checkScan(scan, device, { signal: interruptible(), progress });
      if (json === STREAM) return terminal.out(JSON.stringify(check, null, 2));
      if (json) await saveJson(json, check);
      terminal.out(columns([['reading', 'predicts what was hidden'], ...[check.asRead, ...check.others].map(row)]));
      for (const line of verdict(check)) terminal.out(line);
    } finally {
      await device.dispose();
    }
  },
};

const dB = ({ snr, left }: CheckedReading): string => (snr === undefined ? `not tried: ${left ?? ''}` : `${snr.toFixed(1)} dB`);
const row = (reading: CheckedReading): [string, string] => [reading.what, dB(reading)];

/** What was found, in sentences. */
function verdict({ asRead, others, better, explained, untold, hidden }: ScanCheck): string[] {
  const told: string[] = [];
  if (better) {
    told.push(`the data are explained better by ${better.what}: ${dB(better)}, as read ${dB(asRead)}; pass ${better.mend}`);
  } else {
    const nearest = others.find(({ snr }) => snr !== undefined);
    told.push(
      nearest && nearest.snr! > (asRead.snr ?? -Infinity)
        ? `right as read: nothing explains the data clearly better (${nearest.what}: ${dB(nearest)}, as read ${dB(asRead)})`
        : `right as read: nothing tried explains the data better (as read ${dB(asRead)})`,
    );
  }
  if (!explained) {
    told.push(
      'no reading explains the data well: is it another beam or kind of scan, are lengths wrong by a factor, or are the values no ' +
        'measurements of one object?',
    );
  }
  told.push(`${hidden.count} of ${hidden.of} ${hidden.what} were hidden, at a reduced size`);
  return [...told, ...untold.map((text) => `cannot be told: ${text}`)];
}
