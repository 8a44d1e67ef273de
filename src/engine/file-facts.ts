import { commonUnit, describeSamples } from '../../core/axis.js';
import { affineOf, spacingOf } from '../../core/placement.js';
import { number, sizes } from '../../core/text.js';
import { bandMetaOf } from '../../volumes/bands.js';
import { describeVoxels } from '../../volumes/describe.js';
import type { Measurement } from '../../volumes/measurement.js';
import { orientationCode, planeOf } from '../../volumes/orientation.js';
import type { Volume } from '../../volumes/volume.js';
import { factsOf, scanWarnings, shapeText } from '../modalities/facts.js';
import { summariseMeasurement } from '../report/manifest.js';

/** What `info` tells of a file: lines of a table, warnings, and all of it for programs. */
export interface FileFacts {
  readonly rows: readonly (readonly string[])[];
  readonly warnings: readonly string[];
  readonly json: object;
}

/** Of the values that are not the one for no data; of all of them where there are no others. */
function range(data: Float32Array, noData?: number): { min: number; max: number; mean: number } {
  const missing = noData === undefined ? undefined : Math.fround(noData);
  const noNumber = Number.isNaN(missing);
  let [min, max, sum, count] = [Infinity, -Infinity, 0, 0];
  for (const value of data) {
    if (value === missing || (noNumber && Number.isNaN(value))) continue;
    count++;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  return count === 0 && missing !== undefined ? range(data) : { min, max, mean: sum / count };
}

/** Of a volume. @param path as its user calls it */
export function volumeFacts(path: string, volume: Volume): FileFacts {
  const { bad, noData } = bandMetaOf(volume.meta);
  const values = range(volume.data, noData);
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
    ...(noData === undefined ? [] : [['no data', `${number(noData)}, not among the values above`]]),
    ...(bad?.length ? [['bad bands', bad.map((band) => band + 1).join(', ')]] : []),
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
function placeFacts(volume: Volume): Pick<FileFacts, 'rows' | 'json'> {
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

/** Of a scan. @param path as its user calls it */
export function scanFacts(path: string, scan: Measurement): FileFacts {
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
