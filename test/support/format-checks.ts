import assert from 'node:assert/strict';
import { regularStep } from '../../core/axis.js';
import { isSlicewiseError } from '../../core/errors.js';
import { placed } from '../../core/placement.js';
import { unitRatio } from '../../core/units.js';
import type { Kept, MeasurementFormat, NamedBytes, VolumeFormat } from '../../volumes/format.js';
import type { Measurement } from '../../volumes/measurement.js';
import { makeVolume, type Volume } from '../../volumes/volume.js';
import { testArray } from './backends.js';
import { relativeError } from './dense.js';

/**
 * What every format that is written must do, as functions that throw: the registries are driven through them, and so are formats that are
 * wrong on
 * purpose.
 */

/** Whole numbers are HU, as scanners give them; every value is another. */
const hounsfield = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => ((37 * i) % 2900) - 1000);

/** A turn about an oblique axis: no column is along an axis of the world, no element is another's. */
const turned = [0.36, 0.48, -0.8, -0.8, 0.6, 0, 0.48, 0.64, 0.6];

/** Volumes of every sort, asymmetric in shape, spacing and place. */
export const sampleVolumes: { readonly [name: string]: Volume } = {
  'CT in HU': makeVolume(hounsfield(60), [3, 4, 5], {
    ...placed({ spacing: [0.8, 1.25, 2.5], origin: [-11, 7.5, 40], direction: turned }),
    units: 'HU',
    modality: 'CT',
  }),
  'attenuation, mirrored': makeVolume(testArray(24, 2), [2, 3, 4], {
    ...placed({ spacing: [0.5, 0.75, 3], origin: [3, -2, -8], direction: [-1, 0, 0, 0, 1, 0, 0, 0, 1] }),
    units: '1/mm',
    modality: 'CT',
  }),
  'MR, complex': makeVolume(testArray(2 * 30, 3), [2, 3, 5], {
    ...placed({ spacing: [1, 1.5, 4], origin: [1, 2, 3], direction: [0, -1, 0, 1, 0, 0, 0, 0, 1] }),
    modality: 'MR',
    dtype: 'complex64',
  }),
  'lengths without a place': makeVolume(testArray(24, 4), [2, 3, 4], {
    axes: ['slice', 'row', 'column'].map((name, a) => ({ name, unit: 'µm', step: 0.5 + 0.25 * a })),
  }),
  'hyperspectral cube': makeVolume(testArray(24, 5), [3, 2, 4], {
    axes: [
      { name: 'band', unit: 'nm', coordinates: [402.5, 411.25, 430] },
      { name: 'y', unit: 'm', step: 0.5 },
      { name: 'x', unit: 'm', step: 0.25 },
    ],
    units: 'reflectance',
    modality: 'hyperspectral',
  }),
  'seismic, four axes': makeVolume(testArray(60, 6), [2, 3, 2, 5], {
    axes: [
      { name: 'inline', unit: '', first: 1001, step: 2 },
      { name: 'crossline', unit: '', first: 300, step: -1 },
      { name: 'offset', unit: 'm', coordinates: [150, 400] },
      { name: 'time', unit: 'ms', first: 200, step: 4 },
    ],
    modality: 'seismic',
  }),
  'line of two axes': makeVolume(testArray(35, 7), [7, 5], {
    axes: [
      { name: 'trace', unit: 'm', step: 12.5 },
      { name: 'time', unit: 's', step: 0.002 },
    ],
    modality: 'seismic',
  }),
  'gates with a place': makeVolume(hounsfield(24), [2, 2, 3, 2], {
    axes: [{ name: 'gate', unit: 'ms', step: 40 }, ...placed({ spacing: [1, 2, 3] }).axes],
    placement: { origin: [5, 6, 7], direction: turned },
    units: 'HU',
    modality: 'CT',
  }),
};

/** What a format must hold for all of a volume to come back. */
export function asks({ axes, placement, dtype, units, modality }: Volume): Set<Kept> {
  const lengths =
    axes.map(({ name }) => name).join() === 'slice,row,column' &&
    axes.every((axis) => unitRatio(axis.unit, 'mm') !== undefined && regularStep(axis) !== undefined);
  return new Set<Kept>([
    ...(dtype === 'complex64' ? (['complex'] as const) : []),
    lengths ? 'lengths' : 'axes',
    ...(placement ? (['placement'] as const) : []),
    ...(units === 'arbitrary' ? [] : (['units'] as const)),
    ...(modality === 'other' ? [] : (['modality'] as const)),
  ]);
}

const close = (a: readonly number[], b: readonly number[], tolerance: number): boolean =>
  a.length === b.length && a.every((v, i) => Math.abs(v - b[i]) <= tolerance * Math.max(1, Math.abs(b[i])));

/** Steps in mm, whatever the unit they are kept in. */
const millimetres = ({ axes }: Volume): number[] => axes.map((axis) => Math.abs(regularStep(axis)!) * unitRatio(axis.unit, 'mm')!);

/** Compares what the format keeps, and the numbers. */
function requireSame(keeps: ReadonlySet<Kept>, got: Volume, wanted: Volume): void {
  const asked = asks(wanted);
  const checked = (what: Kept): boolean => keeps.has(what) && asked.has(what);
  // without axes two dimensions are one slice
  const [first, ...rest] = got.shape;
  const shape = asked.has('axes') && !keeps.has('axes') && first === 1 ? rest : got.shape;
  assert.deepEqual([shape, got.dtype], [wanted.shape, wanted.dtype]);
  assert.deepEqual(got.data, wanted.data);
  if (checked('axes')) assert.deepEqual(got.axes, wanted.axes);
  if (checked('lengths')) assert.ok(close(millimetres(got), millimetres(wanted), 1e-6), 'steps');
  if (keeps.has('units')) assert.equal(got.units, wanted.units);
  if (keeps.has('modality')) assert.equal(got.modality, wanted.modality);
  if (!checked('placement')) return;
  assert.ok(got.placement, 'no placement');
  assert.ok(close(got.placement.origin, wanted.placement!.origin, 1e-6), `origin ${got.placement.origin.join()}`);
  assert.ok(close(got.placement.direction, wanted.placement!.direction, 1e-6), 'direction');
}

async function written(format: VolumeFormat, name: string, volume: Volume): Promise<readonly NamedBytes[]> {
  const options = volume.dtype === 'complex64' ? ({ dtype: 'complex64' } as const) : {};
  if (format.writeFiles) return format.writeFiles(name, volume, options);
  return [{ name, bytes: await format.write!(name, volume, options) }];
}

/**
 * Every volume comes back with all that the format keeps, under every extension that it is written with; a volume of axes that it does not
 * keep is the same numbers, or is refused, and one volume at least is written.
 */
export async function volumesComeBack(format: VolumeFormat): Promise<void> {
  assert.ok(format.keeps, `${format.name} does not say what it keeps`);
  const keeps = new Set(format.keeps);
  const volumes = format.examples?.() ?? Object.values(sampleVolumes);
  let whole = 0;
  for (const volume of volumes) {
    const asked = [...asks(volume)];
    const fits = asked.every((what) => keeps.has(what));
    if (asked.includes('complex') && !keeps.has('complex')) continue;
    let files: readonly NamedBytes[];
    try {
      files = await written(format, format.folder ? 'volume/' : `volume${format.extensions[0]}`, volume);
    } catch (error) {
      if (!fits && isSlicewiseError(error)) continue; // refused: nothing is lost
      throw error;
    }
    const complex = volume.dtype === 'complex64' ? ({ complex: 'keep' } as const) : {};
    let got: Volume;
    try {
      got = await format.read(files, complex);
    } catch (error) {
      if (!fits && isSlicewiseError(error)) continue; // a reader that has to be told more
      throw error;
    }
    whole++;
    requireSame(keeps, got, volume);
    const unknown = !keeps.has('lengths') && !keeps.has('axes');
    if (unknown) assert.ok(got.meta.warnings?.length, 'steps are lost, and the reader does not say so');
  }
  assert.ok(whole > 0, `${format.name} wrote none of the volumes`);
}

/** A scan comes back whole: a scan file is all that a reconstruction needs. */
export async function scanComesBack(format: MeasurementFormat, scan: Measurement): Promise<void> {
  const name = `scan${format.extensions[0]}`;
  const given = structuredClone(scan);
  const bytes = await format.write!(name, scan, {});
  const got = await format.read([{ name, bytes }], {});
  assert.deepEqual(got, given);
  assert.ok(relativeError(got.data, given.data) === 0);
}

/** Traces, which of them are missing, and the grid come back from a file of traces, which has no room for anything else. */
export async function tracesComeBack(format: MeasurementFormat, scan: Measurement): Promise<void> {
  const name = `scan${format.extensions[0]}`;
  const given = structuredClone(scan);
  const got = await format.read([{ name, bytes: await format.write!(name, scan, {}) }], {});
  assert.deepEqual(
    [got.kind, got.data, got.shape, got.arrays, got.noise],
    [given.kind, given.data, given.shape, given.arrays, given.noise],
  );
  assert.deepEqual(got.grid.shape, given.grid.shape);
}
