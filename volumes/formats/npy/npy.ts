import { elements } from '../../../core/array.js';
import type { Axis } from '../../../core/axis.js';
import { SlicewiseError } from '../../../core/errors.js';
import type { NamedBytes, ReadOptions, VolumeFormat, WriteOptions } from '../../format.js';
import { decomposeAffine } from '../../affine.js';
import { affineOf, placed, withSpacing, type Lattice } from '../../../core/placement.js';
import { bothParts, magnitudeOf, makeVolume, volumeData, type Volume } from '../../volume.js';
import { axesText, isPlain, modalityNamed, parseAxes, unitsNamed } from '../support/axes-text.js';
import { guessMeaning, type Meaning } from '../support/hounsfield.js';
import { isNpy, packNpy, packText, parseNpy, type NpyArray } from './array.js';
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
  keeps: ['complex'],
  sniff: ({ bytes }) => isNpy(bytes),
  read: async ([file], options) => toVolume(file, parseNpy(file.bytes, file.name), options, undefined),
  write: (_name, volume, options) => pack(volume, options),
};

/**
 * NumPy `.npz`. `dataset` picks the array; without it there must be just one that can be a volume. A 4×4 array `affine` (voxel (i, j, k)
 * → RAS+ mm) beside it is used; our own files have one, so that position survives. A text `axes` beside it (JSON, as `axesText` writes)
 * names the axes of an array of any dimensions: `np.savez(f, data=d, axes=json.dumps([...]))`; texts `units` and `modality` say what the
 * numbers are.
 */
export const npz: VolumeFormat = {
  name: 'NumPy archive',
  extensions: ['.npz'],
  maxFiles: 1,
  keeps: ['complex', 'lengths', 'axes', 'placement', 'units', 'modality'],
  sniff: ({ bytes }) => isZip(bytes),
  read: async ([file], options) => {
    const arrays = npzArrays(file.bytes);
    const name = pickArray(arrays, options);
    return toVolume({ ...file, name: `${file.name}:${name}` }, arrays.get(name), options, arrays);
  },
  write: (_name, volume, options) =>
    packZip({
      'data.npy': pack(volume, options),
      ...(volume.placement ? { 'affine.npy': packNpy(Float64Array.from(affineOf(volume)), [4, 4]) } : {}),
      ...(isPlain(volume) ? {} : { 'axes.npy': packText(axesText(volume.axes)) }),
      'units.npy': packText(volume.units),
      'modality.npy': packText(volume.modality),
    }),
};

/** float32, of complex volumes the magnitude; complex64 when that is asked for. */
function pack(volume: Volume, { dtype }: WriteOptions): Uint8Array<ArrayBuffer> {
  if (dtype !== 'complex64') return packNpy(volumeData(magnitudeOf(volume)), volume.shape);
  return packNpy(bothParts(volume), volume.shape, true);
}

function toVolume(file: NamedBytes, whole: NpyArray, given: ReadOptions, beside: NpzArrays | undefined): Volume {
  const axes = given.volumeAxes ?? statedAxes(file, whole.shape, beside);
  const array = axes ? whole : withoutLeadingOnes(whole);
  const options = { units: statedUnits(beside), modality: statedModality(beside), ...defined(given) };
  const { shape, type } = array;
  requireVolume(file, array, axes !== undefined, options);
  const own = axes !== undefined && options.volumeIndex === undefined;
  const dims = own ? [...shape] : shape.length === 2 ? [1, ...shape] : shape.slice(-3);
  const index = own ? 0 : pickVolume(shape.slice(0, -3), options.volumeIndex, 'NumPy');
  const size = (array.complex ? 2 : 1) * elements(dims);
  const all = array.float32();
  const data = all.length === size ? all : all.slice(index * size, (index + 1) * size);
  const values = summariseValues(data);
  const meaning = axes && !options.units ? plainMeaning(options) : guessMeaning(values, options);
  const space = placement(options, beside, axes?.slice(-dims.length));
  const volume = makeVolume(data, dims, {
    ...space.place,
    dtype: array.complex ? 'complex64' : 'float32',
    units: meaning.units,
    modality: meaning.modality,
    meta: {
      source: file.name,
      format: beside ? 'NumPy archive' : 'NumPy array',
      storedType: array.complex ? (type === 'float64' ? 'complex128' : 'complex64') : type,
      valueRange: [values.min, values.max],
      unitsFrom: meaning.from,
      warnings: [...space.warnings, ...valueWarnings(values, type), ...(meaning.warning ? [meaning.warning] : [])],
    },
  });
  return options.complex === 'magnitude' ? magnitudeOf(volume) : volume;
}

/** Batch and channel axes of 1 in front, as networks have them. */
function withoutLeadingOnes(array: NpyArray): NpyArray {
  const { shape } = array;
  const ones = shape.findIndex((n) => n !== 1);
  return shape.length > 4 && ones > 0 ? { ...array, shape: shape.slice(Math.min(ones, shape.length - 3)) } : array;
}

const COMPLEX_HINT = "of complex numbers read the magnitude (complex: 'magnitude', --complex magnitude) or both parts ('keep')";

/** Numbers in 2 to 4 dimensions, or as many as there are axes; complex ones only where they are asked for. */
function requireVolume(file: NamedBytes, { shape, complex }: NpyArray, named: boolean, options: ReadOptions): void {
  const rank = named ? shape.length >= 1 : shape.length >= 2 && shape.length <= 4;
  if ((!complex || options.complex) && rank && shape.every((n) => n > 0)) return;
  throw new SlicewiseError('FORMAT_UNSUPPORTED', {
    message: `${file.name} is not a volume`,
    expected: 'an array of real numbers in 2, 3 or 4 dimensions',
    got: `${complex ? 'complex, ' : ''}shape (${shape.join(', ')})`,
    hint: complex ? COMPLEX_HINT : '',
  });
}

function statedAxes(file: NamedBytes, shape: readonly number[], beside: NpzArrays | undefined): Axis[] | undefined {
  const text = beside?.text('axes');
  return text === undefined ? undefined : parseAxes(text, shape, file.name);
}

const statedUnits = (beside: NpzArrays | undefined) => unitsNamed(beside?.text('units'));
const statedModality = (beside: NpzArrays | undefined) => modalityNamed(beside?.text('modality'));

/** Without the options that are undefined, so that they hide nothing. */
const defined = (options: ReadOptions): ReadOptions =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

/** What has axes of its own says what it is: nothing is guessed from the values. */
const plainMeaning = ({ modality = 'other' }: ReadOptions): Meaning => ({ units: 'arbitrary', modality, from: 'axes' });

function placement(options: ReadOptions, beside: NpzArrays | undefined, axes: readonly Axis[] | undefined) {
  const lattice = latticeBeside(beside);
  if (axes) {
    const place = lattice && { placement: { origin: lattice.origin, direction: lattice.direction } };
    return { place: { axes: options.spacing ? withSpacing(axes, options.spacing) : axes, ...place }, warnings: [] };
  }
  if (lattice) return { place: placed({ ...lattice, spacing: options.spacing ?? lattice.spacing }), warnings: [] };
  if (options.spacing) return { place: placed({ spacing: options.spacing }), warnings: [] };
  return { place: {}, warnings: ['the file has no voxel size: 1 mm assumed'] };
}

function latticeBeside(beside: NpzArrays | undefined): Lattice | undefined {
  if (!beside?.has('affine')) return undefined;
  const array = beside.get('affine');
  return array.shape.join() === '4,4' ? decomposeAffine([...array.float64()]) : undefined;
}

function pickArray(arrays: NpzArrays, { dataset, complex }: ReadOptions): string {
  const rank = (name: string): number => (complex && arrays.readable(name) ? arrays.get(name).shape.length : arrays.rank(name));
  if (dataset !== undefined) return dataset;
  const candidates = arrays.names.filter((name) => name !== 'affine' && rank(name) >= 2 && (rank(name) <= 4 || arrays.has('axes')));
  if (candidates.length === 1) return candidates[0];
  const complexOnly = candidates.length === 0 && arrays.names.some((name) => arrays.rank(name) < 0 && arrays.readable(name));
  if (complexOnly) {
    throw new SlicewiseError('FORMAT_UNSUPPORTED', {
      message: 'the archive holds complex numbers',
      expected: 'an array of real numbers',
      got: arrays.describe(),
      hint: COMPLEX_HINT,
    });
  }
  throw new SlicewiseError('FORMAT', {
    message: candidates.length === 0 ? 'no array in the archive can be a volume' : 'several arrays can be the volume',
    expected: 'one array of 2 to 4 dimensions',
    got: arrays.describe(),
    hint: candidates.length === 0 ? '' : `pick one with dataset (--dataset), e.g. ${candidates[0]}`,
  });
}
