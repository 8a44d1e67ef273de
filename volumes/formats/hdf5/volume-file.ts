import { arrayFormats } from '../../array-formats.js';
import { arrayVolume } from '../../array-volume.js';
import type { NamedBytes, ReadOptions, VolumeFormat, WriteOptions } from '../../format.js';
import type { Placement } from '../../../core/placement.js';
import { SlicewiseError } from '../../../core/errors.js';
import { magnitudeOf, makeVolume, type Volume } from '../../volume.js';
import { axesText, modalityNamed, parseAxes, unitsNamed } from '../support/axes-text.js';
import { summariseValues, valueWarnings } from '../support/samples.js';
import type { Hdf5File } from './hdf5.js';
import { withHdf5 } from './open.js';
import { writeHdf5 } from './write.js';

const VOLUME_FORMAT = 'slicewise-volume';
const VOLUME_VERSION = 1;

/**
 * Our own volume file: HDF5, layout in docs/reference/formats.md, meant to be read and written with h5py. Any number of axes.
 *
 *     /        format = 'slicewise-volume', format_version = 1, units, modality
 *     /data    float32, or compound r, i where complex; C order; its dimensions carry the axes' names
 *     /axes    JSON text: name, unit and step or coordinates of each axis
 *     origin (3), direction (9, row-major)   attributes of /data where the volume has a place, RAS+ mm, (i, j, k) order
 *
 * Any other HDF5 file is read as a container of plain arrays (`arrayVolume`).
 */
export const hdf5Volume: VolumeFormat = {
  ...arrayVolume(arrayFormats.get('hdf5')),
  keeps: ['complex', 'lengths', 'axes', 'placement', 'units', 'modality'],
  async read(files, options) {
    const [{ bytes, name, beside }] = files;
    const own = await withHdf5(bytes, name, (h5) => (isVolumeFile(h5) ? readOwn(h5, options) : undefined), beside);
    return own ?? arrayVolume(arrayFormats.get('hdf5')).read(files as NamedBytes[], options);
  },
  write: (_name, volume, options) => writeOwn(volume, options),
};

const isVolumeFile = (h5: Hdf5File): boolean => h5.attributes().format === VOLUME_FORMAT;

/** float32, of complex volumes the magnitude; complex64 when that is asked for. */
function writeOwn(volume: Volume, { dtype }: WriteOptions): Promise<Uint8Array> {
  const { data, shape, axes, placement, units, modality, dtype: own } = dtype === 'complex64' ? volume : magnitudeOf(volume);
  return writeHdf5((file) => {
    file.attributes('', { format: VOLUME_FORMAT, format_version: VOLUME_VERSION, units, modality });
    const chunks = shape.map((n, a) => (a === 0 && shape.length > 1 ? 1 : n));
    file.array('data', data, shape, { complex: own === 'complex64', chunks });
    file.labels(
      'data',
      axes.map(({ name }) => name),
    );
    if (placement) file.attributes('data', { origin: [...placement.origin], direction: [...placement.direction] });
    file.text('axes', axesText(axes));
  });
}

function readOwn(h5: Hdf5File, options: ReadOptions): Volume {
  const root = h5.attributes();
  if (Number(root.format_version) !== VOLUME_VERSION) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `version of the volume file ${h5.name}`,
      expected: `format_version ${VOLUME_VERSION}`,
      got: String(root.format_version ?? 'none'),
      hint: 'a newer slicewise may read it',
    });
  }
  const { shape, type } = h5.dataset('data');
  const complex = type.startsWith('complex');
  if (complex && !options.complex) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${h5.name} holds complex numbers`,
      expected: 'real numbers',
      got: type,
      hint: "read their magnitude (complex: 'magnitude', --complex magnitude) or both parts ('keep')",
    });
  }
  const data = h5.readFloat32('data');
  const values = summariseValues(data);
  const volume = makeVolume(data, shape, {
    dtype: complex ? 'complex64' : 'float32',
    axes: parseAxes(h5.kind('axes') === 'dataset' ? h5.readStrings('axes')[0] : '', shape, h5.name),
    placement: placementIn(h5),
    units: options.units ?? unitsNamed(root.units) ?? 'arbitrary',
    modality: options.modality ?? modalityNamed(root.modality) ?? 'other',
    meta: {
      source: h5.name,
      format: 'HDF5 volume',
      storedType: type,
      valueRange: [values.min, values.max],
      unitsFrom: 'file',
      warnings: valueWarnings(values, 'float32'),
    },
  });
  return options.complex === 'magnitude' ? magnitudeOf(volume) : volume;
}

function placementIn(h5: Hdf5File): Placement | undefined {
  const { origin, direction } = h5.attributes('data');
  if (origin === undefined && direction === undefined) return undefined;
  const [o, d] = [origin, direction].map((list) => (Array.isArray(list) ? (list as unknown[]).flat().map(Number) : []));
  if (o.length === 3 && d.length === 9 && [...o, ...d].every(Number.isFinite)) {
    return { origin: [o[0], o[1], o[2]], direction: d };
  }
  throw new SlicewiseError('FORMAT', {
    message: `place of the volume in ${h5.name}`,
    expected: 'origin of 3 and direction of 9 numbers, attributes of /data',
    got: `${o.length} and ${d.length}`,
  });
}
