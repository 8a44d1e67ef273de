import { elements, type ArrayData } from '../../../core/array.js';
import { regularStep, type Axis } from '../../../core/axis.js';
import { latticeOf, placed, spacingOf, type Placed } from '../../../core/placement.js';
import { SlicewiseError } from '../../../core/errors.js';
import { checkAngles } from '../../kinds/radon/angles.js';
import { checkMeasurement } from '../../finite.js';
import type { Geometry, Grid, Measurement, NoiseModel } from '../../measurement.js';
import { kindOf } from '../../kinds/registry.js';
import { axesText, parseAxes } from '../support/axes-text.js';
import type { AttributeValue } from './elements.js';
import type { Hdf5File } from './hdf5.js';
import { writeHdf5 } from './write.js';

/**
 * Our own measurement file: HDF5, layout in docs/reference/formats.md, meant to be read and written with h5py.
 *
 *     /            format = 'slicewise-scan', format_version = 1, kind, axes
 *     /data        float32 (or compound r, i) in the kind's axis order, chunked, gzip
 *     /weights     the same shape, optional
 *     /arrays      optional group: what belongs to the data (mask, maps, noiseScan of k-space), float32 or compound r, i
 *     /geometry    scalars as attributes, lists of numbers (and of lists) as datasets (angles in degrees), lengths in mm
 *     /grid        shape, a number for each axis; spacing, origin, direction in (x, y, z) order where it has a place in mm; units, modality
 *     /grid/axes   JSON text: name, unit and step or coordinates of each axis; without it, spacing tells (older files)
 *     /noise       type and its parameters
 *     /meta        one JSON text
 */
export const SCAN_FORMAT = 'slicewise-scan';
export const SCAN_VERSION = 1;

export const isScan = (h5: Hdf5File): boolean => h5.attributes().format === SCAN_FORMAT;

/**
 * @throws SlicewiseError NOT_FINITE and SHAPE for a measurement that could not be read back, FILE_WRITE
 */
export async function writeScan(measurement: Measurement): Promise<Uint8Array> {
  checkMeasurement(measurement);
  const { kind, data, shape, dtype, geometry, noise, grid, weights, arrays = {}, meta } = measurement;
  requireKnownArrays(kind, arrays);
  const axes = kindOf(kind)?.axes ?? shape.map((_, a) => `axis${a}`);
  return writeHdf5((file) => {
    file.attributes('', { format: SCAN_FORMAT, format_version: SCAN_VERSION, kind, axes: [...axes] });
    // One first-axis entry (a slice, a view) is one chunk: slices can then be read alone.
    const chunks = shape.map((n, a) => (a === 0 && shape.length > 1 ? 1 : n));
    file.array('data', data, shape, { complex: dtype === 'complex64', chunks });
    file.labels('data', axes);
    if (weights) file.array('weights', weights, shape, { chunks });
    if (Object.keys(arrays).length > 0) file.group('arrays');
    for (const [name, array] of Object.entries(arrays)) {
      file.array(`arrays/${name}`, array.data, array.shape, { complex: array.dtype === 'complex64' });
    }
    file.group('geometry');
    file.attributes('geometry', { length_unit: 'mm', angle_unit: 'degree' });
    for (const [key, value] of Object.entries(geometry)) {
      if (value === undefined) continue;
      if (isNumberList(value)) {
        file.numbers(`geometry/${key}`, value);
        if (key === 'angles') file.attributes('geometry/angles', { unit: 'degree' });
      } else if (isNumberTable(value)) {
        file.numbers(`geometry/${key}`, value.flat(), [value.length, value[0].length]);
      } else if (typeof value === 'number' || typeof value === 'string') {
        file.attributes('geometry', { [key]: value });
      } else {
        file.attributes('geometry', { [`json:${key}`]: JSON.stringify(value) });
      }
    }
    file.group('grid');
    // spacing, origin and direction say of a grid with a place what older versions and scripts read
    const lattice = grid.placement ? latticeOf(grid) : undefined;
    file.attributes('grid', {
      shape: [...grid.shape],
      ...(lattice ? { spacing: [...lattice.spacing], origin: [...lattice.origin], direction: [...lattice.direction] } : {}),
      units: grid.units,
      modality: grid.modality,
    });
    file.text('grid/axes', axesText(grid.axes));
    file.group('noise');
    // what was said of a run is not the scan's
    file.attributes('noise', noise.type === 'gaussian' ? { type: noise.type, std: noise.std } : { ...noise });
    file.text('meta', JSON.stringify(meta));
  });
}

/**
 * @throws SlicewiseError FORMAT for a file that does not follow the layout, GEOMETRY for angles that do not match the data, NOT_FINITE
 */
export function readScan(h5: Hdf5File): Measurement {
  const root = h5.attributes();
  if (Number(root.format_version) !== SCAN_VERSION) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `version of the scan file ${h5.name}`,
      expected: `format_version ${SCAN_VERSION}`,
      got: String(root.format_version ?? 'none'),
      hint: 'a newer slicewise may read it',
    });
  }
  const kind = text(h5, root, 'kind', '/');
  const { shape, type } = h5.dataset('data');
  const complex = type.startsWith('complex');
  const definition = kindOf(kind);
  const { axes, views } = definition ?? {};
  if (axes && axes.length !== shape.length) {
    throw new SlicewiseError('SHAPE', {
      message: `/data of ${h5.name}`,
      expected: `[${axes.join(', ')}]`,
      got: `${shape.length} dimensions (${shape.join('×')})`,
    });
  }
  const weights = h5.kind('weights') === 'dataset' ? h5.readFloat32('weights') : undefined;
  if (weights && weights.length !== elements(shape)) {
    throw new SlicewiseError('SHAPE', {
      message: `/weights of ${h5.name}`,
      expected: shape.join('×'),
      got: `${weights.length}`,
    });
  }
  const arrays = readArrays(h5);
  requireKnownArrays(kind, arrays);
  const geometry = readGeometry(h5);
  for (const field of Object.keys(views?.fields ?? {})) {
    const list = geometry[field] as (number | number[])[] | undefined;
    if (list || field === views!.required) checkAngles(list ?? [], shape[views!.axis], h5.name, field);
  }
  const meta = h5.kind('meta') === 'dataset' ? parseJson(h5.readStrings('meta')[0], '/meta', h5.name) : {};
  const measurement = checkMeasurement({
    kind,
    data: h5.readFloat32('data'),
    shape: [...shape],
    dtype: complex ? 'complex64' : 'float32',
    geometry,
    noise: h5.kind('noise') === 'group' ? readNoise(h5) : { type: 'unknown' },
    grid: h5.kind('grid') === 'group' ? readGrid(h5) : defaultGrid(h5, kind, geometry, shape),
    ...(weights ? { weights } : {}),
    ...(Object.keys(arrays).length > 0 ? { arrays } : {}),
    meta: meta as Measurement['meta'],
  });
  return definition?.complete?.(measurement) ?? measurement;
}

function readArrays(h5: Hdf5File): { [name: string]: ArrayData } {
  if (h5.kind('arrays') !== 'group') return {};
  const entries = h5.keys('arrays').map((name): [string, ArrayData] => {
    const { shape, type } = h5.dataset(`arrays/${name}`);
    const dtype = type.startsWith('complex') ? 'complex64' : 'float32';
    return [name, { data: h5.readFloat32(`arrays/${name}`), shape: [...shape], dtype }];
  });
  return Object.fromEntries(entries);
}

/** A scan of a known kind holds its arrays and no other: a reference image has no place in a file that a solver is given. */
function requireKnownArrays(kind: string, arrays: Measurement['arrays'] = {}): void {
  const known = kindOf(kind)?.arrays;
  const unknown = known && Object.keys(arrays).find((name) => !(name in known));
  if (!unknown) return;
  throw new SlicewiseError('FORMAT', {
    message: `arrays of a scan of kind ${kind}`,
    expected: Object.keys(known).join(', '),
    got: unknown,
    hint: 'keep a reference image in its own file',
  });
}

function readGeometry(h5: Hdf5File): Geometry {
  const geometry: { [key: string]: unknown } = {};
  for (const [key, value] of Object.entries(h5.attributes('geometry'))) {
    if (key.startsWith('json:')) geometry[key.slice(5)] = parseJson(String(value), `/geometry ${key}`, h5.name);
    else if (key !== 'length_unit' && key !== 'angle_unit') geometry[key] = value;
  }
  for (const key of h5.keys('geometry')) {
    if (h5.kind(`geometry/${key}`) !== 'dataset') continue;
    const values = Array.from(h5.read(`geometry/${key}`));
    const { shape } = h5.dataset(`geometry/${key}`);
    const width = shape[1];
    const rows = (): number[][] => Array.from({ length: shape[0] }, (_, row) => values.slice(row * width, (row + 1) * width));
    geometry[key] = shape.length === 0 ? values[0] : shape.length === 2 ? rows() : values;
  }
  return geometry;
}

/** Without /grid what the kind makes of data and geometry: square slices around the axis of a CT scan, the own matrix of k-space. */
function defaultGrid(h5: Hdf5File, kind: string, geometry: Geometry, shape: readonly number[]): Grid {
  const grid = kindOf(kind)?.grid?.(geometry, shape);
  const step = (axis: Axis): number => Math.abs(regularStep(axis) ?? 1);
  if (grid && [...grid.shape, ...grid.axes.map(step)].every((n) => Number.isFinite(n) && n > 0)) return grid;
  throw new SlicewiseError('FORMAT', {
    message: `${h5.name} has no /grid (the image that is wanted) and its geometry does not tell one`,
    expected: 'the group /grid with shape, spacing, origin, direction, units, modality',
  });
}

function readGrid(h5: Hdf5File): Grid {
  const attributes = h5.attributes('grid');
  const list = (key: string, length?: number): number[] => {
    const value = attributes[key];
    const flat = Array.isArray(value) ? (value as unknown[]).flat().map(Number) : [];
    if (flat.length === (length ?? flat.length) && flat.length > 0 && flat.every(Number.isFinite)) return flat;
    throw new SlicewiseError('FORMAT', {
      message: `/grid of ${h5.name}`,
      expected: `${key}: ${length ?? 'one or more'} numbers`,
      got: value === undefined ? 'nothing' : String(value),
    });
  };
  const three = (key: string): [number, number, number] => list(key, 3) as [number, number, number];
  const old = 'spacing' in attributes || h5.kind('grid/axes') !== 'dataset';
  const place = old ? placed({ spacing: three('spacing'), origin: three('origin'), direction: list('direction', 9) }) : {};
  const withAxes = h5.kind('grid/axes') === 'dataset';
  const shape = list('shape', withAxes ? undefined : 3);
  return {
    shape,
    ...place,
    ...(withAxes ? { axes: readAxes(h5, shape, place) } : (place as Placed)),
    units: text(h5, attributes, 'units', '/grid') as Grid['units'],
    modality: text(h5, attributes, 'modality', '/grid') as Grid['modality'],
  };
}

/** Axes of a grid, at one with the spacing beside them. */
function readAxes(h5: Hdf5File, shape: readonly number[], beside: Partial<Placed>): Axis[] {
  const axes = parseAxes(h5.readStrings('grid/axes')[0], shape, `/grid of ${h5.name}`);
  if (!beside.axes) return axes;
  const [said, read] = [spacingOf({ axes: beside.axes }, 'mm'), spacingOf({ axes }, 'mm')];
  if (said.every((mm, n) => Math.abs(mm / read[n] - 1) < 1e-6)) return axes;
  throw new SlicewiseError('FORMAT', {
    message: `/grid of ${h5.name}: spacing and axes say different things`,
    expected: `spacing ${read.join(', ')} mm, as the axes say`,
    got: said.join(', '),
    hint: 'change both, or delete /grid/axes',
  });
}

function readNoise(h5: Hdf5File): NoiseModel {
  const { type, std, photons } = h5.attributes('noise');
  if (type === 'gaussian' && typeof std === 'number') return { type, std };
  if (type === 'poisson' && typeof photons === 'number') return { type, photons };
  return { type: type === 'none' ? 'none' : 'unknown' };
}

function text(h5: Hdf5File, attributes: Record<string, AttributeValue>, key: string, where: string): string {
  const value = attributes[key];
  if (typeof value === 'string') return value;
  throw new SlicewiseError('FORMAT', {
    message: `${where} of ${h5.name}`,
    expected: `the attribute '${key}', a text`,
    got: 'none',
  });
}

function parseJson(json: string, where: string, file: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new SlicewiseError('FORMAT', {
      message: `${where} of ${file}`,
      expected: 'JSON',
      got: json.slice(0, 40),
      cause,
    });
  }
}

/** Lists of one length. */
const isNumberTable = (value: unknown): value is number[][] =>
  Array.isArray(value) && value.length > 0 && value.every((row) => isNumberList(row) && row.length === (value[0] as unknown[]).length);

const isNumberList = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length > 0 && value.every((v) => typeof v === 'number' && Number.isFinite(v));
