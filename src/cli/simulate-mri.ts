import { basename } from 'node:path';
import { z } from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { readInput, writeFileAtomic } from '../../core/platform/files.js';
import type { SamplingMask } from '../../core/sampling-mask.js';
import { machineMemory } from '../../core/platform/threads.js';
import type { Measurement } from '../../volumes/measurement.js';
import { maskFromArray } from '../../volumes/kinds/kspace/mask.js';
import { readMaskFile } from '../../volumes/kinds/kspace/mask-file.js';
import { writeMeasurement } from '../../volumes/open.js';
import { shapeOf, type Volume } from '../../volumes/volume.js';
import type { MriOptions } from '../simulation/mri/options.js';
import { samplingMemory } from '../simulation/mri/sampling.js';
import { scannedMagnitude, simulateMri, simulateMriSchema } from '../simulation/mri/simulate.js';
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
  summary: 'Simulates a multi-coil MRI scan of an MR image, Cartesian or along spokes or spirals.',
  arguments: [{ name: '<volume>', summary: 'NIfTI, DICOM folder, … with the magnitude of an MR image' }],
  schema,
  flags: { output: '-o, --output <file>', slices: '--slices <first:last>', maskFile: '--mask-file <file>', object: '--object <file>' }, // prettier-ignore
  examples: [
    'simulate mri t1.nii.gz -o kspace.h5 --coils 8 --mask poisson --accel 8 --snr 30 --seed 1     3-D: two phase directions',
    'simulate mri t1.nii.gz -o kspace.h5 --mask random --accel 4 --snr 30 --slices 40:55          2-D: lines, 16 slices',
    'simulate mri t1.nii.gz -o radial.h5 --trajectory radial --spokes 64 --snr 30                 golden-angle spokes',
    'simulate mri t1.nii.gz -o kspace.h5 --mask-file mask.npy --snr 30 --object truth.nii.gz',
  ],

  async run([path], flags, { terminal, interruptible }) {
    const { output, object, maskFile, dataset, series, volumeIndex, units, resample, tilt, ...options } = flags;
    await requireScanOutput(output);
    if (object) await requireVolumeOutput(object);
    const volume = await readVolumeFile(path, { dataset, series, volumeIndex, units, resample, tilt });
    const scanned = scannedMagnitude(volume, options);
    const signal = interruptible();
    requireMemory(scanned, options, terminal);
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

interface MaskRecord {
  readonly pattern: string;
  readonly acceleration?: number;
  readonly measuredAcceleration: number;
  readonly points: number;
  readonly lines?: number;
}

interface TrajectoryRecord {
  readonly name: string;
  readonly spokes?: number;
  readonly interleaves?: number;
  readonly samplesPerReadout: number;
  readonly acceleration: number;
  readonly undersampling: number;
}

/** What was asked, and what was measured. */
function describeScan(output: string, scan: Measurement): string {
  const { mask, trajectory, ...simulation } = scan.meta.simulation as {
    mask?: MaskRecord;
    trajectory?: TrajectoryRecord;
    snr?: number;
    measuredSnr?: number;
  };
  const snr = simulation.snr === undefined ? 'no noise' : `SNR ${simulation.measuredSnr!.toFixed(2)} (asked ${number(simulation.snr)})`; // prettier-ignore
  const data = `${output}: ${scan.kind}, data ${sizes(scan.shape)}`;
  if (trajectory) return `${data} (slice, coil, sample), 2-D\n${describeTrajectory(trajectory)}; ${snr}`;
  const readout = scan.geometry.readout === 'slice' ? '3-D, readout along the slices' : '2-D, readout kx';
  return `${data} (slice, coil, ky, kx), ${readout}\n${describeMask(mask!, scan)}; ${snr}`;
}

function describeMask(mask: MaskRecord, scan: Measurement): string {
  const [, ky, kx] = scan.grid.shape;
  const samples = mask.lines === undefined ? `${number(mask.points)} of ${ky * kx} points` : `${number(mask.lines)} of ${ky} lines`; // prettier-ignore
  const asked = mask.acceleration === undefined ? '' : ` (asked ${number(mask.acceleration)})`;
  return `mask ${mask.pattern}: ${samples} a slice, acceleration ${mask.measuredAcceleration.toFixed(3)}${asked}`;
}

function describeTrajectory(t: TrajectoryRecord): string {
  const readouts = t.spokes === undefined ? `${t.interleaves} interleaves` : `${t.spokes} spokes`;
  const nyquist = t.spokes === undefined ? 'windings' : 'spokes';
  return `trajectory ${t.name}: ${readouts} of ${t.samplesPerReadout} samples a slice, Nyquist ÷ ${nyquist} ${t.acceleration.toFixed(3)}, one cell of k-space in ${t.undersampling.toFixed(2)} is met`;
}

/** Data and maps, and the file beside them while it is built: an HDF5 copy and its bytes. @throws SlicewiseError MEMORY */
function requireMemory(scanned: Volume, options: MriOptions, terminal: Terminal): void {
  const shape = shapeOf(scanned);
  const [slices, ky, kx] = shape;
  const { samples, work } = samplingMemory(shape, options);
  const data = slices * options.coils * samples;
  const maps = options.withMaps ? 8 * slices * options.coils * ky * kx : 0;
  const planned = 3 * data + maps + work + 150e6;
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
