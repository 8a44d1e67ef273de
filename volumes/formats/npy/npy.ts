import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes, ReadOptions, VolumeFormat, WriteOptions } from '../../format.js';
import { decomposeAffine } from '../../affine.js';
import { affineOf, placed } from '../../../core/placement.js';
import { bothParts, magnitudeOf, makeVolume, volumeData, type Volume } from '../../volume.js';
import { guessMeaning } from '../support/hounsfield.js';
import { isNpy, packNpy, parseNpy, type NpyArray } from './array.js';
import { npzArrays, type NpzArrays } from './npz-arrays.js';
import { pickVolume } from '../support/pick.js';
import { summariseValues, valueWarnings } from '../support/samples.js';
import { isZip, packZip } from './zip.js';

/**
 * NumPy `.npy`, either memory order, either byte order. Two dimensions are one slice, three are [slice, row, column]; of four, the first
 * is picked with `volumeIndex`. The file knows no voxel size: give `spacing`, or 1 mm is assumed with a warning.
 */
export const npy: VolumeFormat = {
  name: 'NumPy array',
  extensions: ['.npy'],
  maxFiles: 1,
  sniff: ({ bytes }) => isNpy(bytes),
  read: async ([file], options) => toVolume(file, parseNpy(file.bytes, file.name), options, undefined),
  write: (_name, volume, options) => pack(volume, options),
};

/**
 * NumPy `.npz`. `dataset` picks the array; without it there must be just one that can be a volume. A 4×4 array `affine` (voxel (i, j, k)
 * → RAS+ mm) beside it is used; our own files have one, so that position survives.
 */
export const npz: VolumeFormat = {
  name: 'NumPy archive',
  extensions: ['.npz'],
  maxFiles: 1,
  sniff: ({ bytes }) => isZip(bytes),
  read: async ([file], options) => {
    const arrays = npzArrays(file.bytes);
    const name = pickArray(arrays, options.dataset);
    return toVolume({ ...file, name: `${file.name}:${name}` }, arrays.get(name), options, arrays);
  },
  write: (_name, volume, options) =>
    packZip({
      'data.npy': pack(volume, options),
      'affine.npy': packNpy(Float64Array.from(affineOf(volume)), [4, 4]),
    }),
};

/** float32, of complex volumes the magnitude; complex64 when that is asked for. */
function pack(volume: Volume, { dtype }: WriteOptions): Uint8Array<ArrayBuffer> {
  if (dtype !== 'complex64') return packNpy(volumeData(magnitudeOf(volume)), volume.shape);
  return packNpy(bothParts(volume), volume.shape, true);
}

function toVolume(file: NamedBytes, array: NpyArray, options: ReadOptions, beside: NpzArrays | undefined): Volume {
  const { shape, type } = array;
  if (array.complex || shape.length < 2 || shape.length > 4 || shape.some((n) => n < 1)) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: `${file.name} is not a volume`,
      expected: 'an array of real numbers in 2, 3 or 4 dimensions',
      got: `${array.complex ? 'complex, ' : ''}shape (${shape.join(', ')})`,
    });
  }
  const [nk, nj, ni] = shape.length === 2 ? [1, ...shape] : shape.slice(-3);
  const index = pickVolume(shape.slice(0, -3), options.volumeIndex, 'NumPy');
  const size = nk * nj * ni;
  const all = array.float32();
  const data = shape.length < 4 ? all : all.slice(index * size, (index + 1) * size);
  const values = summariseValues(data);
  const meaning = guessMeaning(values, options);
  const space = placement(options, beside);
  return makeVolume(data, [nk, nj, ni], {
    ...space.place,
    units: meaning.units,
    modality: meaning.modality,
    meta: {
      source: file.name,
      format: beside ? 'NumPy archive' : 'NumPy array',
      storedType: type,
      valueRange: [values.min, values.max],
      unitsFrom: meaning.from,
      warnings: [...space.warnings, ...valueWarnings(values, type), ...(meaning.warning ? [meaning.warning] : [])],
    },
  });
}

function placement(options: ReadOptions, beside: NpzArrays | undefined) {
  if (beside?.names.includes('affine')) {
    const array = beside.get('affine');
    const place = array.shape.join() === '4,4' ? decomposeAffine([...array.float64()]) : undefined;
    if (place) return { place: placed({ ...place, spacing: options.spacing ?? place.spacing }), warnings: [] };
  }
  if (options.spacing) return { place: placed({ spacing: options.spacing }), warnings: [] };
  return { place: {}, warnings: ['the file has no voxel size: 1 mm assumed'] };
}

function pickArray(arrays: NpzArrays, dataset: string | undefined): string {
  if (dataset !== undefined) return dataset;
  const candidates = arrays.names.filter(
    (name) => name !== 'affine' && arrays.rank(name) >= 2 && arrays.rank(name) <= 4,
  );
  if (candidates.length === 1) return candidates[0];
  throw new SlicewiseError('FORMAT', {
    message: candidates.length === 0 ? 'no array in the archive can be a volume' : 'several arrays can be the volume',
    expected: 'one array of 2 to 4 dimensions',
    got: arrays.describe(),
    hint: candidates.length === 0 ? '' : `pick one with dataset (--dataset), e.g. ${candidates[0]}`,
  });
}
