import { commonUnit, describeSamples } from '../../core/axis.js';
import { affineOf, spacingOf } from '../../core/placement.js';
import { z } from 'zod';
import { describeVoxels } from '../../volumes/describe.js';
import type { Measurement } from '../../volumes/measurement.js';
import { orientationCode, planeOf } from '../../volumes/orientation.js';
import type { Volume } from '../../volumes/volume.js';
import { readEither } from '../engine/read-scan.js';
import { suggestScan } from '../engine/suggest-scan.js';
import { factsOf, scanWarnings, shapeText } from '../modalities/facts.js';
import { summariseMeasurement } from '../report/manifest.js';
import { scanChapters } from './chapters.js';
import type { CliCommand } from './command.js';
import { named, scanFields, scanFlags, volumeFields, volumeOptions } from './inputs.js';
import { readPath } from './streams.js';
import { columns, number, quoted, sizes } from './text.js';

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
  const values = range(volume.data);
  const { warnings = [], format, storedType } = volume.meta;
  const { shape, axes, units, modality } = volume;
  const place = placeFacts(volume);
  const parts = volume.dtype === 'complex64' ? ' (real and imaginary parts)' : '';
  const rows = [
    ['file', path],
    ['format', [format, storedType].filter(Boolean).join(', ')],
    ...place.rows,
    ['units', `${units}, ${modality}`],
    ['values', `${number(values.min)} … ${number(values.max)}, mean ${number(values.mean)}${parts}`],
  ];
  const json = {
    kind: 'volume',
    path,
    format,
    storedType,
    shape,
    ...place.json,
    axes,
    units,
    modality,
    values,
    warnings,
  };
  return { rows, warnings, json };
}

/** Of a volume with a place its size, spacing, orientation and origin; of others a row for each axis. */
function placeFacts(volume: Volume): Pick<Facts, 'rows' | 'json'> {
  const { shape, axes, placement } = volume;
  const unit = commonUnit(axes);
  if (!placement || shape.length !== 3 || !unit) {
    const size = axes.map(({ name }, a) => `${shape[a]} ${name}`).join(' × ');
    const rows = axes.map((axis, a) => [axis.name, describeSamples(axis, shape[a])]);
    return { rows: [['size', `${size} samples`], ...rows], json: {} };
  }
  const [nk, nj, ni] = shape;
  const spacing = spacingOf(volume, unit);
  const extent = [ni, nj, nk].map((n, a) => n * spacing[a]);
  const [orientation, plane] = [orientationCode(volume), planeOf(volume)];
  const rows = [
    ['size', `${ni} × ${nj} × ${nk} voxels (column × row × slice)`],
    ['spacing', `${sizes(spacing)} ${unit}, extent ${sizes(extent)} ${unit}`],
    ['orientation', `${orientation}, ${plane} slices`],
    ['origin', `${sizes(placement.origin, ', ')} mm (RAS+)`],
  ];
  return { rows, json: { spacing: spacingOf(volume, 'mm'), orientation, plane, affine: affineOf(volume) } };
}

function scanFacts(path: string, scan: Measurement): Facts {
  const values = range(scan.data);
  const { own, values: what, geometry, noise, json, header } = factsOf(scan);
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
    ['image', `${describeVoxels(grid, sizes)}, ${grid.units}`],
    ...(meta.simulation ? [['simulated', `${String(meta.simulation.source)}, oversample ${String(meta.simulation.oversample)}`]] : []),
    ...header.map((line, n) => [n === 0 ? 'header' : '', line]),
  ];
  return {
    rows,
    warnings,
    json: { path, ...summariseMeasurement(scan), ...json, ...(header.length > 0 ? { header } : {}), values, warnings },
  };
}
