import { basename } from 'node:path';
import { z } from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { readInput, writeFileAtomic } from '../../core/platform/files.js';
import type { SamplingMask } from '../../core/sampling-mask.js';
import { machineMemory } from '../../core/platform/threads.js';
import type { Measurement } from '../../volumes/measurement.js';
import { maskFromArray } from '../../volumes/kspace/mask.js';
import { readMaskFile } from '../../volumes/kspace/mask-file.js';
import { writeMeasurement } from '../../volumes/open.js';
import { shapeOf, type Volume } from '../../volumes/volume.js';
import { scannedMagnitude, simulateMri, simulateMriSchema } from '../simulation/mri.js';
import type { CliCommand, Terminal } from './command.js';
import { readVolumeFile, volumeFields } from './inputs.js';
import { slowNotes } from './progress.js';
import { requireScanOutput, requireVolumeOutput, saveVolume } from './outputs.js';
import { bytes, number, sizes } from './text.js';

const { dataset, series, volumeIndex, units, resample, tilt } = volumeFields;
const schema = simulateMriSchema.extend({
  output: z.string().describe('scan file to write, .h5'),
  maskFile: z.string().optional().describe('your own mask instead: .npy, .npz, .mat, .h5, .png, .tif; [ky, kx], [slice, ky, kx] or [ky]'),
  object: z.string().optional().describe('also write the magnitude that was scanned, on the grid of the scan (to compare with)'),
  dataset, series, volumeIndex, units, resample, tilt,
}); // prettier-ignore

export const simulateMriCommand: CliCommand<typeof schema> = {
  name: 'simulate mri',
  summary: 'Simulates a multi-coil Cartesian MRI scan of an MR image.',
  arguments: [{ name: '<volume>', summary: 'NIfTI, DICOM folder, … with the magnitude of an MR image' }],
  schema,
  flags: { output: '-o, --output <file>', slices: '--slices <first:last>', maskFile: '--mask-file <file>', object: '--object <file>' }, // prettier-ignore
  examples: [
    'simulate mri t1.nii.gz -o kspace.h5 --coils 8 --mask poisson --accel 8 --snr 30 --seed 1     3-D: two phase directions',
    'simulate mri t1.nii.gz -o kspace.h5 --mask random --accel 4 --snr 30 --slices 40:55          2-D: lines, 16 slices',
    'simulate mri t1.nii.gz -o kspace.h5 --mask-file mask.npy --snr 30 --object truth.nii.gz',
  ],

  async run([path], flags, { terminal, interruptible }) {
    const { output, object, maskFile, dataset, series, volumeIndex, units, resample, tilt, ...options } = flags;
    await requireScanOutput(output);
    if (object) await requireVolumeOutput(object);
    const volume = await readVolumeFile(path, { dataset, series, volumeIndex, units, resample, tilt });
    const scanned = scannedMagnitude(volume, options);
    const signal = interruptible();
    requireMemory(scanned, options.coils, options.withMaps, terminal);
    const mask = maskFile === undefined ? undefined : await readOwnMask(maskFile, shapeOf(scanned));
    const progress = slowNotes(terminal, 'slice');
    const scan = await simulateMri(volume, options, { mask, signal, progress });
    for (const warning of scan.meta.warnings ?? []) terminal.note(`warning: ${warning}`);
    await writeFileAtomic(output, await writeMeasurement(basename(output), scan));
    terminal.out(describeScan(output, scan));
    if (object) {
      await saveVolume(object, scanned);
      terminal.out(`${object}: the magnitude that was scanned`);
    }
  },
};

async function readOwnMask(path: string, [slices, ny, nx]: readonly number[]): Promise<SamplingMask> {
  const { data, shape } = await readMaskFile(await readInput(path));
  return maskFromArray(data, shape, [slices, 1, ny, nx], `the mask ${path}`, 'ky');
}

/** What was asked, and what was measured. */
function describeScan(output: string, scan: Measurement): string {
  const { mask, ...simulation } = scan.meta.simulation as {
    mask: { pattern: string; acceleration?: number; measuredAcceleration: number; points: number; lines?: number };
    snr?: number;
    measuredSnr?: number;
  };
  const [, ky, kx] = scan.grid.shape;
  const samples = mask.lines === undefined ? `${number(mask.points)} of ${ky * kx} points` : `${number(mask.lines)} of ${ky} lines`; // prettier-ignore
  const asked = mask.acceleration === undefined ? '' : ` (asked ${number(mask.acceleration)})`;
  const snr = simulation.snr === undefined ? 'no noise' : `SNR ${simulation.measuredSnr!.toFixed(2)} (asked ${number(simulation.snr)})`; // prettier-ignore
  const readout = scan.geometry.readout === 'slice' ? '3-D, readout along the slices' : '2-D, readout kx';
  return [
    `${output}: ${scan.kind}, data ${sizes(scan.shape)} (slice, coil, ky, kx), ${readout}`,
    `mask ${mask.pattern}: ${samples} a slice, acceleration ${mask.measuredAcceleration.toFixed(3)}${asked}; ${snr}`,
  ].join('\n');
}

/** Data and maps, and the file beside them while it is built: an HDF5 copy and its bytes. @throws SlicewiseError MEMORY */
function requireMemory(scanned: Volume, coils: number, withMaps: boolean, terminal: Terminal): void {
  const [slices, ky, kx] = shapeOf(scanned);
  const data = 8 * slices * coils * ky * kx;
  const planned = data * (withMaps ? 2 : 1) + 2 * data + 150e6;
  terminal.note(`memory planned: ${bytes(planned)}, data ${bytes(data)}`);
  const available = machineMemory();
  if (planned <= available) return;
  throw new SlicewiseError('MEMORY', {
    message: 'this scan does not fit into memory',
    expected: `at most ${bytes(available)}`,
    got: `a plan of ${bytes(planned)}`,
    hint: 'simulate fewer --slices or --coils at a time',
  });
}
