import { affineOf, placementOf, spacingOf } from '../../core/placement.js';
import { z } from 'zod';
import { readInput } from '../../core/platform/files.js';
import type { Measurement } from '../../volumes/measurement.js';
import { orientationCode, planeOf } from '../../volumes/orientation.js';
import { shapeOf, volumeData, type Volume } from '../../volumes/volume.js';
import { readEither } from '../engine/read-scan.js';
import { factsOf, scanWarnings, shapeText } from '../modalities/facts.js';
import { summariseMeasurement } from '../report/manifest.js';
import type { CliCommand } from './command.js';
import { named, scanFields, scanFlags, volumeFields, volumeOptions } from './inputs.js';
import { columns, latticeText, number, sizes } from './text.js';

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
  examples: [
    'info chest/',
    'info scan.h5',
    'info radial.npz --axes coil,spoke,sample',
    'info sinogram.npz --geometry fan --sod 540 --sdd 630 --pitch 0.05 --angles 0:-359:-1',
  ],

  async run([path], flags, { terminal }) {
    const { as, json } = flags as { readonly as?: 'volume' | 'scan'; readonly json?: boolean };
    const files = await readInput(path);
    const read = await readEither(files, { as, volume: volumeOptions(flags), scan: await scanFlags(flags) });
    const facts = 'scan' in read ? scanFacts(path, named(path, read.scan)) : volumeFacts(path, read.volume);
    if (json) return terminal.out(JSON.stringify(facts.json, null, 2));
    terminal.out(columns(facts.rows));
    for (const warning of facts.warnings) terminal.out(`warning: ${warning}`);
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
  const { own, values: what, geometry, noise, json } = factsOf(scan);
  const warnings = [...new Set([...(scan.meta.warnings ?? []), ...scanWarnings(scan)])];
  const { grid, meta } = scan;
  const rows = [
    ['file', path],
    ['kind', `${scan.kind}${meta.format ? ` (${meta.format})` : ''}`],
    ['data', shapeText(scan)],
    ...own,
    ['values', `${number(values.min)} … ${number(values.max)}, mean ${number(values.mean)} (${what})`],
    ...geometry,
    ['noise', noise],
    ['image', `${latticeText(grid)}, ${grid.units}`],
    ...(meta.simulation
      ? [['simulated', `${String(meta.simulation.source)}, oversample ${String(meta.simulation.oversample)}`]]
      : []),
  ];
  return { rows, warnings, json: { path, ...summariseMeasurement(scan), ...json, values, warnings } };
}
