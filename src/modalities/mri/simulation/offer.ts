import { number } from '../../../../core/text.js';
import type { SamplingMask } from '../../../../core/sampling-mask.js';
import type { NamedBytes } from '../../../../volumes/format.js';
import { readMaskFile } from '../../../../volumes/kinds/kspace/mask-file.js';
import { maskFromArray } from '../../../../volumes/kinds/kspace/mask.js';
import type { Measurement } from '../../../../volumes/measurement.js';
import { shapeOf } from '../../../../core/placement.js';
import { type Volume } from '../../../../volumes/volume.js';
import { fileOption } from '../../reading.js';
import type { Simulation, SimulationMemory } from '../../simulation.js';
import type { MriOptions } from './options.js';
import { samplingMemory } from './sampling.js';
import { scannedMagnitude, simulateMri, simulateMriSchema } from './simulate.js';

const schema = simulateMriSchema.extend({
  maskFile: fileOption('your own mask instead: .npy, .npz, .mat, .h5, .png, .tif; [ky, kx], [slice, ky, kx] or [ky]').optional(),
});

/** `simulate mri`. */
export const mriSimulation: Simulation<never, typeof schema> = {
  summary: 'Simulates a multi-coil MRI scan of an MR image, Cartesian or along spokes or spirals.',
  source: 'NIfTI, DICOM folder, … with the magnitude of an MR image',
  examples: [
    'simulate mri t1.nii.gz -o kspace.h5 --coils 8 --mask poisson --accel 8 --snr 30 --seed 1     3-D: two phase directions',
    'simulate mri t1.nii.gz -o kspace.h5 --mask random --accel 4 --snr 30 --slices 40:55          2-D: lines, 16 slices',
    'simulate mri t1.nii.gz -o radial.h5 --trajectory radial --spokes 64 --snr 30                 golden-angle spokes',
    'simulate mri t1.nii.gz -o kspace.h5 --mask-file mask.npy --snr 30 --object truth.nii.gz',
  ],
  schema,
  words: {
    object: 'the magnitude that was scanned',
    grid: 'also write the magnitude that was scanned, on the grid of the scan (to compare with)',
  },
  memory: (volume, { maskFile: _, ...options }) => memoryOf(scannedMagnitude(volume, options), options),
  async run(volume, { maskFile, ...options }, { signal, progress }) {
    const scanned = scannedMagnitude(volume, options);
    const mask = maskFile === undefined ? undefined : await readOwnMask(maskFile as readonly NamedBytes[], shapeOf(scanned));
    return simulateMri(volume, options, { mask, signal, progress });
  },
  object: (volume, { maskFile: _, ...options }) => scannedMagnitude(volume, options),
  describe: describeScan,
};

async function readOwnMask(files: readonly NamedBytes[], [slices, ny, nx]: readonly number[]): Promise<SamplingMask> {
  const { data, shape } = await readMaskFile(files);
  const name = files.map((file) => file.name).join(', ');
  return maskFromArray(data, shape, [slices, 1, ny, nx], `the mask ${name}`, 'ky');
}

/** Data and maps, and the file beside them while it is built: an HDF5 copy and its bytes. */
function memoryOf(scanned: Volume, options: MriOptions): SimulationMemory {
  const shape = shapeOf(scanned);
  const [slices, ky, kx] = shape;
  const { samples, work } = samplingMemory(shape, options);
  const data = slices * options.coils * samples;
  const maps = options.withMaps ? 8 * slices * options.coils * ky * kx : 0;
  return { planned: 3 * data + maps + work + 150e6, data, hint: 'simulate fewer --slices or --coils at a time' };
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
function describeScan(scan: Measurement): string {
  const { mask, trajectory, ...simulation } = scan.meta.simulation as {
    mask?: MaskRecord;
    trajectory?: TrajectoryRecord;
    snr?: number;
    measuredSnr?: number;
  };
  const snr = simulation.snr === undefined ? 'no noise' : `SNR ${simulation.measuredSnr!.toFixed(2)} (asked ${number(simulation.snr)})`;
  if (trajectory) return ` (slice, coil, sample), 2-D\n${describeTrajectory(trajectory)}; ${snr}`;
  const readout = scan.geometry.readout === 'slice' ? '3-D, readout along the slices' : '2-D, readout kx';
  return ` (slice, coil, ky, kx), ${readout}\n${describeMask(mask!, scan)}; ${snr}`;
}

function describeMask(mask: MaskRecord, scan: Measurement): string {
  const [, ky, kx] = scan.grid.shape;
  const samples = mask.lines === undefined ? `${number(mask.points)} of ${ky * kx} points` : `${number(mask.lines)} of ${ky} lines`;
  const asked = mask.acceleration === undefined ? '' : ` (asked ${number(mask.acceleration)})`;
  return `mask ${mask.pattern}: ${samples} a slice, acceleration ${mask.measuredAcceleration.toFixed(3)}${asked}`;
}

function describeTrajectory(t: TrajectoryRecord): string {
  const readouts = t.spokes === undefined ? `${t.interleaves} interleaves` : `${t.spokes} spokes`;
  const nyquist = t.spokes === undefined ? 'windings' : 'spokes';
  return (
    `trajectory ${t.name}: ${readouts} of ${t.samplesPerReadout} samples a slice, Nyquist ÷ ${nyquist} ` +
    `${t.acceleration.toFixed(3)}, one cell of k-space in ${t.undersampling.toFixed(2)} is met`
  );
}
