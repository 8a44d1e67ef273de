import { z } from 'zod';
import { isSlicewiseError } from '../../core/errors.js';
import { readInput } from '../../core/platform/files.js';
import { fieldOfViewWarning } from '../../operators/radon/fov.js';
import { kspaceFacts, kspaceRows } from '../../volumes/kinds/kspace/facts.js';
import { holdsKspace } from '../../volumes/kinds/kspace/from-array.js';
import { trajectoryFacts, trajectoryRows } from '../../volumes/kinds/trajectory/facts.js';
import type { Measurement } from '../../volumes/measurement.js';
import { readVolume, sniffFormats } from '../../volumes/open.js';
import { orientationCode, planeOf } from '../../volumes/orientation.js';
import { affineOf, placementOf, spacingOf } from '../../core/placement.js';
import { shapeOf, volumeData, type Volume } from '../../volumes/volume.js';
import { summariseMeasurement } from '../report/manifest.js';
import type { CliCommand } from './command.js';
import { readScanFile, scanFields, volumeFields } from './inputs.js';
import { columns, number, sizes } from './text.js';

const { spacing: _spacing, ...scanFlags } = scanFields;
const schema = z.object({
  as: z.enum(['volume', 'scan']).optional().describe('how to read a file that could be either'),
  json: z.boolean().optional().describe('print JSON'),
  ...volumeFields,
  ...scanFlags,
});

export const info: CliCommand<typeof schema> = {
  name: 'info',
  summary: 'Tells what a volume or scan is: shape, spacing, orientation, units, range, geometry, warnings.',
  arguments: [{ name: '<path>', summary: 'file, or folder of a DICOM series or TIFF stack' }],
  schema,
  examples: [
    'info chest/',
    'info scan.h5',
    'info radial.npz --axes coil,spoke,sample',
    'info sinogram.npz --geometry fan --sod 540 --sdd 630 --pitch 0.05 --angles 0:-359:-1',
  ],

  async run([path], { as, json, ...flags }, { terminal }) {
    const files = await readInput(path);
    const { volume, scan } = await read();
    const facts = scan ? scanFacts(path, scan) : volumeFacts(path, volume!);
    if (json) return terminal.out(JSON.stringify(facts.json, null, 2));
    terminal.out(columns(facts.rows));
    for (const warning of facts.warnings) terminal.out(`warning: ${warning}`);

    /** A file that could be either is a scan when its geometry is known. */
    async function read(): Promise<{ volume?: Volume; scan?: Measurement }> {
      const formats = sniffFormats(files[0]);
      const maybe = { volume: as !== 'scan', scan: as !== 'volume' };
      if (maybe.volume && (formats.measurement.length === 0 || !maybe.scan)) {
        return { volume: await readVolume(files, flags) };
      }
      try {
        return { scan: await readScanFile(path, flags) };
      } catch (error) {
        if (as === 'scan' || formats.volume.length === 0 || !isSlicewiseError(error)) throw error;
        // a mask or affine beside k-space is not what was asked about
        if (flags.axes !== undefined || flags.trajectory !== undefined || (await holdsKspace(files))) throw error;
        // plain arrays without angles; if they are no volume either, the first message tells more
        return readVolume(files, flags).then(
          (read) => ({ volume: read }),
          () => Promise.reject(error),
        );
      }
    }
  },
};

interface Facts {
  readonly rows: readonly (readonly string[])[];
  readonly warnings: readonly string[];
  readonly json: object;
}

function range(data: Float32Array): { min: number; max: number; mean: number } {
  let [min, max, sum] = [Infinity, -Infinity, 0];
  for (const value of data) {
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  return { min, max, mean: sum / data.length };
}

function volumeFacts(path: string, volume: Volume): Facts {
  const values = range(volumeData(volume));
  const [nk, nj, ni] = shapeOf(volume);
  const { warnings = [], format, storedType } = volume.meta;
  const spacing = spacingOf(volume);
  const extent = [ni, nj, nk].map((n, a) => n * spacing[a]);
  const orientation = orientationCode(volume);
  const rows = [
    ['file', path],
    ['format', [format, storedType].filter(Boolean).join(', ')],
    ['size', `${ni} × ${nj} × ${nk} voxels (column × row × slice)`],
    ['spacing', `${sizes(spacing)} mm, extent ${sizes(extent)} mm`],
    ['orientation', `${orientation}, ${planeOf(volume)} slices`],
    ['origin', `${sizes(placementOf(volume).origin, ', ')} mm (RAS+)`],
    ['units', `${volume.units}, ${volume.modality}`],
    ['values', `${number(values.min)} … ${number(values.max)}, mean ${number(values.mean)}`],
  ];
  const json = {
    kind: 'volume', path, format, storedType, shape: [nk, nj, ni], spacing, orientation, plane: planeOf(volume),
    affine: affineOf(volume), units: volume.units, modality: volume.modality, values, warnings,
  }; // prettier-ignore
  return { rows, warnings, json };
}

function scanFacts(path: string, scan: Measurement): Facts {
  const values = range(scan.data);
  const cut = fieldOfViewWarning(scan);
  const warnings = [...(scan.meta.warnings ?? []), ...(cut && !scan.meta.warnings?.includes(cut) ? [cut] : [])];
  const { angles, ...geometry } = scan.geometry as { angles?: readonly number[] };
  const { grid, noise, meta } = scan;
  const noiseText = { none: 'none', unknown: 'unknown', gaussian: `Gaussian, std ${(noise as { std?: number }).std}`, poisson: `${(noise as { photons?: number }).photons} photons per bin` }; // prettier-ignore
  const rows = [
    ['file', path],
    ['kind', `${scan.kind}${meta.format ? ` (${meta.format})` : ''}`],
    ['data', `${sizes(scan.shape)} (${AXES[scan.kind] ?? 'axes of the kind'})`],
    ...(scan.kind === 'fourier.cartesian' ? kspaceRows(scan) : []),
    ...(scan.kind === 'fourier.noncartesian' ? trajectoryRows(scan) : []),
    ['values', `${number(values.min)} … ${number(values.max)}, mean ${number(values.mean)} (${scan.dtype === 'complex64' ? 'real and imaginary parts' : 'line integrals'})`], // prettier-ignore
    ...(angles ? [['angles', angleText(angles)]] : []),
    ...Object.entries(geometry)
      .filter(([name]) => !KSPACE_ROWS.includes(name))
      .map(([name, value]) => [name, typeof value === 'number' ? number(value) : JSON.stringify(value)]),
    ['noise', noiseText[noise.type]],
    ['image', `${sizes([...grid.shape].reverse())} voxels of ${sizes(spacingOf(grid))} mm, ${grid.units}`],
    ...(meta.muWater ? [['water', `${number(meta.muWater)} per mm`]] : []),
    ...(meta.simulation
      ? [['simulated', `${String(meta.simulation.source)}, oversample ${String(meta.simulation.oversample)}`]]
      : []),
  ];
  const kspace =
    scan.kind === 'fourier.cartesian'
      ? { kspace: kspaceFacts(scan) }
      : scan.kind === 'fourier.noncartesian'
        ? { kspace: trajectoryFacts(scan) }
        : {};
  return { rows, warnings, json: { path, ...summariseMeasurement(scan), ...kspace, values, warnings } };
}

/** Fields of a geometry that `kspaceRows` and `trajectoryRows` tell better. */
const KSPACE_ROWS = ['readout', 'acceleration', 'trajectory', 'readouts'];

const AXES: { readonly [kind: string]: string } = {
  'radon.parallel': 'slice, view, detector',
  'radon.fan': 'slice, view, detector',
  'radon.cone': 'view, row, column',
  'fourier.cartesian': 'slice, coil, ky, kx',
  'fourier.noncartesian': 'slice, coil, sample',
};

function angleText(angles: readonly number[]): string {
  const last = angles[angles.length - 1];
  return angles.length < 2
    ? `${number(angles[0])}°`
    : `${angles.length} from ${number(angles[0])}° to ${number(last)}°`;
}
